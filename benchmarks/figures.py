"""What the benchmark counts: figures, and the table they make."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Figure:
    """One line of the table.

    Attributes:
        what: what was measured.
        median: the median, or the one value there is.
        unit: of all numbers of the line.
        p99: the 99th percentile, None where there is only one value.
        worst: the worst value.
        reach: what is to be reached, in the unit.
        more_is_better: True for rates.
        floor: what the bare operation takes, in the unit.
        floor_name: what the bare operation is.
        note: anything to know.
    """

    what: str
    median: float
    unit: str
    p99: float | None = None
    worst: float | None = None
    reach: float | None = None
    more_is_better: bool = False
    floor: float | None = None
    floor_name: str = ""
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the figure was reached; None if there is none to reach."""
        if self.reach is None:
            return None
        return self.median >= self.reach if self.more_is_better else self.median <= self.reach


def figure(what: str, values_s: Iterable[float], unit: str, **more: Any) -> Figure:
    """Return the line for some durations in seconds, in ``µs``, ``ms`` or ``s``."""
    scale = {"µs": 1e6, "ms": 1e3, "s": 1.0}[unit]
    ordered = sorted(value * scale for value in values_s)
    return Figure(
        what=what,
        median=ordered[len(ordered) // 2],
        p99=ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
        worst=ordered[-1],
        unit=unit,
        **more,
    )


def median(values: Sequence[float]) -> float:
    """Return the middle value."""
    return sorted(values)[len(values) // 2]


def each(function: Callable[[], Any], turns: int, inner: int = 1) -> list[float]:
    """Return the seconds a call takes, ``turns`` times; each timed over ``inner`` calls."""
    clock = time.perf_counter
    times = []
    repeats = range(inner)
    for _ in range(turns):
        start = clock()
        for _ in repeats:
            function()
        times.append((clock() - start) / inner)
    return times


def markdown(figures: Sequence[Figure]) -> str:
    """Return the table."""
    lines = [
        "| what | median | p99 | worst | to reach | reached | floor |",
        "|---|---:|---:|---:|---:|:-:|---:|",
    ]
    for one in figures:
        sign = "≥" if one.more_is_better else "≤"
        reach = "" if one.reach is None else f"{sign} {_number(one.reach)} {one.unit}"
        mark = {True: "yes", False: "**no**", None: ""}[one.reached]
        floor = "" if one.floor is None else f"{_number(one.floor)} ({one.floor_name})"
        note = f" ({one.note})" if one.note else ""
        lines.append(
            f"| {one.what}{note} | {_number(one.median)} {one.unit} | {_number(one.p99)} "
            f"| {_number(one.worst)} | {reach} | {mark} | {floor} |"
        )
    return "\n".join(lines)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
