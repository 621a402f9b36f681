"""How long after a native stamp events arrive: learned from the newest ones.

``gap`` is arrival minus native stamp, both in hub time. It is the way's latency plus the part of a
tick that the stamp was cut by, which is spread evenly over the tick. So the median gap less half a
tick is the typical latency, and what the upper gaps exceed an even spread by is its scatter.
"""

from __future__ import annotations

WINDOW = 128
EVERY = 16
PRIOR_WEIGHT = 32


class LatencyModel:
    """Typical latency and scatter over the newest gaps.

    Args:
        resolution_s: width of the native stamp's tick.
        prior_s: the latency taken before there are gaps, s.
    """

    __slots__ = ("_count", "_gaps", "_prior", "_resolution", "scatter", "typical")

    def __init__(self, resolution_s: float, prior_s: float) -> None:
        self._resolution = resolution_s
        self._prior = prior_s
        self._gaps = [0.0] * WINDOW
        self._count = 0
        self.typical = prior_s
        self.scatter = 0.0

    @property
    def samples(self) -> int:
        """How many gaps were learned from."""
        return self._count

    def learn(self, gap: float) -> None:
        """Take in one gap, s; costs a sort of the window every 16th time."""
        count = self._count
        self._gaps[count % WINDOW] = gap
        self._count = count + 1
        if not self._count % EVERY:
            self._refresh()

    def forget(self) -> None:
        """Start again; the clock was set."""
        self._count = 0
        self.typical, self.scatter = self._prior, 0.0

    def _refresh(self) -> None:
        known = min(self._count, WINDOW)
        ordered = sorted(self._gaps[:known])
        median = ordered[known // 2] - self._resolution / 2
        weight = known / (known + PRIOR_WEIGHT)
        self.typical = max(0.0, weight * max(median, 0.0) + (1 - weight) * self._prior)
        high = ordered[int(known * 0.9)] - 0.9 * self._resolution
        # Where a tick is coarse its even spread makes the difference uncertain by a tenth of it.
        self.scatter = max(0.0, high - self.typical - 0.1 * self._resolution)
