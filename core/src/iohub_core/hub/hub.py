"""The hub itself: its parts put together, started in order and stopped in reverse."""

from __future__ import annotations

import logging
import os
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from iohub_core import computer
from iohub_core.buffers.contract import BufferSpec, EventBuffer, OverflowReport
from iohub_core.buffers.ring import RingWriter
from iohub_core.config.load import plan_from_data
from iohub_core.config.plan import LaunchPlan, PlannedDevice
from iohub_core.devices.device import Device
from iohub_core.devices.failure import DeviceFailure
from iohub_core.event import DeviceEvent, EventRegistry, codec_of
from iohub_core.hub.bootstrap import Bootstrap
from iohub_core.hub.context import HubContext
from iohub_core.hub.notices import READY, TOLD, WARNING, NoticeSender
from iohub_core.hub.opening import DeviceOpener
from iohub_core.hub.recording import Recording
from iohub_core.hub.serving import Server
from iohub_core.hub.watching import watch_script
from iohub_core.pipeline.batch import Batch
from iohub_core.pipeline.observers import Observers
from iohub_core.pipeline.pipeline import Pipeline
from iohub_core.pipeline.wake import WakeBoard
from iohub_core.plugins.declarations import resolve
from iohub_core.plugins.manager import PluginManager

if TYPE_CHECKING:
    from iohub_core.tasklets.host import TaskletHost

_log = logging.getLogger("iohub.hub")

GLOBAL_BUFFER = "global"
ORPHAN_LIFE_S = 1.8  # after its script's end, a hub is gone within 2 s
SMALLEST_RECORD_BYTES = 1024  # room for event types that are added to a running hub


