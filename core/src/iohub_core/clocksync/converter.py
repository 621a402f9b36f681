"""From native stamps and arrivals to hub time."""

from __future__ import annotations

from typing import Any

from iohub_core.clocksync.envelope import OffsetEstimator
from iohub_core.clocksync.latency import LatencyModel
from iohub_core.clocksync.stamp import Stamp
from iohub_core.clocksync.wrap import Unwrapper

TYPICAL_DELIVERY_S = 20e-6
"""From the stamp to our code, before it was learned: measured under Xvfb, 12 to 20 µs."""
LAG_SHARE = 0.15
"""How late a stamp may be, by default, as a share of its tick (0.15 ms for an X server)."""
TYPICAL_LAG_SHARE = 0.25
"""How late it typically is, as a share of that (40 µs for an X server, measured)."""
IMPOSSIBLE_S = 0.002
IMPLAUSIBLE_S = 30.0
CONTRADICTIONS = 4
UNKNOWN_LATENCY_S = 0.001
"""What the very first events' latency is taken to be at most, where the offset is estimated."""
UNKNOWN_DRIFT = 2e-4


class ClockConverter:
    """Brings native stamps of one device to hub time.

    Used by one thread at a time (the backend's); :meth:`state` may be asked from any.

    Args:
        tick_s: length of one unit of the native stamp, in seconds (0.001 for milliseconds).
        resolution_s: width of the interval in which an event with a given stamp can have
            happened; native stamps are taken as cut down, so the interval begins at the stamp.
        wrap: the native count at which the stamp starts again at 0, e.g. ``2**32``; None if never.
        monotonic_zero: if the native clock is the machine's monotonic clock, the hub clock's
            ``zero``, so that the offset is known; None to estimate offset and drift.
        stamp_lag_s: by how much the stamp itself may come after the event (a server stamps when
            it gets to it); by default 0.15 of the resolution.
        least_latency_s: what the fastest events take from stamp to arrival, if it is known; only
            matters where the offset is estimated, because one-way stamps can't show it.
    """

    __slots__ = (
        "_contradictions",
        "_estimator",
        "_gap",
        "_lag",
        "_latency",
        "_least_latency",
        "_offset",
        "_resolution",
        "_tick",
        "_typical_lag",
        "_unwrap",
        "monotonic_zero",
        "resolution_s",
        "stamped",
        "tick_s",
        "wrap",
    )

    def __init__(
        self,
        *,
        tick_s: float,
        resolution_s: float,
        wrap: int | None = None,
        monotonic_zero: float | None = None,
        stamp_lag_s: float | None = None,
        least_latency_s: float = 0.0,
    ) -> None:
        self.tick_s = self._tick = tick_s
        self.resolution_s = self._resolution = resolution_s
        self.wrap = wrap
        self.monotonic_zero = monotonic_zero
        self.stamped = 0
        self._unwrap = Unwrapper(wrap) if wrap else None
        self._lag = LAG_SHARE * resolution_s if stamp_lag_s is None else stamp_lag_s
        self._typical_lag = TYPICAL_LAG_SHARE * self._lag
        self._least_latency = least_latency_s
        self._latency = LatencyModel(resolution_s, TYPICAL_DELIVERY_S)
        self._estimator = None if monotonic_zero is not None else OffsetEstimator()
        self._offset = 0.0
        self._gap = 0.0
        self._contradictions = 0

    def stamp(self, native: float, arrival: float) -> Stamp:
        """Return the times of an event.

        Args:
            native: the device's stamp, in ticks.
            arrival: hub time at which our code got it, s.
        """
        self.stamped += 1
        if self._estimator is None:
            device, earliest, unsure = self._known(native, arrival)
        else:
            device, earliest, unsure = self._estimated(self._estimator, native, arrival)
        gap = self._gap = arrival - earliest
        latency = self._latency
        latency.learn(gap)
        width = self._resolution
        if gap <= 0.0:  # rounding, or a stamp that the clocks' disagreement puts too late
            return Stamp(arrival, self._lag + unsure - gap, device)
        scatter = latency.scatter
        back = latency.typical + self._typical_lag
        lag = self._lag + scatter
        if gap - back > width:
            # Later than events usually are: anywhere within the tick.
            half = width / 2
            return Stamp(earliest + half, half + lag + unsure, device)
        back = min(back, gap)
        if scatter > 0.25 * width and back > gap / 2 and gap < width:
            back = gap / 2  # latencies are all over the tick, so nothing favours its beginning
        widest = max(gap - back + lag, back)
        likely = 3.0 * (back + scatter) + self._lag
        return Stamp(arrival - back, min(likely, widest) + unsure, device)

    def state(self) -> dict[str, Any]:
        """Return offset, drift, and how they are known; what ``getClockSync()`` shows.

        Times in seconds: ``offset_s`` is hub time minus device time; ``residual_s`` how well the
        line of offsets fits; ``latency_s`` the typical time from stamp to arrival and
        ``latency_scatter_s`` what its upper tenth exceeds it by; ``jumps`` how often the clocks
        were set against each other, or one slept.
        """
        estimator = self._estimator
        return {
            "source": "monotonic" if estimator is None else "estimated",
            "tick_s": self.tick_s,
            "resolution_s": self.resolution_s,
            "offset_s": self._offset,
            "drift_ppm": 0.0 if estimator is None else estimator.drift * 1e6,
            "residual_s": 0.0 if estimator is None else estimator.residual,
            "samples": self.stamped,
            "samples_since_jump": self.stamped if estimator is None else estimator.samples,
            "jumps": 0 if estimator is None else estimator.jumps,
            "wraps": 0 if self._unwrap is None else self._unwrap.turns,
            "latency_s": self._latency.typical,
            "latency_scatter_s": self._latency.scatter,
            "stamp_lag_s": self._lag,
            "last_gap_s": self._gap,
            "contradicted": self.monotonic_zero is not None and estimator is not None,
        }

    def _known(self, native: float, arrival: float) -> tuple[float, float, float]:
        """Return device time, hub time and doubt of a stamp of the machine's monotonic clock."""
        zero = self.monotonic_zero or 0.0
        count = native
        if self.wrap:
            # The turn is the one that puts the stamp next to its arrival.
            turns = round(((arrival + zero) / self._tick - native) / self.wrap)
            count = native + turns * self.wrap
            if self._unwrap is not None:
                self._unwrap.turns = turns
        device = count * self._tick
        self._offset = -zero
        gap = arrival + zero - device
        if -IMPOSSIBLE_S < gap < IMPLAUSIBLE_S:
            self._contradictions = 0
            return device, device - zero, 0.0
        self._contradictions += 1
        if self._contradictions >= CONTRADICTIONS:
            # A server that counts by another clock (a virtual machine's, another computer's).
            self._latency.forget()
            self._estimator = OffsetEstimator()
            if self._unwrap is not None:
                self._unwrap.expect(count)
            return self._estimated(self._estimator, native, arrival)
        return device, arrival - self._resolution, max(0.0, gap)

    def _estimated(
        self, estimator: OffsetEstimator, native: float, arrival: float
    ) -> tuple[float, float, float]:
        """Return device time, hub time and doubt of a stamp whose clock has to be estimated."""
        device = (native if self._unwrap is None else self._unwrap(native)) * self._tick
        jumps = estimator.jumps
        offset = estimator.update(device, arrival) - self._least_latency
        if estimator.jumps != jumps:
            self._latency.forget()
        self._offset = offset
        samples = estimator.samples
        unsure = estimator.residual + (UNKNOWN_LATENCY_S + self._resolution) / samples**0.5
        if not estimator.drift:
            unsure += UNKNOWN_DRIFT * estimator.seen_s(device)
        return device, device + offset, unsure
