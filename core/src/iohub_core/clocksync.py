"""From a device's own clock to the hub's: when did it happen, and how sure is that?

A native stamp that was cut to whole ticks says the event happened within one tick after it; the
arrival in the hub says it happened before that. Both together give an interval, and the best
estimate lies inside.
"""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen
class Stamp:
    """The three times of one event.

    Attributes:
        time: best estimate of the hub time at which it happened, s; never later than the arrival.
        confidence_interval: half-width in s of the interval around ``time`` that holds the true
            time with at least 95 % probability.
        device_time: the native stamp in seconds of the device's clock, wraps undone.
    """

    time: float
    confidence_interval: float
    device_time: float


class ClockConverter:
    """Brings native stamps of one device to hub time.

    Args:
        tick_s: length of one unit of the native stamp, in seconds (0.001 for milliseconds).
        resolution_s: width of the interval in which an event with a given stamp can have
            happened; native stamps are taken as cut down, so the interval begins at the stamp.
        wrap: the native count at which the stamp starts again at 0, e.g. ``2**32``; None if never.
        monotonic_zero: if the native clock is the machine's monotonic clock, the hub clock's
            ``zero``, so that the offset is known; None to estimate offset and drift.
    """

    def __init__(
        self,
        *,
        tick_s: float,
        resolution_s: float,
        wrap: int | None = None,
        monotonic_zero: float | None = None,
    ) -> None:
        self.tick_s = tick_s
        self.resolution_s = resolution_s
        self.wrap = wrap
        self.monotonic_zero = monotonic_zero

    def stamp(self, native: float, arrival: float) -> Stamp:
        """Return the times of an event.

        Args:
            native: the device's stamp, in ticks.
            arrival: hub time at which our code got it, s.
        """
        device_time = native * self.tick_s
        if self.monotonic_zero is None:
            return Stamp(arrival, 0.0, device_time)
        earliest = min(device_time - self.monotonic_zero, arrival)
        latest = min(earliest + self.resolution_s, arrival)
        middle = (earliest + latest) / 2
        return Stamp(middle, (latest - earliest) / 2, device_time)

    def state(self) -> dict[str, Any]:
        """Return offset, drift, and how they are known; what ``getClockSync()`` shows."""
        return {"tick_s": self.tick_s, "resolution_s": self.resolution_s}
