"""A port of pyserial: opened, read by a thread that sleeps, lost and found again."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import serial
from serial.tools import list_ports

from iohub_core.devices import Backend, BackendContext, BackendThread
from iohub_core.devices.backend import Receive
from iohub_core.errors import DeviceError
from iohub_serial.backends.connection import Connection, PortLostError, connection_to
from iohub_serial.backends.opening import PORT_ERRORS, choose_port, open_port
from iohub_serial.config import SerialSettings
from iohub_serial.native import Chunk, Native, PortChange
from iohub_serial.timing import USB_LATENCY_S, Line

FIRST_RETRY_S = 0.05
LONGEST_RETRY_S = 1.0


class SerialPort(Backend[Native]):
    """Reads a port.

    One thread reads, notices that the port is gone, and looks for it again: after 0.05 s, then
    after twice as long each time, up to 1 s. Bytes are stamped as soon as that thread wakes up.
    """

    settings: SerialSettings

    def __init__(self, settings: SerialSettings, context: BackendContext) -> None:
        super().__init__(settings, context)
        self._name = settings.port
        self._identity: tuple[Any, ...] | None = None
        self._connection: Connection | None = None
        self._line = Line(byte_time=settings.byte_time, latency=None)
        self._wanted = False
        self._closing = False
        self._change = threading.Condition()
        self._opening = threading.Lock()  # held while a port is opened, which may take seconds
        self._thread = BackendThread(context, self._run)

    # -- in the hub's main thread -------------------------------------------------------------

    def open(self, receive: Receive[Native]) -> None:
        """Open the port and start reading.

        Raises:
            BackendUnavailableError: if the port can't be opened, or refuses a setting.
        """
        super().open(receive)
        self._name = self.find()
        self._identity = _identity_of(self._name)
        self._wanted = True
        self._connect()
        self._thread.start()

    def close(self) -> None:
        """Close the port and end the thread."""
        with self._change:
            self._closing = True
            self._wanted = False
            connection = self._connection
            self._change.notify_all()
        if connection is not None:
            connection.cancel()
        self._thread.join()
        super().close()

    # -- in threads of requests ---------------------------------------------------------------

    @property
    def name(self) -> str:
        """The port's name or URL."""
        return self._name

    @property
    def connected(self) -> bool:
        """Whether the port is open."""
        return self._connection is not None

    def write(self, data: bytes) -> int:
        """Hand bytes to the port and return how many.

        Raises:
            DeviceError: if the port is not open or does not take them in time.
        """
        return self._open_connection().write(data)

    def flush_input(self) -> None:
        """Drop what the system has received and nobody has read."""
        self._flush(lambda connection: connection.flush_input())

    def flush_output(self) -> None:
        """Drop what was written and not yet sent."""
        self._flush(lambda connection: connection.flush_output())

    def set_connected(self, wanted: bool) -> bool:
        """Open or close the port; returns whether it is open now.

        Raises:
            BackendUnavailableError: if it can't be opened.
        """
        if wanted:
            self._reopen()
            return True
        with self._change:
            self._wanted = False
            connection = self._connection
            self._change.notify_all()
        if connection is not None:
            connection.cancel()
            with self._change:
                self._change.wait_for(lambda: self._connection is None, timeout=1.0)
        return self._connection is not None

    def _reopen(self) -> None:
        with self._opening:
            if self._connection is not None:
                return
            searching, self._wanted = self._wanted, True
            try:
                self._connect()
            except DeviceError:
                self._wanted = searching
                raise
        self.receive([PortChange(True, f"port {self._name} was opened", True)])

    def _flush(self, action: Callable[[Connection], None]) -> None:
        try:
            action(self._open_connection())
        except PORT_ERRORS as error:
            raise DeviceError(f"port {self._name} can't be flushed: {error}") from error

    def _open_connection(self) -> Connection:
        connection = self._connection
        if connection is None:
            raise DeviceError(
                f"port {self._name} is not open; it was unplugged or closed "
                "(setConnectionState(True) opens it)"
            )
        return connection

    # -- what kinds of ports differ in --------------------------------------------------------

    def find(self) -> str:
        """Return the port's name."""
        return choose_port(self.settings.port)

    def open_port(self) -> serial.Serial:
        """Open the port and return it."""
        return open_port(self._name, self.settings)

    def line(self, port: serial.Serial) -> Line:
        """Return what is known of the line behind an open port."""
        byte_time = self.settings.byte_time
        if self._name.startswith("socket://"):
            return Line(byte_time=0.0, latency=None)
        if self._name.startswith("rfc2217://"):
            return Line(byte_time=byte_time, latency=None)
        if self._name.startswith("loop://"):
            return Line(byte_time=byte_time, latency=0.0, instant=True)
        if os.name == "posix":
            from iohub_serial.backends.posix import driver_latency, is_pseudo_terminal

            if is_pseudo_terminal(port.fileno()):
                return Line(byte_time=byte_time, latency=0.0, instant=True)
            return Line(byte_time=byte_time, latency=driver_latency(port.fileno(), byte_time))
        return Line(byte_time=byte_time, latency=USB_LATENCY_S)

    # -- in the reading thread ----------------------------------------------------------------

    def _connect(self) -> bool:
        """Open the port; returns False if nobody wants it any more."""
        port = self.open_port()
        line = self.line(port)
        with self._change:
            if self._closing or not self._wanted:
                port.close()
                return False
            self._line = line
            self._connection = connection_to(port, self.context.clock)
            self._change.notify_all()
            return True

    def _disconnect(self) -> None:
        with self._change:
            if self._connection is not None:
                self._connection.close()  # before anyone may open the port again
                self._connection = None
            self._change.notify_all()

    def _run(self) -> None:
        while self._wait_wanted():
            connection = self._connection
            if connection is None:
                self._find_again()
                continue
            try:
                self._read(connection)
            except PortLostError as error:
                self._disconnect()
                self.receive(
                    [PortChange(False, f"port {self._name} is gone ({error}); waiting for it")]
                )
            else:
                self._disconnect()
                if not self._closing:
                    self.receive([PortChange(False, f"port {self._name} was closed", True)])
        self._disconnect()

    def _wait_wanted(self) -> bool:
        """Sleep while the port is to be closed; return False when the thread is to end."""
        with self._change:
            self._change.wait_for(lambda: self._wanted or self._closing)
            return not self._closing

    def _read(self, connection: Connection) -> None:
        """Read until cancelled."""
        line, last_read = self._line, self.context.clock.now()
        while (reading := connection.read()) is not None:
            interval = line.confidence_interval(
                len(reading.data), reading.asked, reading.woken, last_read
            )
            last_read = reading.woken
            self.receive([Chunk(reading.data, reading.woken, line.byte_time, interval)])

    def _find_again(self) -> None:
        """Try to open the port until it is there, or nobody wants it any more."""
        delay = FIRST_RETRY_S
        while True:
            with self._change:
                if self._change.wait_for(
                    lambda: not self._wanted or self._connection is not None, timeout=delay
                ):
                    return
            delay = min(2 * delay, LONGEST_RETRY_S)
            self._name = _moved(self._name, self._identity)
            with self._opening:
                if not self._wanted or self._connection is not None:
                    return
                try:
                    if not self._connect():
                        return
                except DeviceError as error:
                    self.context.log.debug("port %s is still gone: %s", self._name, error)
                    continue
            self.receive([PortChange(True, f"port {self._name} is back")])
            return


def _identity_of(name: str) -> tuple[Any, ...] | None:
    """Return what makes a USB port recognisable under another name, or None."""
    for port in list_ports.comports() if "://" not in name else ():
        if port.device == name and port.vid is not None:
            return (port.vid, port.pid, port.serial_number, port.location)
    return None


def _moved(name: str, identity: tuple[Any, ...] | None) -> str:
    """Return the name under which the same adapter is there now, or the old one."""
    if identity is None:
        return name
    for port in list_ports.comports():
        if (port.vid, port.pid, port.serial_number, port.location) == identity:
            return str(port.device)
    return name
