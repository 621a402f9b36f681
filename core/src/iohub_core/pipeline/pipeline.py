"""The way of every event, in the order of the code.

    device.publish(events) → ids and times → filters → sinks.record (journal)
                           → device buffer + global buffer → wake waiting calls
                           → sinks.forward → observers (another thread)

One batch at a time goes this way: a lock keeps the journal, the event numbers and the buffers in
one order whichever thread publishes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from iohub_core.buffers.contract import EventBuffer, Record
from iohub_core.clock import SystemClock, VirtualClock
from iohub_core.event import DeviceEvent, codec_of
from iohub_core.pipeline.batch import Batch
from iohub_core.pipeline.observers import Observers
from iohub_core.pipeline.sink import Sink
from iohub_core.pipeline.wake import WakeBoard

if TYPE_CHECKING:
    from iohub_core.devices.device import Device

_by_time = attrgetter("time")


class Pipeline:
    """Publishes events; any thread may.

    Args:
        clock: the hub's clock.
        global_buffer: the buffer of all devices.
        wake: where waiting calls are registered.
        observers: told of each batch, in their own thread.
        sink_failed: told of a sink that raised and its error; the sink is not called again.
    """

    def __init__(
        self,
        clock: SystemClock | VirtualClock,
        global_buffer: EventBuffer,
        wake: WakeBoard,
        observers: Observers,
        sink_failed: Callable[[Sink, BaseException], None],
    ) -> None:
        self._clock = clock
        self._global = global_buffer
        self._wake = wake
        self._observers = observers
        self._sink_failed = sink_failed
        self._buffers: dict[str, EventBuffer] = {}
        self._wanted: dict[str, frozenset[int] | None] = {}
        self._sinks: list[Sink] = []
        self._lock = threading.RLock()
        self._last_event_id = 0
        self.experiment_id = 0
        self.session_id = 0

    def add_device(
        self, device: Device, buffer: EventBuffer, wanted: frozenset[int] | None
    ) -> None:
        """Make a device known before it is opened.

        Args:
            device: the device.
            buffer: its own buffer.
            wanted: numbers of the event types to report; None for all.
        """
        with self._lock:
            self._buffers[device.name] = buffer
            self._wanted[device.name] = wanted

    def set_sinks(self, sinks: Sequence[Sink], experiment_id: int, session_id: int) -> None:
        """Set where events are recorded and the ids they get. Before any device is opened."""
        with self._lock:
            self._sinks = list(sinks)
            self.experiment_id, self.session_id = experiment_id, session_id

    def publish(self, device: Device, events: Sequence[DeviceEvent]) -> None:
        """Send a device's events on their way; see :meth:`~iohub_core.devices.Device.publish`."""
        if not device.reporting or not events:
            return
        with self._lock:
            wanted = self._wanted[device.name]
            if wanted is not None:
                events = [event for event in events if event.type in wanted]
            if len(events) > 1:
                events = sorted(events, key=_by_time)
            self._number(events)
            if device.filters:
                made = device.filters.apply(events)
                self._number(made)
                events = sorted((*events, *made), key=_by_time)
            if events:
                self._deliver(device, events)

    def _number(self, events: Sequence[DeviceEvent]) -> None:
        """Fill in what the device leaves to the hub."""
        for event in events:
            self._last_event_id += 1
            event.event_id = self._last_event_id
            event.experiment_id = self.experiment_id
            event.session_id = self.session_id
            if not event.logged_time:
                event.logged_time = self._clock.now()
            if not event.time:
                event.time = event.logged_time
            event.delay = event.logged_time - event.time

    def _deliver(self, device: Device, events: Sequence[DeviceEvent]) -> None:
        settings = device.settings
        records = [codec_of(type(event)).encode(event) for event in events]
        batch = Batch(device, events, records)
        if settings.save_events and self._sinks:
            self._each_sink("record", batch)
        if settings.stream_events:
            entries: list[Record] = [
                (record, event.time, event.confidence_interval)
                for record, event in zip(records, events, strict=True)
            ]
            buffer = self._buffers[device.name]
            buffer.append(entries)
            self._global.append(entries)
            if self._wake.waiting:
                self._wake.wake(device.name, buffer.written())
                self._wake.wake(self._global.name, self._global.written())
            self._observers.check_overflow(buffer, self._global)
        if settings.save_events and self._sinks:
            self._each_sink("forward", batch)
        self._observers.told(batch)

    def _each_sink(self, step: str, batch: Batch) -> None:
        for sink in tuple(self._sinks):
            try:
                getattr(sink, step)(batch)
            except Exception as error:  # noqa: BLE001 - foreign code; the user is told, events go on
                self._sinks.remove(sink)
                self._sink_failed(sink, error)
