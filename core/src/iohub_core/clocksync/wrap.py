"""Native counters that start again at 0."""

from __future__ import annotations


class Unwrapper:
    """Turns a counter that wraps into one that only grows.

    Stamps may run a little out of order: each is taken for the nearest to the one before it, so a
    step of less than half a wrap either way is right.

    Args:
        wrap: the count at which it starts again at 0.
    """

    __slots__ = ("_half", "_last", "_wrap", "turns")

    def __init__(self, wrap: float) -> None:
        self._wrap = wrap
        self._half = wrap / 2
        self._last: float | None = None
        self.turns = 0

    def __call__(self, native: float) -> float:
        """Return the count with its wraps undone."""
        last = self._last
        if last is not None:
            step = native - last
            if step < -self._half:
                self.turns += 1
            elif step > self._half:
                self.turns -= 1
        self._last = native
        return native + self.turns * self._wrap

    def expect(self, count: float) -> None:
        """Set the turns so that the next native count comes out next to ``count``."""
        self.turns = int(count // self._wrap)
        self._last = count - self.turns * self._wrap
