"""The virtual port: a real pseudo-terminal with a scripted device behind it.

Everything but the cable is what a real port has: the same reader, the same settings, the same
parsers. Where there are no pseudo-terminals (Windows), pyserial's ``loop://`` takes their place.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from typing import Any

import serial

from iohub_core.devices import BackendContext
from iohub_core.errors import BackendUnavailableError, DeviceError
from iohub_serial.backends.connection import Connection
from iohub_serial.backends.opening import open_port
from iohub_serial.backends.port import SerialPort
from iohub_serial.backends.scripted import ScriptedDevice
from iohub_serial.config import SerialSettings

HAS_PTY = importlib.util.find_spec("termios") is not None


class VirtualPort(SerialPort):
    """A port without hardware."""

    def __init__(self, settings: SerialSettings, context: BackendContext) -> None:
        super().__init__(settings, context)
        self.device = ScriptedDevice(self._send)
        self._pair: Any = None
        self._plugged = True

    # -- the port -----------------------------------------------------------------------------

    def find(self) -> str:
        """Make the port and return its name."""
        if not HAS_PTY:
            return "loop://"
        from iohub_serial.backends.pty_pair import PtyPair

        self._pair = PtyPair(self.hear)
        return str(self._pair.name)

    def open_port(self) -> serial.Serial:
        """Open the port; data bits and parity are taken as read, a pseudo-terminal has none."""
        if not self._plugged:
            raise BackendUnavailableError("the virtual device is unplugged")
        if HAS_PTY and self._pair is None:
            self._name = self.find()
        return open_port(self._name, self.settings, imitated=True)

    def write(self, data: bytes) -> int:
        """Hand bytes to the scripted device and return how many."""
        if HAS_PTY:
            return super().write(data)
        self._open_connection()
        self.hear(data)
        return len(data)

    def close(self) -> None:
        """Close the port and end the scripted device."""
        super().close()
        self.device.close()
        self._hang_up()

    # -- the far side -------------------------------------------------------------------------

    def hear(self, data: bytes) -> None:
        """Take what the experiment wrote; what arrives at the far side."""
        self.device.hear(data)

    def simulate(self, pieces: Iterable[tuple[float, bytes]]) -> None:
        """Have the device send bytes: pairs of a delay after the one before, and the bytes."""
        due = 0.0
        for delay, data in pieces:
            due += delay
            self.device.schedule(due, data)

    def unplug(self) -> None:
        """Pull the plug."""
        self._plugged = False
        if HAS_PTY:
            self._hang_up()
        else:
            self._lose(self._open_connection())

    def plug(self) -> None:
        """Put the plug back; the port is found again within a second."""
        self._plugged = True

    def _send(self, data: bytes) -> None:
        if HAS_PTY:
            pair = self._pair
            if pair is None:
                raise OSError("unplugged")
            pair.send(data)
        else:
            try:
                self._open_connection().write(data)
            except DeviceError as error:
                raise OSError(str(error)) from error

    def _hang_up(self) -> None:
        pair, self._pair = self._pair, None
        if pair is not None:
            pair.close()

    def _lose(self, connection: Connection) -> None:
        connection.port.close()
        connection.port.cancel_read()


class VirtualPstboxPort(VirtualPort):
    """A response box without hardware; see :mod:`iohub_serial.pst_protocol` for what it does.

    It sends its state when it changes and when it is asked, not 1,600 times a second.
    """

    def __init__(self, settings: SerialSettings, context: BackendContext) -> None:
        super().__init__(settings, context)
        self.pressed = 0
        self.streaming = False
        self.querying = False
        self.lamps = 0

    def hear(self, data: bytes) -> None:
        """Take commands."""
        from iohub_serial.pst_protocol import LAMP_BITS, QUERY, STREAM, UPDATE_LAMPS

        super().hear(data)
        for command in data:
            self.streaming = bool(command & STREAM)
            self.querying = bool(command & QUERY)
            if command & UPDATE_LAMPS:
                self.lamps = command & LAMP_BITS
            if self.querying:
                self._tell()

    def set_button(self, button: int, pressed: bool) -> None:
        """Press or release a button."""
        bit = 1 << button
        self.pressed = self.pressed | bit if pressed else self.pressed & ~bit
        if self.streaming:
            self._tell()

    def _tell(self) -> None:
        self.device.schedule(0.0, bytes([self.pressed]))
