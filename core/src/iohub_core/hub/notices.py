"""What the hub tells the script unasked: ready, failed, warnings, what is printed.

Frames on the pipe that was the hub's standard output. Its end tells the script that the hub is
gone, at once and however it went.
"""

from __future__ import annotations

import io
import logging
import os
import threading
from typing import Any

from iohub_core.hub.bootstrap import send_frame

READY = "ready"
FAILED = "failed"
WARNING = "warning"
BROKEN = "broken"
PRINTED = "printed"

TOLD = "iohub_told"  # marks a log record that the script was told of by a notice already
PIECE = 900  # characters; at most 3,600 bytes of UTF-8


class NoticeSender:
    """Writes notices; never waits for a script that does not read.

    Args:
        descriptor: the pipe's writing end.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self.lost = 0

    def send(self, kind: str, **content: Any) -> None:
        """Send a notice; one that can't be sent is counted."""
        with self._lock:
            try:
                send_frame(self._write, {"kind": kind, **content})
            except OSError:
                self.lost += 1  # the script is gone; the hub is about to notice

    def stop_waiting(self) -> None:
        """From now on lose a notice rather than wait for a script that has been stopped."""
        os.set_blocking(self._descriptor, False)

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._descriptor, data) :]


def log_to_script(stream: Any) -> None:
    """Show log records from WARNING up on the script's standard error."""
    handler = logging.StreamHandler(stream)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("iohub hub: %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(lambda record: not hasattr(record, TOLD))
    logging.getLogger().addHandler(handler)


class NoticeStream(io.TextIOBase):
    """Stands in for ``sys.stderr`` and ``sys.stdout`` in the hub: the script prints it.

    Args:
        sender: where it goes.
    """

    def __init__(self, sender: NoticeSender) -> None:
        super().__init__()
        self._sender = sender

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Send a text."""
        # A pipe takes up to 4,096 bytes whole or not at all, so no frame is ever cut in two.
        for start in range(0, len(text), PIECE):
            self._sender.send(PRINTED, text=text[start : start + PIECE])
        return len(text)
