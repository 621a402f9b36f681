"""The one clock: seconds since the experiment's zero, the same in every process.

``time.perf_counter`` reads a clock that all processes of a machine share (CLOCK_MONOTONIC on
Linux, mach_absolute_time on macOS, QueryPerformanceCounter on Windows), so two processes agree
as soon as they agree on the zero; the hub gets it from the script when it is started.
"""

from __future__ import annotations

import sys
import time
from typing import Protocol


class Clock(Protocol):
    """What the hub, devices and buffers ask for the time."""

    def now(self) -> float:
        """Return the seconds since the experiment's zero."""
        ...


class SystemClock:
    """The machine's monotonic clock, counted from ``zero``.

    Args:
        zero: the reading of ``time.perf_counter()`` that counts as 0 s.
    """

    __slots__ = ("zero",)

    def __init__(self, zero: float = 0.0) -> None:
        self.zero = zero

    def now(self) -> float:
        """Return the seconds since ``zero``."""
        return time.perf_counter() - self.zero

    def from_monotonic(self, seconds: float) -> float:
        """Bring a stamp of the machine's monotonic clock (as kernels give them) to this clock."""
        return seconds - self.zero


class VirtualClock:
    """A clock that moves only when told to; it makes tests of timing exact and instant."""

    __slots__ = ("_now", "zero")

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self.zero = 0.0

    def now(self) -> float:
        """Return the time last set."""
        return self._now

    def from_monotonic(self, seconds: float) -> float:
        """Return ``seconds`` as it is: this clock is its own monotonic clock."""
        return seconds - self.zero

    def advance(self, seconds: float) -> float:
        """Move forward and return the new time.

        Raises:
            ValueError: if ``seconds`` is negative.
        """
        if seconds < 0:
            raise ValueError(f"a clock can't go back: advance({seconds})")
        self._now += seconds
        return self._now


def experiment_zero() -> float:
    """Return the ``perf_counter`` reading that is 0 s of the experiment.

    Where PsychoPy is loaded its own clock is the experiment's clock, so that stimulus times and
    event times compare directly; otherwise the zero is now.
    """
    psychopy_clock = sys.modules.get("psychopy.clock")
    if psychopy_clock is None:
        return time.perf_counter()
    get_time = psychopy_clock.getTime
    # The tightest of a few brackets: a reading between two of ours, the middle taken as its time.
    brackets: list[tuple[float, float]] = []
    for _ in range(16):
        before = time.perf_counter()
        theirs = get_time()
        after = time.perf_counter()
        brackets.append((after - before, (before + after) / 2 - theirs))
    return min(brackets)[1]
