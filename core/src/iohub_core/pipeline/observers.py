"""Those who only watch: hooks and tasklets, told in a thread of their own, off the event path."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from iohub_core.buffers.contract import EventBuffer, OverflowReport
from iohub_core.clock import SystemClock, VirtualClock
from iohub_core.pipeline.batch import Batch

REPORT_EVERY_S = 1.0


class Observers:
    """Passes batches and overflow reports on; costs next to nothing while nobody listens.

    Args:
        clock: the hub's clock.
        observe: called with each batch in the observer thread; must not raise.
        overflowed: called with each overflow report in the observer thread; must not raise.
        direct: called with each batch in the publishing thread; must be quick and not raise.
    """

    def __init__(
        self,
        clock: SystemClock | VirtualClock,
        observe: Callable[[Batch], None],
        overflowed: Callable[[OverflowReport], None],
        direct: Callable[[Batch], None],
    ) -> None:
        self._clock = clock
        self._observe = observe
        self._overflowed = overflowed
        self._direct = direct
        self._queue: queue.SimpleQueue[Batch | OverflowReport | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._told: dict[str, tuple[float, int]] = {}
        self.observing = False
        self.listening = False

    def told(self, batch: Batch) -> None:
        """Pass a batch on, if anybody listens. Called in the publishing thread."""
        if self.listening:
            self._direct(batch)
        if self.observing:
            self._put(batch)

    def check_overflow(self, *buffers: EventBuffer) -> None:
        """Report buffers that dropped events the script had not read, at most once a second."""
        for buffer in buffers:
            if buffer.written() <= buffer.capacity:
                continue
            dropped = buffer.dropped()
            last, known = self._told.get(buffer.name, (float("-inf"), 0))
            if dropped > known and self._clock.now() - last >= REPORT_EVERY_S:
                self._told[buffer.name] = (self._clock.now(), dropped)
                self._put(
                    OverflowReport(
                        buffer=buffer.name,
                        dropped=dropped,
                        new=dropped - known,
                        capacity=buffer.capacity,
                    )
                )

    def close(self, timeout: float = 0.5) -> None:
        """Pass on what is queued, wait at most ``timeout`` seconds, and end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(timeout)

    def _put(self, item: Batch | OverflowReport) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="iohub-observers", daemon=True)
            self._thread.start()
        self._queue.put(item)

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            if isinstance(item, OverflowReport):
                self._overflowed(item)
            else:
                self._observe(item)
