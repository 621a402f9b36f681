"""What a timing self-test found: errors, how often the interval was honest, what was lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Trial:
    """One injected event. All times in seconds of the experiment's clock.

    Attributes:
        before: when the injection began.
        after: when it had been sent; the event was made between the two, or a little later.
        time: the event's ``time``.
        confidence_interval: the event's.
        logged_time: when the hub got it.
        returned: when the script had it.
    """

    before: float
    after: float
    time: float
    confidence_interval: float
    logged_time: float
    returned: float

    @property
    def error(self) -> float:
        """How far ``time`` is from the injection's beginning."""
        return self.time - self.before

    @property
    def covered(self) -> bool:
        """Whether the interval around ``time`` reaches into the injection."""
        outside = max(self.before - self.time, self.time - self.after, 0.0)
        return outside <= self.confidence_interval


@attrs.frozen(kw_only=True)
class Summary:
    """Figures of one condition, times in milliseconds.

    Attributes:
        condition: what the machine was doing.
        injected: how many events were injected.
        lost: how many never came.
        median: median error of ``time``.
        sd: standard deviation of the error.
        p99: 99th percentile of the error's size.
        worst: the largest error.
        coverage: percentage of events whose ``confidence_interval`` holds the injection.
        half_width: median ``confidence_interval``.
        arrival: median time from injection to the hub.
        script: median time from injection to the script.
        script_p99: 99th percentile of that.
    """

    condition: str
    injected: int
    lost: int
    median: float
    sd: float
    p99: float
    worst: float
    coverage: float
    half_width: float
    arrival: float
    script: float
    script_p99: float

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return attrs.asdict(self)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that ``share`` of the values lie below; nan if there are none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def summarise(condition: str, trials: Sequence[Trial], injected: int) -> Summary:
    """Return the figures of one condition."""
    errors = [trial.error * 1e3 for trial in trials]
    sizes = [abs(error) for error in errors]
    mean = sum(errors) / len(errors) if errors else math.nan
    variance = sum((error - mean) ** 2 for error in errors) / len(errors) if errors else math.nan
    script = [(trial.returned - trial.before) * 1e3 for trial in trials]
    held = sum(trial.covered for trial in trials)
    return Summary(
        condition=condition,
        injected=injected,
        lost=injected - len(trials),
        median=quantile(errors, 0.5),
        sd=math.sqrt(variance),
        p99=quantile(sizes, 0.99),
        worst=max(sizes, default=math.nan),
        coverage=100 * held / len(trials) if trials else math.nan,
        half_width=quantile([trial.confidence_interval * 1e3 for trial in trials], 0.5),
        arrival=quantile([(trial.logged_time - trial.before) * 1e3 for trial in trials], 0.5),
        script=quantile(script, 0.5),
        script_p99=quantile(script, 0.99),
    )


def histogram(values: Sequence[float], bins: int = 15, width: int = 50) -> list[str]:
    """Return lines that draw how values are spread, the outer hundredth gathered at the ends."""
    if not values:
        return []
    low, high = quantile(values, 0.01), quantile(values, 0.99)
    if high <= low:
        low, high = low - 0.05, low + 0.05
    step = (high - low) / bins
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, max(0, int((value - low) / step)))] += 1
    most = max(counts)
    return [
        f"{low + place * step:8.3f} ms  {'█' * round(width * count / most)} {count}"
        for place, count in enumerate(counts)
    ]
