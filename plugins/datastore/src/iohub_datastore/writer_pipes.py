"""The writer's ends of its two pipes to the hub: commands in, replies out."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
from typing import Any


class Replies:
    """Sends JSON lines to the hub; does nothing once the hub is gone."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def send(self, what: str, **values: Any) -> None:
        """Send one message."""
        line = json.dumps({"what": what, **values}, default=str) + "\n"
        with contextlib.suppress(BrokenPipeError):
            os.write(self._fd, line.encode())


class Inbox:
    """The commands, read by a thread of their own so that the hub never waits for us."""

    END = "end"

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._read, name="commands", daemon=True)
        self._thread.start()

    def wait(self, timeout_s: float | None) -> list[str]:
        """Return the commands that have come, after waiting for the first."""
        try:
            found = [self._lines.get(timeout=timeout_s)]
        except queue.Empty:
            return []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self._lines.get_nowait())
        return found

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            self._lines.put(line.decode().strip())
        self._lines.put(self.END)
