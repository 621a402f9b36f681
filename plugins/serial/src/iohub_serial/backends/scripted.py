"""The scripted device on the far side of a virtual port."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable

MAX_REMEMBERED_BYTES = 65536


class ScriptedDevice:
    """Sends what it was told to send, when it was told to, and answers what it knows.

    It has a thread of its own that sleeps until the next bytes are due.

    Args:
        send: takes bytes that the device sends; raises OSError while nobody is connected.
    """

    def __init__(self, send: Callable[[bytes], object]) -> None:
        self._send = send
        self._due: list[tuple[float, int, bytes]] = []
        self._numbers = itertools.count()
        self._replies: dict[bytes, tuple[float, bytes]] = {}
        self._heard = bytearray()
        self._unanswered = bytearray()
        self._change = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(
            target=self._run, name="iohub-scripted-serial-device", daemon=True
        )
        self._thread.start()

    def schedule(self, delay: float, data: bytes) -> None:
        """Send ``data`` in ``delay`` seconds."""
        with self._change:
            heapq.heappush(self._due, (time.monotonic() + delay, next(self._numbers), data))
            self._change.notify()

    def reply(self, received: bytes, answer: bytes, delay: float) -> None:
        """From now on, answer ``received`` with ``answer`` after ``delay`` seconds."""
        with self._change:
            self._replies[received] = (delay, answer)

    def hear(self, data: bytes) -> None:
        """Take bytes that the experiment wrote."""
        with self._change:
            self._heard += data
            del self._heard[:-MAX_REMEMBERED_BYTES]
            self._unanswered += data
            answers = list(self._answers())
        for delay, answer in answers:
            self.schedule(delay, answer)

    def heard(self) -> bytes:
        """Return what was heard since the last call, 64 KiB of it at most."""
        with self._change:
            heard = bytes(self._heard)
            self._heard.clear()
            return heard

    def close(self) -> None:
        """End the thread."""
        with self._change:
            self._closing = True
            self._change.notify()
        self._thread.join(1.0)

    def _answers(self) -> list[tuple[float, bytes]]:
        """Take the known words out of what was heard, in their order, and return the answers."""
        answers: list[tuple[float, bytes]] = []
        while True:
            found = [
                (place, -len(word), word)
                for word in self._replies
                if (place := self._unanswered.find(word)) >= 0
            ]
            if not found:
                # A word may still be completed by what comes next.
                longest = max(map(len, self._replies), default=0)
                keep = max(0, longest - 1)
                del self._unanswered[: len(self._unanswered) - keep]
                return answers
            place, _, word = min(found)
            del self._unanswered[: place + len(word)]
            answers.append(self._replies[word])

    def _run(self) -> None:
        while True:
            with self._change:
                while not self._closing and not self._ready():
                    self._change.wait(self._due[0][0] - time.monotonic() if self._due else None)
                if self._closing:
                    return
                data = heapq.heappop(self._due)[2]
            try:
                self._send(data)
            except OSError:
                continue  # unplugged: what it sends now is lost, as with a real device

    def _ready(self) -> bool:
        return bool(self._due) and self._due[0][0] <= time.monotonic()
