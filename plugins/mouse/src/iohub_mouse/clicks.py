"""Presses that follow one another soon enough to count together."""

from __future__ import annotations


class ClickCounter:
    """Counts presses in a row.

    Args:
        interval_s: most seconds from one press to the next.
        distance_pix: most pixels between the two, along each axis.
    """

    def __init__(self, interval_s: float, distance_pix: float) -> None:
        self.interval_s = interval_s
        self.distance_pix = distance_pix
        self.reset()

    def reset(self) -> None:
        """Forget earlier presses."""
        self._button, self._time, self._x, self._y, self._count = 0, 0.0, 0.0, 0.0, 0

    def press(self, button: int, time: float, x: float, y: float) -> int:
        """Return which press in a row this is: 1 for a single one, 2 for a double-click …"""
        follows = (
            button == self._button
            and time - self._time <= self.interval_s
            and abs(x - self._x) <= self.distance_pix
            and abs(y - self._y) <= self.distance_pix
        )
        self._count = self._count + 1 if follows else 1
        self._button, self._time, self._x, self._y = button, time, x, y
        return self._count
