"""What every device, buffer and sink has to do, as test classes to derive from.

class TestLamp(DeviceContract):
    device_type = lamp_plugin.LAMP
    backend = lamp_plugin.VIRTUAL

    def stimulate(self, device):
        device.backend.flash(3)
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from iohub_core.buffers.contract import BufferSpec, EventBuffer, Record
from iohub_core.clock import SystemClock
from iohub_core.config.settings import DOC, DeviceSettings
from iohub_core.devices.device import Device
from iohub_core.devices.remote import remote_methods
from iohub_core.event import DeviceEvent, codec_of
from iohub_core.event.codec import decode
from iohub_core.pipeline.batch import Batch
from iohub_core.pipeline.sink import Sink
from iohub_core.plugins.declarations import BackendType, DeviceType, resolve
from iohub_core.testing.bench import DeviceBench


class DeviceContract:
    """Checks a device type with one of its backends (a virtual one, for a start).

    Attributes:
        device_type: the declaration under test.
        backend: the backend to use; None for a device without one.
        settings: settings it is opened with.
    """

    device_type: ClassVar[DeviceType]
    backend: ClassVar[BackendType | None] = None
    settings: ClassVar[dict[str, Any]] = {}

    def stimulate(self, device: Any) -> None:
        """Make the device publish at least one event."""
        raise NotImplementedError

    @pytest.fixture
    def bench(self) -> Iterator[DeviceBench]:
        """A table for the device."""
        bench = DeviceBench(SystemClock())
        yield bench
        bench.close()

    @pytest.fixture
    def device(self, bench: DeviceBench) -> Device:
        """The device, open."""
        return bench.open(self.device_type, self.backend, self.settings)

    def test_every_setting_has_a_default_and_a_sentence(self) -> None:
        """A configuration that names the device and nothing else has to work."""
        cls = resolve(self.device_type.settings)
        assert issubclass(cls, DeviceSettings)
        cls()
        for field in attrs.fields(cls):
            assert field.metadata.get(DOC), f"{cls.__name__}.{field.name} is not described"

    def test_every_event_class_can_be_stored_and_is_described(self) -> None:
        """Each field has a column, each column a meaning."""
        for ref in self.device_type.events:
            event_class = resolve(ref)
            assert issubclass(event_class, DeviceEvent)
            assert event_class.TABLE, f"{event_class.__name__} has no table, nor has a parent"
            assert all(column.doc for column in codec_of(event_class).columns)

    def test_public_methods_say_what_they_do(self) -> None:
        """Scripts see their docstrings."""
        device_class = resolve(self.device_type.device)
        for name in remote_methods(device_class):
            assert inspect.getdoc(getattr(device_class, name)), f"{name}() has no docstring"

    def test_events_are_of_declared_types_and_their_times_are_in_order(
        self, device: Device, bench: DeviceBench
    ) -> None:
        """``time`` is never later than ``logged_time``, which is never in the future."""
        self.stimulate(device)
        assert bench.events, "stimulate() made no event"
        declared = {resolve(ref) for ref in self.device_type.events}
        for event in bench.events:
            assert type(event) in declared
            assert event.time <= event.logged_time <= bench.clock.now()
            assert event.confidence_interval >= 0
            assert event.delay == pytest.approx(event.logged_time - event.time)

    def test_events_survive_the_wire(self, device: Device, bench: DeviceBench) -> None:
        """What a script reads is what the device published."""
        self.stimulate(device)
        for event in bench.events:
            codec = codec_of(type(event))
            assert codec.row(codec.event(decode(codec.encode(event)))) == codec.row(event)

    def test_a_device_that_does_not_report_publishes_nothing(
        self, device: Device, bench: DeviceBench
    ) -> None:
        """Reporting can be switched off and on again."""
        device.enableEventReporting(False)
        self.stimulate(device)
        assert bench.take() == []
        device.enableEventReporting(True)
        self.stimulate(device)
        assert bench.take()

    def test_it_says_how_it_is(self, device: Device) -> None:
        """Its state can be asked for and goes over the wire."""
        assert device.getInterfaceStatus() == "HW_STAT_OK"
        assert device.getCurrentDeviceState()["reporting_events"] is True
        assert device.getConfiguration()["event_buffer_length"] >= 1


class BufferContract:
    """Checks an event buffer and its reader."""

    def make(self, spec: BufferSpec) -> EventBuffer:
        """Return the buffer under test."""
        raise NotImplementedError

    @pytest.fixture
    def buffer(self, tmp_path: Path) -> Iterator[EventBuffer]:
        """A buffer for eight events."""
        spec = BufferSpec(name="under_test", capacity=8, max_record_bytes=64, folder=tmp_path)
        buffer = self.make(spec)
        yield buffer
        buffer.close()

    @pytest.fixture
    def reader(self, buffer: EventBuffer) -> Iterator[Any]:
        """Its reading end."""
        address = buffer.reader_address()
        reader = resolve(address.reader)(**address.options)
        yield reader
        reader.close()

    def records(self, first: int, count: int) -> list[Record]:
        """Return numbered records whose time is their number."""
        return [(b"%d" % n, float(n), 0.0) for n in range(first, first + count)]

    def test_an_empty_buffer_gives_nothing(self, reader: Any) -> None:
        """At once."""
        assert reader.take() == []
        assert not reader.has_new()

    def test_what_is_put_in_comes_out_once_and_in_order(
        self, buffer: EventBuffer, reader: Any
    ) -> None:
        """Peeking leaves it there."""
        buffer.append(self.records(1, 3))
        assert reader.has_new()
        assert reader.peek() == reader.peek() == [b"1", b"2", b"3"]
        assert reader.take() == [b"1", b"2", b"3"]
        assert reader.take() == []

    def test_the_oldest_give_way_and_are_counted(self, buffer: EventBuffer, reader: Any) -> None:
        """Never more unread events than the capacity."""
        for first in range(1, 21, 4):
            buffer.append(self.records(first, 4))
        assert buffer.dropped() == 12
        assert reader.take() == [b"%d" % n for n in range(13, 21)]
        status = reader.status()
        assert (status.written, status.dropped, status.unread) == (20, 12, 0)
        assert buffer.status() == status

    def test_clearing_forgets_and_does_not_count_as_dropping(
        self, buffer: EventBuffer, reader: Any
    ) -> None:
        """What happened before the clear is forgotten even if it arrives later."""
        buffer.append(self.records(1, 3))
        reader.clear(10.0)
        assert reader.take() == []
        buffer.append([(b"late", 9.0, 0.0), (b"new", 10.5, 0.0)])
        assert reader.take() == [b"new"]
        assert buffer.dropped() == 0


class SinkContract:
    """Checks a sink: takes batches, says its state, closes."""

    def make(self) -> Sink:
        """Return the sink under test."""
        raise NotImplementedError

    def batch(self) -> Batch:
        """Return a batch the sink can take."""
        raise NotImplementedError

    def test_it_takes_batches_flushes_and_closes(self) -> None:
        """The calls come in this order in a hub."""
        sink = self.make()
        sink.open()
        sink.wait_ready()
        sink.record(self.batch())
        sink.forward(self.batch())
        sink.flush()
        assert isinstance(sink.status(), dict)
        sink.close("the test is over")
