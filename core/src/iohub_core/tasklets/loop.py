"""The thread tasklets run in, and the watch over those that hold it up."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Generator
from typing import Any

HELD_TOO_LONG_S = 0.05


class LoopThread:
    """A daemon thread with an asyncio loop.

    Args:
        held: told ``(owner, seconds, still held)`` when a step held the loop longer than
            ``HELD_TOO_LONG_S``; called in the watch's thread while it lasts, and in the loop's
            thread when it has ended.
    """

    def __init__(self, held: Callable[[str, float, bool], None]) -> None:
        self._held = held
        self.loop = asyncio.new_event_loop()
        self._step: tuple[int, str, float] | None = None
        self._count = 0
        self._busy = threading.Event()
        self._thread = threading.Thread(target=self._run, name="iohub-tasklets", daemon=True)
        self._thread.start()
        threading.Thread(target=self._watch, name="iohub-tasklet-watch", daemon=True).start()

    def call(self, function: Callable[..., Any], *args: Any) -> None:
        """Call a function on the loop; any thread. Nothing happens if the loop was closed."""
        try:
            self.loop.call_soon_threadsafe(function, *args)
        except RuntimeError:
            return  # the hub is stopping

    def timed(self, owner: str, function: Callable[[], Any]) -> Any:
        """Run one step of an owner on the loop's thread, under the watch."""
        self._count += 1
        started = time.perf_counter()
        self._step = (self._count, owner, started)
        if not self._busy.is_set():
            self._busy.set()
        try:
            return function()
        finally:
            self._step = None
            seconds = time.perf_counter() - started
            if seconds > HELD_TOO_LONG_S:
                self._held(owner, seconds, False)

    def stop(self) -> None:
        """End the loop when what it is doing has ended; any thread."""
        self.call(self.loop.stop)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def _watch(self) -> None:
        """Name a step that lasts too long while it lasts; asleep while the loop is."""
        named = 0
        while True:
            self._busy.wait()
            time.sleep(HELD_TOO_LONG_S)
            step = self._step
            if step is None:
                self._busy.clear()
                if self._step is not None:
                    self._busy.set()
                continue
            number, owner, started = step
            seconds = time.perf_counter() - started
            if seconds > HELD_TOO_LONG_S and number != named:
                named = number
                self._held(owner, seconds, True)


class Stepped(Coroutine[Any, Any, Any]):
    """A coroutine whose every step is timed.

    Args:
        owner: the tasklet's name.
        coroutine: what it runs.
        thread: the loop's thread.
        first_step: called after its first step, however that ended.
    """

    def __init__(
        self,
        owner: str,
        coroutine: Coroutine[Any, Any, Any],
        thread: LoopThread,
        first_step: Callable[[], None],
    ) -> None:
        self._owner = owner
        self._coroutine = coroutine
        self._thread = thread
        self._first_step: Callable[[], None] | None = first_step

    def send(self, value: Any) -> Any:
        """Run to the next ``await``."""
        return self._step(lambda: self._coroutine.send(value))

    def throw(self, *error: Any) -> Any:
        """Raise in the coroutine and run to the next ``await``."""
        return self._step(lambda: self._coroutine.throw(*error))

    def close(self) -> None:
        """Close the coroutine."""
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield from self._drive())

    def _drive(self) -> Generator[Any, Any, Any]:
        value: Any = None
        error: BaseException | None = None
        while True:
            try:
                waited = self.send(value) if error is None else self.throw(error)
            except StopIteration as end:
                return end.value
            value, error = None, None
            try:
                value = yield waited
            except BaseException as raised:  # noqa: BLE001 - a cancellation, handed on inwards
                error = raised

    def _step(self, step: Callable[[], Any]) -> Any:
        try:
            return self._thread.timed(self._owner, step)
        finally:
            if self._first_step is not None:
                told, self._first_step = self._first_step, None
                told()
