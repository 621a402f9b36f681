"""``ioHubConnection``: everything a script asks of the hub, under ioHub's names."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from iohub_core.client.devices import DeviceViews
from iohub_core.client.hub_process import HubProcess
from iohub_core.client.shipping import shipped, single_device
from iohub_core.client.source import EventSource
from iohub_core.client.transport import Transport
from iohub_core.client.trials import columns_of, plain
from iohub_core.client.view import DeviceView
from iohub_core.computer import set_processes, this_clock
from iohub_core.config.plan import LaunchPlan, PlannedDevice
from iohub_core.config.problems import nearest
from iohub_core.errors import NotConnectedError
from iohub_core.event import DeviceEvent, EventRegistry
from iohub_core.plugins.declarations import resolve
from iohub_core.plugins.manager import PluginManager

QUIT_TIMEOUT_S = 60.0  # long enough to write out what a long session has left to write


class ioHubConnection:  # noqa: N801 - the name scripts know
    """A script's connection to its hub; made by :func:`~iohub_core.launchHubServer`.

    Attributes:
        devices: the device views by name: ``io.devices.keyboard``.
        events: the event types of this session.
        clock: the experiment's clock.
        plugins: the plugins of this process, with their report.
    """

    ACTIVE_CONNECTION: ClassVar[ioHubConnection | None] = None

    def __init__(
        self,
        process: HubProcess,
        manager: PluginManager,
        plan: LaunchPlan,
        description: Mapping[str, Any],
        key: bytes,
    ) -> None:
        self.clock = this_clock()
        self.plugins = manager
        self.devices = DeviceViews()
        self.events = EventRegistry([DeviceEvent])
        self._process = process
        self._plan = plan
        self._transport = Transport(process, description["address"], key)
        self._closed = False
        for event_class in manager.event_types:
            self.events.add(resolve(event_class))
        self._global = self._source(description["global"])
        self._createDeviceList(description["devices"])
        ioHubConnection.ACTIVE_CONNECTION = self

    # -- life ---------------------------------------------------------------------------------

    @classmethod
    def getActiveConnection(cls) -> ioHubConnection | None:
        """Return the connection of this script, or None before a launch and after ``quit()``."""
        return cls.ACTIVE_CONNECTION

    @property
    def iohub_process_id(self) -> int:
        """The hub's process id."""
        return self._process.pid

    def shutdown(self) -> None:
        """Stop the hub and wait until its process is gone and the data file is closed.

        Calling it again does nothing. After it, other calls raise ``NotConnectedError``.
        """
        if self._closed:
            return
        self._closed = True
        if ioHubConnection.ACTIVE_CONNECTION is self:
            ioHubConnection.ACTIVE_CONNECTION = None
        died = self._process.trouble
        self._process.expect_end()
        if died is None:
            try:
                self._transport.call("", "shutdown")
            except ConnectionError as error:
                died = error
        self._transport.close()
        stopped = self._process.end(QUIT_TIMEOUT_S)
        for source in [self._global, *(view._source for view in self.devices.getAll())]:
            source.reader.close()
        self._process.trouble = NotConnectedError(
            "this connection was closed by quit(); launch a new hub"
        )
        set_processes(is_hub=False, hub_pid=None)
        _remove_folder(self._process.folder)
        if died is not None:
            raise died
        if not stopped:
            raise TimeoutError(
                f"the hub did not stop within {QUIT_TIMEOUT_S:g} s and was ended; "
                "`iohubctl recover FILE` brings what it had journaled into the data file"
            )

    def quit(self) -> None:
        """Do what :meth:`shutdown` does."""
        self.shutdown()

    def __enter__(self) -> ioHubConnection:
        return self

    def __exit__(self, *exception: object) -> None:
        self.shutdown()

    # -- events -------------------------------------------------------------------------------

    def getDevice(self, deviceName: str) -> DeviceView | None:
        """Return the view of a device, or None if there is none with that name."""
        return self.devices.getDevice(deviceName)

    def getEvents(self, device_label: str | None = None, as_type: str = "namedtuple") -> list[Any]:
        """Return the unread events of all devices, or of one, oldest first, and remove them.

        Args:
            device_label: a device's name; None for all devices (the global buffer).
            as_type: ``namedtuple``, ``dict``, ``list`` or ``object``.

        Raises:
            ValueError: if there is no such device or form.
            HubDiedError: if the hub is gone.
        """
        if device_label is None:
            return self._global.events(as_type)
        return self._known(device_label).getEvents(as_type=as_type)

    def clearEvents(self, device_label: str | None = "all") -> None:
        """Forget unread events; none that happened before this call is ever returned.

        Args:
            device_label: ``"all"`` for every buffer, None for the global buffer alone, or a
                device's name for that device's buffer alone.
        """
        now = self.clock.now()
        if device_label is None or device_label == "all":
            self._global.clear(now)
        if device_label == "all":
            for view in self.devices.getAll():
                view._clear_at(now)
        elif device_label is not None:
            self._known(device_label)._clear_at(now)

    def getBufferStatus(self) -> dict[str, dict[str, Any]]:
        """Return capacity, unread, written and dropped for each buffer, by device name.

        The buffer of all devices is called ``global``.
        """
        sources = {view.name: view._source for view in self.devices.getAll()}
        statuses = {"global": self._global.status()}
        statuses.update({name: source.status() for name, source in sources.items()})
        return {
            name: {
                "capacity": status.capacity,
                "unread": status.unread,
                "written": status.written,
                "dropped": status.dropped,
            }
            for name, status in statuses.items()
        }

    # -- messages -----------------------------------------------------------------------------

    def sendMessageEvent(
        self, text: str, category: str = "", offset: float = 0.0, sec_time: float | None = None
    ) -> Any:
        """Send a message, time stamped now or with ``sec_time``; see the Experiment device."""
        return self._messenger().sendMessageEvent(text, category, offset, sec_time)

    def cacheMessageEvent(
        self, text: str, category: str = "", offset: float = 0.0, sec_time: float | None = None
    ) -> Any:
        """Keep a message, time stamped now, until :meth:`sendMessageEvents` sends all of them."""
        return self._messenger().cacheMessageEvent(text, category, offset, sec_time)

    def sendMessageEvents(self, messageList: Sequence[Any] = ()) -> Any:
        """Send the cached messages and those given, in one request."""
        return self._messenger().sendMessageEvents(list(messageList))

    # -- time and process ---------------------------------------------------------------------

    def getTime(self) -> float:
        """Return the hub's reading of the clock, s; ``Computer.getTime()`` needs no request."""
        return float(self._transport.call("", "getTime"))

    def syncClock(self, clock: Any) -> None:
        """Make both processes count time from the zero of a PsychoPy clock.

        Args:
            clock: anything with ``getTime()`` in seconds.
        """
        before = time.perf_counter()
        reading = clock.getTime()
        zero = (before + time.perf_counter()) / 2 - reading
        self.clock.zero = zero
        self._transport.call("", "syncClock", zero)

    def wait(self, delay: float, check_hub_interval: float = 0.02) -> float:
        """Wait ``delay`` seconds; events are collected meanwhile whatever the script does.

        Args:
            delay: how long, s.
            check_hub_interval: kept for ioHub's scripts; the hub needs no checking.

        Returns:
            How much longer than ``delay`` it took, s.
        """
        end = self.clock.now() + delay
        # The system's sleep may end late by its timer's step; the last stretch is waited awake.
        if delay > check_hub_interval:
            time.sleep(delay - check_hub_interval)
        while (now := self.clock.now()) < end:
            if end - now > 0.002:
                time.sleep((end - now) / 2)
        return now - end

    def setPriority(self, level: str = "normal", disable_gc: bool = False) -> str:
        """Set the hub's priority (``normal``, ``high``, ``realtime``); returns the one in force."""
        return str(self._transport.call("", "setPriority", level, disable_gc))

    def getPriority(self) -> str:
        """Return the hub's priority."""
        return str(self._transport.call("", "getPriority"))

    def enableHighPriority(self, disable_gc: bool = False) -> str:
        """Set the hub's priority to ``high``; returns the one in force."""
        return self.setPriority("high", disable_gc)

    def disableHighPriority(self) -> str:
        """Set the hub's priority to ``normal``; returns the one in force."""
        return self.setPriority("normal")

    def getProcessAffinity(self) -> list[int]:
        """Return the processing units the hub may run on."""
        return list(self._transport.call("", "getProcessAffinity"))

    def setProcessAffinity(self, processor_list: Sequence[int]) -> None:
        """Set the processing units the hub may run on; an empty list means all."""
        self._transport.call("", "setProcessAffinity", list(processor_list))

    # -- recording ----------------------------------------------------------------------------

    def flushDataStoreFile(self) -> None:
        """Return when every event accepted before is on disk in the data file."""
        self._transport.call("", "flushDataStoreFile")

    def createTrialHandlerRecordTable(
        self, trials: Any, cv_order: Sequence[str] | None = None
    ) -> None:
        """Make the table of condition variables in the data file.

        Args:
            trials: a PsychoPy TrialHandler, or a list of dicts.
            cv_order: the variables' names in the order of the columns.
        """
        self._transport.call("", "createTrialTable", columns_of(trials, cv_order))

    def addTrialHandlerRecord(self, cv_row: Mapping[str, Any]) -> None:
        """Add one trial's variables to the table of condition variables."""
        values = {str(name): plain(value) for name, value in dict(cv_row).items()}
        self._transport.call("", "addTrialRow", values)

    def getExperimentMetaData(self) -> dict[str, Any] | None:
        """Return the experiment's metadata with its id; None when nothing is recorded."""
        found: dict[str, Any] | None = self._transport.call("", "getExperimentMetaData")
        return found

    def getExperimentID(self) -> int | None:
        """Return the experiment's number in the data file; None when nothing is recorded."""
        found = self.getExperimentMetaData()
        return None if found is None else int(found["experiment_id"])

    def getSessionMetaData(self) -> dict[str, Any] | None:
        """Return the session's metadata with its id; None when nothing is recorded."""
        found: dict[str, Any] | None = self._transport.call("", "getSessionMetaData")
        return found

    def getSessionID(self) -> int | None:
        """Return the session's number in the data file; None when nothing is recorded."""
        found = self.getSessionMetaData()
        return None if found is None else int(found["session_id"])

    def getRecordingStatus(self) -> list[dict[str, Any]]:
        """Return counters and state of everything that records: file, rows, faults."""
        return list(self._transport.call("", "getRecordingStatus"))

    # -- devices, windows, tasklets -----------------------------------------------------------

    def addDeviceToMonitor(
        self, device_class: str, device_config: Mapping[str, Any] | None = None
    ) -> DeviceView | None:
        """Open one more device in the running hub.

        Returns:
            Its view, also in ``io.devices``; None if it is optional and could not be opened.

        Raises:
            ConfigError: if the settings have faults.
            DeviceError: if it could not be opened.
        """
        planned = single_device(self.plugins, device_class, device_config)
        data = shipped(planned.as_data())
        description = self._transport.call("", "addDevice", data["class"], data["settings"])
        return None if description is None else self._addDeviceView(planned, description)

    def registerWindowHandles(self, *winHandles: Any) -> None:
        """Tell devices of windows whose positions and focus they shall know."""
        self._to_all("registerWindowHandles", *winHandles)

    def unregisterWindowHandles(self, *winHandles: Any) -> None:
        """Tell devices that windows are gone."""
        self._to_all("unregisterWindowHandles", *winHandles)

    def updateWindowPos(self, win: Any, x: float, y: float) -> None:
        """Tell devices that a window has moved.

        Args:
            win: the window's handle, or an object that has one (``handle``, ``_hw_handle``).
            x: left edge in desktop pixels.
            y: top edge in desktop pixels.
        """
        handle = getattr(win, "_hw_handle", None) or getattr(win, "handle", None) or win
        self._to_all("updateWindowPos", handle, x, y)

    def startCustomTasklet(self, task_name: str, task_class_path: Any, **class_kwargs: Any) -> None:
        """Start a tasklet in the hub.

        Args:
            task_name: the name it is stopped by.
            task_class_path: ``module.Class`` beside the script, a name that a plugin registered,
                or a class of the script itself.
            class_kwargs: arguments of the class.

        Raises:
            Exception: what the tasklet's start raised.
        """
        what = shipped(task_class_path)
        self._transport.call("", "startTasklet", task_name, what, shipped(class_kwargs))

    def stopCustomTasklet(self, task_name: str) -> None:
        """Stop a tasklet."""
        self._transport.call("", "stopTasklet", task_name)

    def getTaskletReport(self) -> list[dict[str, Any]]:
        """Return name, state, error and longest hold of the loop of every tasklet so far."""
        return list(self._transport.call("", "getTaskletReport"))

    # -- what is going on ---------------------------------------------------------------------

    def getHubServerConfig(self) -> dict[str, Any]:
        """Return the settings in force."""
        return dict(self._transport.call("", "getHubServerConfig"))

    def getPluginReport(self) -> list[dict[str, Any]]:
        """Return what became of each plugin in the hub: loaded, blocked or failed, and why."""
        return list(self._transport.call("", "getPluginReport"))

    def getDeviceFailures(self) -> list[dict[str, Any]]:
        """Return the devices that could not be opened or stopped working, and why."""
        return list(self._transport.call("", "getDeviceFailures"))

    # -- under the names of the seed ----------------------------------------------------------

    def _createDeviceList(self, described: Sequence[Mapping[str, Any]]) -> None:
        """Make the views of the devices the hub has opened."""
        planned = {one.name: one for one in self._plan.devices}
        for description in described:
            self._addDeviceView(planned[description["name"]], description)

    def _addDeviceView(self, planned: PlannedDevice, description: Mapping[str, Any]) -> DeviceView:
        """Make a device's view and add it to :attr:`devices`."""
        for event_class in planned.device_type.events:
            self.events.add(resolve(event_class))
        source = self._source(description["buffer"])
        view_class = resolve(planned.device_type.view)
        view: DeviceView = view_class(self, planned, source, description["methods"])
        self.devices._add(view, planned.device_type.aliases)
        return view

    def _sendToHubServer(self, tx_data: Sequence[Any]) -> Any:
        """Send a request: ``(device name or "", method[, args[, kwargs]])``."""
        target, method = tx_data[:2]
        args = tx_data[2] if len(tx_data) > 2 else ()
        kwargs = tx_data[3] if len(tx_data) > 3 else {}
        return self._transport.call(target, method, *args, **kwargs)

    @staticmethod
    def _isErrorReply(data: Any) -> bool:
        """Return whether a reply is an error; errors are raised here, so no reply ever is."""
        return isinstance(data, Exception)

    def _source(self, address: Mapping[str, Any]) -> EventSource:
        reader = resolve(address["reader"])(**address["options"])
        if hasattr(reader, "forget_file"):
            reader.forget_file()
        return EventSource(reader, self.events, self._process)

    def _known(self, name: str) -> DeviceView:
        view = self.devices.getDevice(name)
        if view is None:
            names = self.devices.getNames()
            raise ValueError(
                f"no device is called {name!r}{nearest(name, names)} (devices: {', '.join(names)})"
            )
        return view

    def _messenger(self) -> Any:
        for view in self.devices.getAll():
            if hasattr(type(view), "sendMessageEvent"):
                return view
        raise NotConnectedError(
            "no device of this session takes messages; add Experiment to monitor_devices "
            "(pip install iohub-experiment)"
        )

    def _to_all(self, method: str, *args: Any) -> None:
        for view in self.devices.getAll():
            if method in view._methods:
                view._call(method, *args)

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"process {self._process.pid}"
        return f"<ioHubConnection, {state}, devices: {', '.join(self.devices.getNames())}>"


def _remove_folder(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