class Hub:
    """One hub.

    Args:
        manager: the plugins, installed ones loaded.
        bootstrap: what the script told.
        notices: the way to the script.
    """

    def __init__(self, manager: PluginManager, bootstrap: Bootstrap, notices: NoticeSender) -> None:
        self.manager = manager
        self.notices = notices
        self.folder = Path(bootstrap.folder)
        self.script_pid = bootstrap.script_pid
        self.clock = computer.this_clock()
        self.clock.zero = bootstrap.zero
        computer.set_processes(is_hub=True, hub_pid=os.getpid(), script_pid=bootstrap.script_pid)
        self.events = EventRegistry([DeviceEvent])
        self.devices: dict[str, Device] = {}
        self.buffers: dict[str, EventBuffer] = {}
        self.failures: list[DeviceFailure] = []
        self.stopping = threading.Event()
        self._stop_reason = "the script asked for it"
        self._data = bootstrap.plan
        self._key = bootstrap.key
        self._tasklets: TaskletHost | None = None
        # What has been started and how it is closed; the newest is closed first.
        self._closers: list[tuple[str, Callable[[], None]]] = []

    # -- starting -----------------------------------------------------------------------------

    def start(self) -> None:
        """Build everything in order: plan, buffers, recording, devices, connections.

        Raises:
            IoHubError: with the cause, if anything the configuration asks for can't be had.
        """
        logging.getLogger("iohub").setLevel(logging.INFO)
        self.plan: LaunchPlan = plan_from_data(self.manager, self._data)
        self.settings = self.plan.settings
        for event_class in self.manager.event_types:
            self.events.add(resolve(event_class))
        self.opener = DeviceOpener(self)
        for planned in self.plan.devices:
            self.opener.register_events(planned)
        self._build_pipeline()
        for planned in sorted(self.plan.devices, key=lambda one: not one.device_type.opens_first):
            self.open_device(planned)
        self.recording.wait_ready()
        self.observers.observing = self.manager.has("iohub_events_published")
        self.manager.call_each("iohub_hub_started", context=self.context())
        self.server.start()
        self.notices.send(READY, **self.description())

    def _build_pipeline(self) -> None:
        self.wake = WakeBoard()
        self.observers = Observers(self.clock, self._observe, self._overflowed, self._direct)
        global_buffer = self.make_buffer(
            GLOBAL_BUFFER,
            self.settings.global_event_buffer,
            [codec.event_class for codec in self.events],
        )
        self.server = Server(self, self._key)
        self._closers.append(("connections", self.server.close))
        self._closers.append(("observers", self.observers.close))
        self.recording = Recording(self)
        self.pipeline = Pipeline(
            self.clock, global_buffer, self.wake, self.observers, self.recording.sink_failed
        )
        self._closers.append(("recording", lambda: self.recording.close(self._stop_reason)))
        self.recording.open(self.plan)

    def make_buffer(
        self, name: str, capacity: int, classes: list[type[DeviceEvent]]
    ) -> EventBuffer:
        """Make a buffer by the first plugin that supplies one, else a ring."""
        largest = max((codec_of(one).max_wire_bytes for one in classes), default=0)
        spec = BufferSpec(
            name=name,
            capacity=capacity,
            max_record_bytes=max(largest, SMALLEST_RECORD_BYTES),
            folder=self.folder,
        )
        buffer: EventBuffer = self.manager.first_result(
            "iohub_make_buffer", spec=spec
        ) or RingWriter(spec)
        self.buffers[name] = buffer
        # Buffers go last: what is closed before them may still publish, or ask what was dropped.
        self._closers.insert(0, (f"buffer {name!r}", buffer.close))
        return buffer

    def open_device(self, planned: PlannedDevice) -> Device | None:
        """Open a device; returns None if it is optional and could not be opened.

        Raises:
            DeviceError: if it could not be opened and is not optional.
        """
        device = self.opener.open(planned)
        if device is not None:
            self.devices[device.name] = device
            self._closers.append((f"device {device.name!r}", device.close))
            self.manager.call_each("iohub_device_opened", device=device)
        return device

    def context(self) -> HubContext:
        """Return what plugins see of the hub."""
        return HubContext(
            settings=self.settings,
            clock=self.clock,
            devices=self.devices,
            events=self.events,
            script_folder=self.plan.script_folder,
        )

    def description(self) -> dict[str, Any]:
        """Return what the script needs to talk to this hub."""
        return {
            "pid": os.getpid(),
            "address": self.server.address,
            "global": self.reader_of(GLOBAL_BUFFER),
            "devices": [self.opener.described(device) for device in self.devices.values()],
            "failures": [failure.message for failure in self.failures],
        }

    def reader_of(self, name: str) -> dict[str, Any]:
        """Return where the script finds a buffer's reading end."""
        address = self.buffers[name].reader_address()
        return {"reader": address.reader, "options": address.options}

    # -- running ------------------------------------------------------------------------------

    def run(self, script: BinaryIO) -> None:
        """Sleep until the script ends or asks for the end, then stop. In the main thread."""
        watch_script(script, self.script_pid, self._script_ended)
        self.stopping.wait()
        self.stop(self._stop_reason)

    def ask_to_stop(self, reason: str) -> None:
        """Have the main thread stop the hub. Any thread."""
        if not self.stopping.is_set():
            self._stop_reason = reason
            self.stopping.set()

    def _script_ended(self, reason: str) -> None:
        """Stop, and within bounds: nobody is left who could wait for a device that won't close."""
        self.ask_to_stop(reason)
        deadline = threading.Timer(ORPHAN_LIFE_S, os._exit, [1])
        deadline.daemon = True
        deadline.start()

    def warn(self, text: str) -> None:
        """Tell the user something: a warning in the script, and a log record here. Any thread."""
        self.notices.send(WARNING, text=text)
        _log.warning("%s", text, extra={TOLD: True})

    def device_failed(self, failure: DeviceFailure) -> None:
        """Note a device's fault and tell of it. Any thread."""
        self.failures.append(failure)
        if not failure.fatal:
            self.warn(f"device {failure.device_name!r}: {failure.message}")
        self.manager.call_each("iohub_device_failed", failure=failure)

    def provider(self, capability: Any) -> Any:
        """Return the first open device that has a capability, or None."""
        for device in tuple(self.devices.values()):
            if isinstance(device, capability):
                return device
        return None

    def _observe(self, batch: Batch) -> None:
        self.manager.call_each("iohub_events_published", device=batch.device, events=batch.events)

    def _direct(self, batch: Batch) -> None:
        self.tasklets().published(batch.device, batch.events)

    def _overflowed(self, report: OverflowReport) -> None:
        if report.dropped == report.new:
            setting = (
                "global_event_buffer" if report.buffer == GLOBAL_BUFFER else "event_buffer_length"
            )
            self.warn(
                f"the event buffer {report.buffer!r} is full ({report.capacity} events) and has "
                f"dropped {report.dropped} the script had not read; read or clear it more often, "
                f"or raise {setting}. io.getBufferStatus() has the counts. "
                "What is recorded in a file is not affected"
            )
        self.manager.call_each("iohub_buffer_overflowed", report=report)

    # -- stopping -----------------------------------------------------------------------------

    def stop(self, reason: str) -> None:
        """Stop everything that was started, the newest first. In the main thread."""
        self._stop_reason = reason
        if self.devices:
            context = self.context()
            self._closers.append(
                (
                    "plugins told of the end",
                    lambda: _drop(
                        self.manager.call_each("iohub_hub_stopping", context=context, reason=reason)
                    ),
                )
            )
        while self._closers:
            what, close = self._closers.pop()
            try:
                close()
            except Exception:  # noqa: BLE001 - foreign code; the rest has to be closed all the same
                self.warn(f"while stopping, {what} could not be closed:\n{traceback.format_exc()}")

    def tasklets(self) -> TaskletHost:
        """Return what runs tasklets; made when the first is started."""
        if self._tasklets is None:
            from iohub_core.tasklets.host import TaskletHost  # asyncio is slow to import

            self._tasklets = TaskletHost(self)
            self._closers.append(("tasklets", self._tasklets.close))
        return self._tasklets


def _drop(results: object) -> None:
    """Ignore what a hook returned."""
