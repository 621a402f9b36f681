"""The serial device: from bytes to events."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from iohub_core.devices import Device, DeviceContext, remote_method
from iohub_core.devices.backend import Backend
from iohub_core.devices.device import STATUS_ERROR, STATUS_OK
from iohub_core.errors import DeviceError
from iohub_core.event import DeviceEvent
from iohub_serial.config import SerialSettings
from iohub_serial.events import (
    MAX_EVENT_BYTES,
    MAX_PORT_CHARS,
    SerialByteChangeEvent,
    SerialInputEvent,
)
from iohub_serial.intake import Intake
from iohub_serial.native import Chunk, Native, Port, PortChange
from iohub_serial.parsers import Change, Message, Parser, make_parser
from iohub_serial.simulation import SimulationMixin
from iohub_serial.text import bytes_of


class SerialDevice(SimulationMixin, Device):
    """A serial port."""

    settings: SerialSettings

    def __init__(
        self, settings: SerialSettings, context: DeviceContext, backend: Backend[Any] | None = None
    ) -> None:
        super().__init__(settings, context, backend)
        self._intake = Intake(
            self.name,
            self.make_parser(),
            settings.event_parser.max_length,
            self.log,
            context.warn,
        )
        self._disconnections = 0
        self._bytes_sent = 0
        self._sent_lock = threading.Lock()

    # -- in the hub ---------------------------------------------------------------------------

    @property
    def port(self) -> Port:
        """The port, as the device uses it."""
        if self.backend is None:
            raise DeviceError(f"{self.name} has no port")
        port: Any = self.backend
        return port  # type: ignore[no-any-return]

    def make_parser(self) -> Parser[Any]:
        """Return the parser that the settings ask for.

        Raises:
            DeviceError: if the parser function can't be loaded.
        """
        return make_parser(self.settings.event_parser)

    def receive(self, natives: Sequence[Native]) -> None:
        """Turn chunks into events, in the reader's thread."""
        for native in natives:
            if isinstance(native, PortChange):
                self._port_changed(native)
                continue
            events = self._intake.take(native, self.make_events)
            if events:
                self.publish(events)

    def make_events(self, found: Any, chunk: Chunk) -> list[DeviceEvent]:
        """Return the events of one thing the parser found."""
        if isinstance(found, Change):
            return [
                SerialByteChangeEvent(
                    **self.common(found.start, chunk),
                    prev_byte=found.previous,
                    current_byte=found.current,
                )
            ]
        return self._message_events(found, chunk)

    def common(self, start: int, chunk: Chunk, given_time: float | None = None) -> dict[str, Any]:
        """Return the fields that all events of serial devices share.

        Args:
            start: place in the stream of the byte that the event is about.
            chunk: the chunk that completed it.
            given_time: the time a parser function gave it, or None.
        """
        time, interval = self._intake.time_of(start)
        if given_time is not None:
            time = min(given_time, chunk.read_time)
        name = self.port.name
        return {
            "logged_time": chunk.read_time,
            "time": time,
            "confidence_interval": interval,
            "port": name if len(name) <= MAX_PORT_CHARS else f"…{name[3 - MAX_PORT_CHARS :]}",
        }

    def _message_events(self, message: Message, chunk: Chunk) -> list[DeviceEvent]:
        common = self.common(message.start, chunk, message.time)
        data, total = message.data, len(message.data)
        return [
            SerialInputEvent(
                **common,
                data=(part := data[at : at + MAX_EVENT_BYTES]),
                data_length=len(part),
                remaining=total - at - len(part),
                overlong=message.overlong,
            )
            for at in range(0, max(total, 1), MAX_EVENT_BYTES)
        ]

    def _port_changed(self, change: PortChange) -> None:
        if change.connected:
            self._status, self._last_error = STATUS_OK, ""
            self.port_opened()
        else:
            self._intake.reset(unread=False)
            if not change.expected:
                self._disconnections += 1
                self._status, self._last_error = STATUS_ERROR, change.text
        if change.expected:
            self.log.info("%s: %s", self.name, change.text)
        else:
            self.context.warn(f"{self.name}: {change.text}")

    def port_opened(self) -> None:
        """Do what the device needs when its port was opened again; in the reader's thread."""

    # -- called from the script ---------------------------------------------------------------

    @remote_method
    def write(self, data: bytes | str | list[int]) -> int:
        """Send bytes; returns how many, when the system has taken them.

        Args:
            data: bytes, a list of numbers from 0 to 255, or text (one character a byte).

        Raises:
            DeviceError: if the port is gone or does not take them within ``write_timeout``.
            ValueError: if a character or number is no byte.
        """
        content = bytes_of(data, escapes=False) if isinstance(data, str) else bytes(data)
        written = self.port.write(content)
        with self._sent_lock:
            self._bytes_sent += written
        return written

    @remote_method
    def read(self, length: int | None = None) -> bytes:
        """Return bytes that came in and were not read yet, without waiting.

        Args:
            length: the most bytes to return; None for all. At most the last 65,536 are kept.
        """
        return self._intake.read(length)

    @remote_method
    def flushInput(self) -> None:
        """Forget bytes that were received: unread ones, and those of an unfinished message.

        Raises:
            DeviceError: if the port is gone.
        """
        self.port.flush_input()
        self._intake.reset(unread=True)

    @remote_method
    def flushOutput(self) -> None:
        """Drop bytes that were written and not sent yet.

        Raises:
            DeviceError: if the port is gone.
        """
        self.port.flush_output()

    @remote_method
    def setConnectionState(self, enabled: bool) -> bool:
        """Open or close the port; returns whether it is open now.

        Raises:
            DeviceError: if it can't be opened.
        """
        return self.port.set_connected(bool(enabled))

    @remote_method
    def isConnected(self) -> bool:
        """Return whether the port is open."""
        return self.port.connected

    @remote_method
    def closeSerial(self) -> bool:
        """Close the port; returns whether it was open."""
        was_open = self.port.connected
        self.port.set_connected(False)
        return was_open

    @remote_method
    def getDeviceTime(self) -> float:
        """Return the hub's time in seconds: a serial port has no clock of its own."""
        return self.clock.now()

    @remote_method
    def getSecTime(self) -> float:
        """Return the hub's time in seconds."""
        return self.clock.now()

    @remote_method
    def getCurrentDeviceState(self) -> dict[str, Any]:
        """Return what is known of the port: connected, name, and counts since the start."""
        return {
            **super().getCurrentDeviceState(),
            **self._intake.counts(),
            "bytes_sent": self._bytes_sent,
            "disconnections": self._disconnections,
            "connected": self.port.connected,
            "port": self.port.name,
        }

    @remote_method
    def getConfiguration(self) -> dict[str, Any]:
        """Return the settings in force, by name; a parser function by its name."""
        settings = super().getConfiguration()
        settings["port"] = self.port.name
        function = settings["event_parser"]["parser_function"]
        if function is not None and not isinstance(function, str):
            settings["event_parser"]["parser_function"] = getattr(
                function, "__qualname__", "a function of the script"
            )
        return settings

    @remote_method
    def resetState(self) -> None:
        """Forget unread bytes and an unfinished message."""
        self._intake.reset(unread=True)
