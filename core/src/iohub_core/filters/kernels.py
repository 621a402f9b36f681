"""What filters compute: a stream of numbers in, a stream of filtered numbers out.

A kernel is fed one number at a time and returns the filtered value of the number fed
``latency`` samples before, or None while its window fills.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Sequence


class Kernel:
    """Base of all kernels; also what a plugin's own kernel derives from.

    Args:
        length: numbers in the window, odd.
        weights: one weight a number, for kernels that have weights.
    """

    def __init__(self, length: int, weights: Sequence[float] = ()) -> None:
        self.length = length
        self.weights = tuple(weights)

    @property
    def latency(self) -> int:
        """How many samples after its own a filtered value comes out."""
        return (self.length - 1) // 2

    def feed(self, value: float) -> float | None:
        """Take the next number; return the filtered value that is due, or None."""
        raise NotImplementedError

    def reset(self) -> None:
        """Forget the numbers seen."""
        raise NotImplementedError


class PassThrough(Kernel):
    """Returns every number as it is; for trying a chain out."""

    def __init__(self, length: int = 1, weights: Sequence[float] = ()) -> None:
        super().__init__(1, weights)

    def feed(self, value: float) -> float | None:
        """Return the number."""
        return value

    def reset(self) -> None:
        """Forget nothing."""


class MovingWindow(Kernel):
    """A window that moves by one; a subclass says what to make of a full one."""

    def __init__(self, length: int, weights: Sequence[float] = ()) -> None:
        super().__init__(length, weights)
        self.window: deque[float] = deque(maxlen=length)

    def feed(self, value: float) -> float | None:
        """Return the value of the window that the number completes."""
        self.window.append(value)
        return self.value() if len(self.window) == self.length else None

    def value(self) -> float:
        """Return what a full window amounts to."""
        raise NotImplementedError

    def reset(self) -> None:
        """Empty the window."""
        self.window.clear()


class Median(MovingWindow):
    """The window's median: single outliers vanish, edges stay."""

    def value(self) -> float:
        """Return the median."""
        return statistics.median(self.window)


class WeightedAverage(MovingWindow):
    """The window's weighted average; all weights 1 if none are given."""

    def value(self) -> float:
        """Return the average."""
        weights = self.weights or (1.0,) * self.length
        return sum(map(float.__mul__, weights, map(float, self.window))) / sum(weights)


class Stampe(Kernel):
    """The heuristic filter of Stampe (1993), both of its stages.

    The first replaces a number that lies outside its two neighbours, both on the same side, by the
    nearer one; the second does the same for two equal numbers in a row that stand out. Together
    they remove impulse noise of one and two samples and delay by three. Nothing else is changed.

    Stampe, D. M. (1993). Heuristic filtering and reliable calibration methods for video-based
    pupil-tracking systems. Behavior Research Methods, Instruments, & Computers, 25, 137-142.
    """

    def __init__(self, length: int = 7, weights: Sequence[float] = ()) -> None:
        super().__init__(7, weights)
        self._raw: deque[float] = deque(maxlen=3)
        self._once: deque[float] = deque(maxlen=4)

    def feed(self, value: float) -> float | None:
        """Return the number fed three samples before, corrected."""
        self._raw.append(value)
        if len(self._raw) < 3:
            return None
        before, middle, after = self._raw
        self._once.append(_without_spike(before, middle, after))
        if len(self._once) < 4:
            return None
        first, one, two, last = self._once
        if one == two:
            corrected = _without_spike(first, one, last)
            self._once[1] = self._once[2] = corrected
        return self._once[1]

    def reset(self) -> None:
        """Forget the numbers seen."""
        self._raw.clear()
        self._once.clear()


def _without_spike(before: float, middle: float, after: float) -> float:
    """Return the middle number, or its nearer neighbour if it lies outside both."""
    if (middle > before and middle > after) or (middle < before and middle < after):
        return before if abs(middle - before) <= abs(middle - after) else after
    return middle


KERNELS: dict[str, type[Kernel]] = {
    "median": Median,
    "weighted_average": WeightedAverage,
    "stampe": Stampe,
    "passthrough": PassThrough,
}
