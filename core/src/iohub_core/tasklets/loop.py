"""The thread tasklets run in, and the watch over those that hold it up."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iohub_core.devices.device import Device
    from iohub_core.event import DeviceEvent

    Listener = Callable[[Device, Sequence[DeviceEvent]], None]

HELD_TOO_LONG_S = 0.05
BATCH_LIMIT = 10_000  # published batches that wait for a loop that is held


class LoopThread:
    """A daemon thread with an asyncio loop.

    Args:
        held: told ``(owner, seconds, still held)`` when a step held the loop longer than
            ``HELD_TOO_LONG_S``; called in the watch's thread while it lasts, and in the loop's
            thread when it has ended.
        lost: told how many batches of events a held loop could not take; on the loop.
    """

    def __init__(
        self, held: Callable[[str, float, bool], None], lost: Callable[[int], None]
    ) -> None:
        self._held = held
        self._lost = lost
        self.loop = asyncio.new_event_loop()
        self.listeners: dict[Any, Listener] = {}
        self._batches: deque[tuple[Device, Sequence[DeviceEvent]]] = deque()
        self._lost_count = 0
        self._awake = False
        self._step: tuple[int, str, float] | None = None
        self._count = 0
        self._busy = threading.Event()
        self._stopped = False
        threading.Thread(target=self._run, name="iohub-tasklets", daemon=True).start()
        threading.Thread(target=self._watch, name="iohub-tasklet-watch", daemon=True).start()

    def call(self, function: Callable[..., Any], *args: Any) -> None:
        """Call a function on the loop; any thread. Nothing happens if the loop was closed."""
        try:
            self.loop.call_soon_threadsafe(function, *args)
        except RuntimeError:
            return  # the hub is stopping

    # -- events -----------------------------------------------------------------------------------

    def listen(self, key: Any, listener: Listener) -> None:
        """Have a listener told of every batch, on the loop; any thread."""
        self.listeners = {**self.listeners, key: listener}

    def unlisten(self, key: Any) -> None:
        """Tell a listener no more; any thread."""
        self.listeners = {one: told for one, told in self.listeners.items() if one is not key}

    def publish(self, device: Device, events: Sequence[DeviceEvent]) -> None:
        """Take a batch to the listeners. In the publishing thread, one at a time; quick.

        However long the loop is held, no more than ``BATCH_LIMIT`` batches wait for it; the oldest
        go first and are counted.
        """
        if len(self._batches) >= BATCH_LIMIT:
            try:
                self._batches.popleft()
                self._lost_count += 1
            except IndexError:  # the loop has just taken them
                pass
        self._batches.append((device, events))
        if not self._awake:
            self._awake = True
            self.call(self._drain)

    def _drain(self) -> None:
        self._awake = False  # before looking, so that a batch put in meanwhile wakes the loop again
        for _ in range(len(self._batches)):
            try:
                device, events = self._batches.popleft()
            except IndexError:  # the publishing thread has just dropped one
                break
            for listener in self.listeners.values():
                listener(device, events)
        if self._lost_count:
            count, self._lost_count = self._lost_count, 0
            self._lost(count)

    # -- steps ------------------------------------------------------------------------------------

    @property
    def holder(self) -> str:
        """Whose step runs now; empty if none does."""
        step = self._step
        return "" if step is None else step[1]

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
        self._stopped = True
        self.call(self.loop.stop)
        self._busy.set()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        while not self._stopped:
            try:
                self.loop.run_forever()
            except BaseException:  # noqa: BLE001 - asyncio lets SystemExit through; others go on
                continue

    def _watch(self) -> None:
        """Name a step that lasts too long while it lasts; asleep while the loop is."""
        named = 0
        while not self._stopped:
            self._busy.wait()
            time.sleep(HELD_TOO_LONG_S)
            step = self._step
            if step is None:
                self._busy.clear()
                if self._step is not None or self._stopped:
                    self._busy.set()
                continue
            number, owner, started = step
            seconds = time.perf_counter() - started
            if seconds > HELD_TOO_LONG_S and number != named:
                named = number
                self._held(owner, seconds, True)
