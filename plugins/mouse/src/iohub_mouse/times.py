"""When things happened: native stamps brought to hub time, in the order of the records."""

from __future__ import annotations

from typing import Any

from iohub_core.clocksync import ClockConverter, Stamp
from iohub_mouse.native import NativeMouse


class RecordTimes:
    """Gives records their times; one thread at a time calls it.

    Args:
        converter: of the backend's native clock; None if it has none, the time is then the
            arrival and how far that is off is not known (a confidence interval of 0).
    """

    def __init__(self, converter: ClockConverter | None) -> None:
        self._converter = converter
        self._latest = float("-inf")

    def stamp(self, one: NativeMouse) -> Stamp:
        """Return a record's times, never before those of the record before.

        Records come in the order things happened, which is surer than an estimate of when.
        """
        if one.tick is None or self._converter is None:
            return Stamp(one.arrival, 0.0, 0.0)
        stamp = self._converter.stamp(one.tick, one.arrival)
        behind = self._latest - stamp.time
        if behind > 0:
            half = stamp.confidence_interval + behind
            stamp = Stamp(self._latest, half, stamp.device_time)
        self._latest = stamp.time
        return stamp

    def state(self) -> dict[str, Any]:
        """Return how native stamps become hub time; empty if there are none."""
        return {} if self._converter is None else self._converter.state()
