"""An open port and a way to sleep until it has bytes.

Ports with a file descriptor are waited for by the system's selector together with a wake-up pipe;
others (``loop://``, ``rfc2217://``, everything on Windows) by a blocking read that is cancelled.
"""

from __future__ import annotations

import contextlib
import io
import os
import selectors
import threading

import attrs
import serial

from iohub_core.clock import SystemClock, VirtualClock
from iohub_core.errors import DeviceError
from iohub_serial.backends.opening import PORT_ERRORS

READ_BYTES = 65536
# pyserial's own reads fail by these when the port is closed under them.
READ_ERRORS: tuple[type[Exception], ...] = (*PORT_ERRORS, TypeError, AttributeError)
Clock = SystemClock | VirtualClock


class PortLostError(DeviceError):
    """The port is gone; the message says how that showed."""


@attrs.frozen
class Reading:
    """Bytes, when they were asked for, and when the reader was woken up."""

    data: bytes
    asked: float
    woken: float


class Connection:
    """An open port.

    Args:
        port: the open port.
        clock: the hub's clock.
    """

    def __init__(self, port: serial.Serial, clock: Clock) -> None:
        self.port = port
        self._clock = clock
        self._write_lock = threading.Lock()
        self._closed = False

    def read(self) -> Reading | None:
        """Sleep until bytes come and return them; None after :meth:`cancel`. One thread only.

        Raises:
            PortLostError: if the port is gone.
        """
        raise NotImplementedError

    def cancel(self) -> None:
        """Have :meth:`read` return None. Any thread."""
        raise NotImplementedError

    def write(self, data: bytes) -> int:
        """Write all bytes. Any thread.

        Raises:
            DeviceError: if the port does not take them in time, or is gone.
        """
        try:
            with self._write_lock:
                if self._closed:
                    raise DeviceError("the port is closed")
                written = self.port.write(data)
        except serial.SerialTimeoutException as error:
            raise DeviceError(
                f"the port took too long for {len(data)} bytes (write_timeout is "
                f"{self.port.write_timeout} s); the other side, or flow control, holds it up"
            ) from error
        except PORT_ERRORS as error:
            raise DeviceError(f"writing to the port failed: {error}") from error
        return len(data) if written is None else written

    def flush_input(self) -> None:
        """Drop what the system has received."""
        with self._write_lock:
            if not self._closed:
                self.port.reset_input_buffer()

    def flush_output(self) -> None:
        """Drop what the system has not sent."""
        with self._write_lock:
            if not self._closed:
                self.port.reset_output_buffer()

    def close(self) -> None:
        """Close the port; by the thread that reads."""
        with self._write_lock:
            self._closed = True
            # A port that is gone can't always be closed; there is nothing more to do about it.
            with contextlib.suppress(*PORT_ERRORS):
                self.port.close()


class DescriptorConnection(Connection):
    """A port with a file descriptor."""

    def __init__(self, port: serial.Serial, clock: Clock) -> None:
        super().__init__(port, clock)
        self._descriptor = port.fileno()
        self._wake_read, self._wake_write = os.pipe()
        self._wake_lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._descriptor, selectors.EVENT_READ)
        self._selector.register(self._wake_read, selectors.EVENT_READ)

    def read(self) -> Reading | None:
        """Sleep until bytes come and return them; None after :meth:`cancel`."""
        now = self._clock.now
        while True:
            asked = now()
            ready = self._selector.select()
            woken = now()
            if any(key.fd == self._wake_read for key, _ in ready):
                return None
            try:
                data = os.read(self._descriptor, READ_BYTES)
            except BlockingIOError:
                continue
            except OSError as error:
                raise PortLostError(str(error)) from error
            if not data:
                raise PortLostError("the other side has hung up")
            return Reading(data, asked, woken)

    def cancel(self) -> None:
        """Have :meth:`read` return None."""
        with self._wake_lock:
            if self._wake_write >= 0:
                os.write(self._wake_write, b"x")

    def close(self) -> None:
        """Close the port and the wake-up pipe."""
        self._selector.close()
        super().close()
        with self._wake_lock:
            os.close(self._wake_read)
            os.close(self._wake_write)
            self._wake_write = -1


class BlockingConnection(Connection):
    """A port that can only be read by a call that blocks."""

    def __init__(self, port: serial.Serial, clock: Clock) -> None:
        super().__init__(port, clock)
        self._cancelled = threading.Event()

    def read(self) -> Reading | None:
        """Sleep until bytes come and return them; None after :meth:`cancel`."""
        now = self._clock.now
        while not self._cancelled.is_set():
            asked = now()
            try:
                data = self.port.read(1)
                woken = now()
                if data:
                    waiting = self.port.in_waiting
                    return Reading(
                        data + self.port.read(waiting) if waiting else data, asked, woken
                    )
            except READ_ERRORS as error:
                if self._cancelled.is_set():
                    return None
                raise PortLostError(str(error)) from error
            if not self._cancelled.is_set() and not self.port.is_open:
                raise PortLostError("the port was closed")
        return None

    def cancel(self) -> None:
        """Have :meth:`read` return None."""
        self._cancelled.set()
        if hasattr(self.port, "cancel_read"):
            self.port.cancel_read()
        else:
            self.port.close()  # the only way to end the read of rfc2217:// and the like


def connection_to(port: serial.Serial, clock: Clock) -> Connection:
    """Return a connection of the kind that suits the port."""
    if os.name == "posix":
        with contextlib.suppress(io.UnsupportedOperation, AttributeError, NotImplementedError):
            port.fileno()
            return DescriptorConnection(port, clock)
    return BlockingConnection(port, clock)
