"""Script threads that sleep until a buffer gets something new."""

from __future__ import annotations

import threading
from collections.abc import Callable

import attrs

WakeUp = Callable[[bool], None]


@attrs.define(eq=False)
class Waiter:
    """One waiting call.

    Attributes:
        buffer: name of the buffer it waits for.
        wake_up: called once, with True when there is something new, or False when the wait was
            cancelled.
    """

    buffer: str
    wake_up: WakeUp


class WakeBoard:
    """Who waits for which buffer. The publishing thread wakes them, without a detour.

    Attributes:
        waiting: whether anybody waits; read without the lock on every batch, which is safe
            because a waiter looks at the buffer again after it was put on the board.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: list[Waiter] = []
        self.waiting = False

    def wait(self, buffer: str, seen: int, written: Callable[[], int], wake_up: WakeUp) -> Waiter:
        """Have ``wake_up(True)`` called when the buffer has more than ``seen`` events.

        It is called at once, in this thread, if the buffer has them already.
        """
        waiter = Waiter(buffer, wake_up)
        with self._lock:
            self._waiters.append(waiter)
            self.waiting = True
        if written() > seen:
            self._end([waiter], news=True)
        return waiter

    def wake(self, buffer: str, written: int) -> None:
        """Wake those who wait for a buffer; called after an event was put in."""
        with self._lock:
            due = [waiter for waiter in self._waiters if waiter.buffer == buffer]
        if due:
            self._end(due, news=True)

    def cancel(self, waiter: Waiter) -> None:
        """End a wait that ran out of time; a wake-up that was under way stands."""
        self._end([waiter], news=False)

    def _end(self, due: list[Waiter], *, news: bool) -> None:
        with self._lock:
            ended = [waiter for waiter in due if waiter in self._waiters]
            for waiter in ended:
                self._waiters.remove(waiter)
            self.waiting = bool(self._waiters)
        for waiter in ended:
            waiter.wake_up(news)
