"""What the tests of serial devices share."""

from __future__ import annotations

import logging
import os
import pty
import threading
import tty
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
import pytest

from iohub_core import ioHubConnection, launchHubServer
from iohub_core.clock import SystemClock, VirtualClock
from iohub_core.devices import Backend, BackendContext, Device, DeviceContext
from iohub_core.event import DeviceEvent
from iohub_serial.config import PstboxSettings, SerialSettings
from iohub_serial.device import SerialDevice
from iohub_serial.native import Chunk, Native, PortChange
from iohub_serial.pstbox import PstboxDevice

WAIT_S = 10.0


class Collector:
    """Takes what a device publishes and says, and waits for it."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.warnings: list[str] = []
        self._change = threading.Condition()

    def publish(self, device: Device, events: Sequence[DeviceEvent]) -> None:
        """Take events."""
        with self._change:
            self.events += events
            self._change.notify_all()

    def warn(self, text: str) -> None:
        """Take a warning."""
        with self._change:
            self.warnings.append(text)
            self._change.notify_all()

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until something published or said makes the condition true."""
        with self._change:
            assert self._change.wait_for(condition, WAIT_S), (self.events, self.warnings)

    def wait_for_events(self, count: int) -> list[Any]:
        """Wait until there are ``count`` events and return all."""
        self.wait(lambda: len(self.events) >= count)
        return self.events


class HandFed(Backend[Native]):
    """A port that a test feeds by hand."""

    name = "hand"
    connected = True

    def __init__(self) -> None:
        super().__init__(None, backend_context(VirtualClock()))
        self.written: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Remember what was written."""
        self.written.append(data)
        return len(data)

    def flush_input(self) -> None:
        """Do nothing."""

    def flush_output(self) -> None:
        """Do nothing."""

    def set_connected(self, wanted: bool) -> bool:
        """Do nothing."""
        return wanted

    def feed(
        self, data: bytes, at: float = 1.0, *, byte_time: float = 0.0, interval: float = 0.001
    ) -> None:
        """Have bytes arrive."""
        self.receive([Chunk(data, at, byte_time, interval)])

    def lose(self) -> None:
        """Have the port go away."""
        self.receive([PortChange(False, "port hand is gone (pulled); waiting for it")])

    def find(self) -> None:
        """Have the port come back."""
        self.receive([PortChange(True, "port hand is back")])


def backend_context(clock: SystemClock | VirtualClock) -> BackendContext:
    """Return a context for a backend without a hub."""
    return BackendContext(
        device_name="serial",
        clock=clock,
        log=logging.getLogger("test"),
        failed=lambda message, trace: pytest.fail(f"{message}\n{trace}"),
    )


def device_context(collector: Collector, clock: SystemClock | VirtualClock) -> DeviceContext:
    """Return a context for a device without a hub."""
    return DeviceContext(
        name="serial",
        class_name="serial.Serial",
        clock=clock,
        log=logging.getLogger("test"),
        publish=collector.publish,
        provider=lambda capability: None,
        warn=collector.warn,
    )


@pytest.fixture
def collector() -> Collector:
    """Where the device's events and warnings go."""
    return Collector()


@attrs.frozen
class Bench:
    """A device on a hand-fed port."""

    device: Any
    port: HandFed
    collector: Collector

    @property
    def events(self) -> list[Any]:
        """What the device published."""
        return self.collector.events


@pytest.fixture
def bench(collector: Collector) -> Callable[..., Bench]:
    """Make a device on a hand-fed port from settings of its parser."""

    def make(device: type[SerialDevice] = SerialDevice, **parser: Any) -> Bench:
        from iohub_serial.config import EventParserSettings

        port = HandFed()
        settings = (PstboxSettings if device is PstboxDevice else SerialSettings)(
            event_parser=EventParserSettings(**parser)
        )
        made = device(settings, device_context(collector, VirtualClock(5.0)), port)
        made.open()
        return Bench(made, port, collector)

    return make


class Wire:
    """A pseudo-terminal: the far end of a port."""

    def __init__(self) -> None:
        self.far, self._near = pty.openpty()
        tty.setraw(self._near)
        self.name = os.ttyname(self._near)
        self._open = True

    def send(self, data: bytes) -> None:
        """Send bytes to the port."""
        os.write(self.far, data)

    def receive(self, count: int) -> bytes:
        """Return ``count`` bytes that were written to the port."""
        data = b""
        while len(data) < count:
            data += os.read(self.far, count - len(data))
        return data

    def hang_up(self) -> None:
        """Pull the plug."""
        if self._open:
            self._open = False
            os.close(self.far)
            os.close(self._near)


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A pseudo-terminal."""
    made = Wire()
    yield made
    made.hang_up()


@pytest.fixture
def serial_io() -> Iterator[Callable[..., ioHubConnection]]:
    """Launch a hub with one serial device; it is gone when the test ends."""

    def start(**settings: Any) -> ioHubConnection:
        words = settings.pop("words", {})
        class_name = settings.pop("class_name", "serial.Serial")
        settings.setdefault("backend", "virtual")
        return launchHubServer(monitor_devices=[{class_name: settings}], **words)

    yield start
    active = ioHubConnection.getActiveConnection()
    if active is not None:
        active.quit()


def wait_until(condition: Callable[[], bool], timeout_s: float = WAIT_S) -> None:
    """Wait until a condition that nobody tells of is true."""
    import time

    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def collect(io: ioHubConnection, count: int, name: str = "serial") -> list[Any]:
    """Return the device's next ``count`` events."""
    device = io.getDevice(name)
    events: list[Any] = []

    def enough() -> bool:
        events.extend(device.getEvents())
        return len(events) >= count

    wait_until(enough)
    return events
