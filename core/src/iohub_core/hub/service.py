"""What a script may ask of the hub itself. Every public method here is one request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs

from iohub_core.computer import Computer
from iohub_core.config.device_loader import DeviceLoader
from iohub_core.config.problems import Problem
from iohub_core.config.source import Source
from iohub_core.devices.remote import remote_method
from iohub_core.errors import ConfigError, NotConnectedError
from iohub_core.pipeline.sink import SessionRecorder

if TYPE_CHECKING:
    from iohub_core.hub.hub import Hub


class HubService:
    """The hub's public methods; called in the thread of the calling connection."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    # -- time and process ---------------------------------------------------------------------

    @remote_method
    def getTime(self) -> float:
        """Return the hub's reading of the clock, s."""
        return self._hub.clock.now()

    @remote_method
    def syncClock(self, zero: float) -> None:
        """Move the clock's zero to the given ``perf_counter`` reading."""
        self._hub.clock.zero = zero

    @remote_method
    def setPriority(self, level: str = "normal", disable_gc: bool = False) -> str:
        """Set the hub process's priority; returns the level now in force."""
        return Computer.setPriority(level, disable_gc)

    @remote_method
    def getPriority(self) -> str:
        """Return the hub process's priority."""
        return Computer.getPriority()

    @remote_method
    def getProcessAffinity(self) -> list[int]:
        """Return the processing units the hub may run on."""
        return Computer.getCurrentProcessAffinity()

    @remote_method
    def setProcessAffinity(self, processor_list: list[int]) -> None:
        """Set the processing units the hub may run on; empty means all."""
        Computer.setCurrentProcessAffinity(processor_list)

    @remote_method
    def shutdown(self) -> None:
        """Have the hub stop; the reply comes before it does."""
        self._hub.ask_to_stop("the script asked for it")

    # -- what is going on ---------------------------------------------------------------------

    @remote_method
    def getHubServerConfig(self) -> dict[str, Any]:
        """Return the settings in force: the hub's, and each open device's by name."""
        devices = self._hub.devices.values()
        return {
            **attrs.asdict(self._hub.settings),
            "monitor_devices": [
                {device.context.class_name: device.getConfiguration()} for device in devices
            ],
        }

    @remote_method
    def getPluginReport(self) -> list[dict[str, Any]]:
        """Return what became of each plugin in the hub."""
        return self._hub.manager.report.as_dicts()

    @remote_method
    def getDeviceFailures(self) -> list[dict[str, Any]]:
        """Return the devices that could not be opened or stopped working."""
        return [attrs.asdict(failure) for failure in self._hub.failures]

    @remote_method
    def getRecordingStatus(self) -> list[dict[str, Any]]:
        """Return counters and state of every sink."""
        return self._hub.recording.status()

    # -- recording ----------------------------------------------------------------------------

    @remote_method
    def flushDataStoreFile(self) -> None:
        """Return when every event accepted before is on disk in the file."""
        self._hub.recording.flush()

    @remote_method
    def getExperimentMetaData(self) -> dict[str, Any] | None:
        """Return the experiment's metadata with its id; None when nothing is recorded."""
        recorder = self._hub.recording.recorder
        return None if recorder is None else recorder.experiment_metadata()

    @remote_method
    def getSessionMetaData(self) -> dict[str, Any] | None:
        """Return the session's metadata with its id; None when nothing is recorded."""
        recorder = self._hub.recording.recorder
        return None if recorder is None else recorder.session_metadata()

    @remote_method
    def createTrialTable(self, columns: Sequence[Sequence[Any]]) -> None:
        """Make the table of condition variables: ``[name, type name]`` a column."""
        self._recorder().create_trial_table(columns)

    @remote_method
    def addTrialRow(self, values: dict[str, Any]) -> None:
        """Add a row to the table of condition variables."""
        self._recorder().add_trial_row(values)

    # -- devices and tasklets -----------------------------------------------------------------

    @remote_method
    def addDevice(self, class_name: str, settings: dict[str, Any]) -> dict[str, Any] | None:
        """Open one more device; returns its description, or None if it is optional and failed."""
        problems: list[Problem] = []
        source = Source("addDeviceToMonitor(...)", {class_name: settings})
        loader = DeviceLoader(self._hub.manager, problems)
        planned = loader.device(source, class_name, settings, (class_name,))
        if planned is not None and planned.name in self._hub.devices:
            message = f"there is a device called {planned.name!r} already; give it another `name`"
            problems.append(source.problem((class_name, "name"), message))
        if problems or planned is None:
            raise ConfigError(problems)
        known = {codec.event_class for codec in self._hub.events}
        classes = self._hub.opener.register_events(planned)
        for sink in self._hub.recording.sinks:
            sink.add_event_classes([one for one in classes if one not in known])
        device = self._hub.open_device(planned)
        return None if device is None else self._hub.opener.described(device)

    @remote_method
    def startTasklet(self, name: str, what: str | bytes, kwargs: dict[str, Any]) -> None:
        """Start a tasklet; its failing start is this call's error."""
        host = self._hub.tasklets()
        # Before it starts: it may listen from its first step on.
        self._hub.observers.listening = True
        host.start(name, what, kwargs)

    @remote_method
    def stopTasklet(self, name: str) -> None:
        """Stop a tasklet."""
        self._hub.tasklets().stop(name)

    @remote_method
    def getTaskletReport(self) -> list[dict[str, Any]]:
        """Return name, state, error and longest hold of the loop of every tasklet so far."""
        return list(self._hub.tasklets().report())

    def _recorder(self) -> SessionRecorder:
        recorder = self._hub.recording.recorder
        if recorder is None:
            raise NotConnectedError(
                "nothing is recorded in this session, so there is no table to write to; "
                "launchHubServer(experiment_code='…') records"
            )
        return recorder
