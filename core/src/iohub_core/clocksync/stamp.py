"""The times of one event."""

from __future__ import annotations

import attrs


@attrs.define(slots=True, eq=True)
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
