"""A pair of pseudo-terminals: a port, and the wire behind it."""

from __future__ import annotations

import os
import pty
import select
import threading
import tty
from collections.abc import Callable


class PtyPair:
    """A port with a wire behind it.

    Args:
        hear: takes bytes that were written to the port; called in a thread of the pair.

    Attributes:
        name: the port's name.
    """

    def __init__(self, hear: Callable[[bytes], object]) -> None:
        self._far, self._near = pty.openpty()
        tty.setraw(self._near)  # nothing is to be echoed before the port is opened
        self.name = os.ttyname(self._near)
        self._hear = hear
        self._wake_read, self._wake_write = os.pipe()
        self._lock = threading.Lock()
        self._open = True
        self._thread = threading.Thread(
            target=self._run, name="iohub-virtual-serial-line", daemon=True
        )
        self._thread.start()

    def send(self, data: bytes) -> None:
        """Send bytes to the port; raises OSError when unplugged."""
        with self._lock:
            if not self._open:
                raise OSError("the virtual line is unplugged")
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._far, rest) :]

    def close(self) -> None:
        """Hang up, as when a plug is pulled."""
        os.write(self._wake_write, b"x")
        self._thread.join(1.0)
        with self._lock:
            if self._open:
                self._open = False
                for descriptor in (self._near, self._far, self._wake_read, self._wake_write):
                    os.close(descriptor)

    def _run(self) -> None:
        # Its own end of the port stays open, so that it lasts while nobody has opened it.
        while True:
            ready, _, _ = select.select([self._far, self._wake_read], [], [])
            if self._wake_read in ready:
                return
            try:
                data = os.read(self._far, 4096)
            except OSError:
                return
            self._hear(data)
