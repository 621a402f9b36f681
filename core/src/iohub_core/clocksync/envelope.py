"""Offset and drift between two clocks from one-way stamps, estimated as events come in.

``offset`` of an event is its arrival (hub clock) minus its native stamp (device clock): the true
offset plus a latency that is never negative. Late arrivals, bursts and loads only raise it, so the
truth lies along the lower envelope. The smallest offset of each stretch of time is kept, and the
line that lies below all of them and as near as can be to them is the estimate: the edge of their
lower convex hull under their mean time (Moon, Skelly & Towsley, 1999, "Estimation and removal of
clock skew from network delay measurements"). Outliers upwards can't move it.
"""

from __future__ import annotations

from itertools import pairwise

STRETCHES = 64
FIRST_STRETCH_S = 0.25
LONGEST_STRETCH_S = 8.0
LEAST_SPAN_S = 3.0
"""Before this much time was seen, a drift can't be told from chance and is taken as 0."""
MAX_DRIFT = 1e-3
"""Quartz is right to 1e-4; a line steeper than ten times that is no clock."""
JUMP_S = 0.02
"""An offset this far below the line means a clock was set, or slept."""
SETTLED_SAMPLES = 20
JUMP_UP_S = 0.2
"""Offsets that all lie this far above the line, in a row, mean it too; fewer were just late."""
JUMP_UP_SAMPLES = 8
JUMP_UP_SPAN_S = 0.5
JUMP_UP_SPREAD_S = 0.05


class OffsetEstimator:
    """Estimates ``hub = device + offset`` where nothing is known beforehand.

    Attributes:
        drift: seconds per second by which the offset grows in device time.
        jumps: how often the clocks were found to have been set against each other.
        samples: offsets taken in since the last jump.
        residual: median distance of the stretches' smallest offsets from the line, s.
    """

    __slots__ = (
        "_at",
        "_late",
        "_low",
        "_low_at",
        "_since",
        "_start",
        "_stretch_s",
        "_value",
        "drift",
        "jumps",
        "minima",
        "residual",
        "samples",
    )

    def __init__(self) -> None:
        self.jumps = 0
        self._reset()

    def _reset(self) -> None:
        self.samples = 0
        self.minima: list[tuple[float, float]] = []
        self.drift = 0.0
        self.residual = 0.0
        self._at = self._value = 0.0  # the line passes through here
        self._stretch_s = FIRST_STRETCH_S
        self._start = self._low_at = self._low = self._since = 0.0
        self._late: list[tuple[float, float]] = []

    def update(self, device: float, arrival: float) -> float:
        """Take in an event and return the offset at its device time, s."""
        offset = arrival - device
        if not self.samples:
            return self._begin(device, offset)
        line = self._value + self.drift * (device - self._at)
        above = offset - line
        # The longer nothing came, the further an honest clock can have drifted away.
        away = MAX_DRIFT * (device - self._at)
        if above < -(JUMP_S + abs(away)):
            return self._jump(device, offset)
        if above > JUMP_UP_S + abs(away):
            if self._stays_late(device, offset):
                return self._jump(*min(self._late, key=lambda one: one[1]))
        elif self._late:
            self._late.clear()
        self.samples += 1
        if device - self._start >= self._stretch_s:
            self._close_stretch(device, offset)
        elif offset < self._low:
            self._low_at, self._low = device, offset
        line = self._value + self.drift * (device - self._at)
        if offset < line:
            # Nothing arrives before it happened: the line is too high.
            self._value -= line - offset
            line = offset
        return line

    def seen_s(self, device: float) -> float:
        """Return how long the clocks were watched up to a device time, since the last jump."""
        return device - self._since

    def _begin(self, device: float, offset: float) -> float:
        self.samples = 1
        self._start = self._low_at = self._at = self._since = device
        self._low = self._value = offset
        return offset

    def _jump(self, device: float, offset: float) -> float:
        # Before the line has settled, a much lower offset only shows that the first were late.
        jumps = self.jumps + (self.samples >= SETTLED_SAMPLES)
        self._reset()
        self.jumps = jumps
        return self._begin(device, offset)

    def _stays_late(self, device: float, offset: float) -> bool:
        """Return whether late offsets are so many, so long and so alike that a clock was set.

        What piled up during a stall comes with offsets that fall steadily, so it is not alike.
        """
        late = self._late
        late.append((device, offset))
        if len(late) < JUMP_UP_SAMPLES or late[-1][0] - late[0][0] < JUMP_UP_SPAN_S:
            return False
        offsets = sorted(one[1] for one in late)
        if offsets[len(offsets) // 2] - offsets[0] < JUMP_UP_SPREAD_S:
            return True
        del late[0]
        return False

    def _close_stretch(self, device: float, offset: float) -> None:
        self.minima.append((self._low_at, self._low))
        self._start = self._low_at = device
        self._low = offset
        if len(self.minima) > STRETCHES:
            if self._stretch_s < LONGEST_STRETCH_S:
                self._stretch_s *= 2
                self.minima = _in_pairs(self.minima)
            else:
                del self.minima[0]
        self._refit()

    def _refit(self) -> None:
        points = [*self.minima, (self._low_at, self._low)]
        points.sort()
        span = points[-1][0] - points[0][0]
        if span < LEAST_SPAN_S:
            lowest = min(points, key=lambda one: one[1])
            self.drift = 0.0
            self._at, self._value = points[-1][0], lowest[1]
        else:
            self._at, self._value, self.drift = _line_below(points)
        distances = sorted(
            offset - self._value - self.drift * (at - self._at) for at, offset in points
        )
        self.residual = max(0.0, distances[len(distances) // 2])
        # Extrapolate from the newest point, not from the middle of the past.
        newest = points[-1][0]
        self._value += self.drift * (newest - self._at)
        self._at = newest


def _in_pairs(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the lower of each two neighbours."""
    return [
        min(points[place : place + 2], key=lambda one: one[1]) for place in range(0, len(points), 2)
    ]


def _line_below(points: list[tuple[float, float]]) -> tuple[float, float, float]:
    """Return a point and the slope of the line below all points that is nearest to them.

    Args:
        points: device time and offset, ordered by time.
    """
    hull: list[tuple[float, float]] = []
    for at, offset in points:
        while len(hull) >= 2 and _turns_up(hull[-2], hull[-1], (at, offset)) <= 0:
            hull.pop()
        hull.append((at, offset))
    middle = sum(at for at, _ in points) / len(points)
    for (x0, y0), (x1, y1) in pairwise(hull):
        if x0 <= middle <= x1 and x1 > x0:
            slope = (y1 - y0) / (x1 - x0)
            return x0, y0, min(max(slope, -MAX_DRIFT), MAX_DRIFT)
    at, offset = min(points, key=lambda one: one[1])
    return at, offset, 0.0


def _turns_up(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
