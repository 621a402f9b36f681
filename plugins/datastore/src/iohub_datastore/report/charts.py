"""Pictures as SVG text: no library, no script, readable in light and dark and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

WIDTH, LEFT, RIGHT = 860, 190, 40  # LEFT has room for MOUSE_BUTTON_RELEASE
MANY = 300


def histogram(values: Any, *, unit: str, scale: float = 1.0, bins: int = 48) -> str:
    """Return a histogram with its median marked.

    Args:
        values: the numbers.
        unit: their unit after scaling, for the axis.
        scale: what they are multiplied by.
        bins: how many bars.
    """
    numbers = np.asarray(values, dtype=float) * scale
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return _nothing()
    # Of many numbers the outermost percent would squeeze the rest together; it is counted below.
    ends = [0.5, 99.5] if len(numbers) > MANY else [0, 100]
    low, high = np.percentile(numbers, ends)
    if low == high:
        low, high = low - 0.5, high + 0.5
    shown = numbers[(numbers >= low) & (numbers <= high)]
    counts, edges = np.histogram(shown, bins=bins, range=(float(low), float(high)))
    height, width = 120, 400
    top = max(int(counts.max()), 1)
    step = width / bins
    bars = "".join(
        f'<rect class="bar" x="{10 + place * step:.1f}" y="{height - 90 * count / top:.1f}" '
        f'width="{max(step - 1, 0.5):.1f}" height="{90 * count / top:.1f}">'
        f"<title>{edges[place]:.4g} to {edges[place + 1]:.4g} {unit}: {count:,}</title></rect>"
        for place, count in enumerate(counts)
        if count
    )
    middle = float(np.median(numbers))
    at = 10 + width * (middle - low) / (high - low)
    side = "start" if at < 90 else "end" if at > width - 70 else "middle"
    outside = len(numbers) - len(shown)
    note = f"; {outside:,} outside the picture" if outside else ""
    return (
        f'<svg viewBox="0 0 {width + 20} {height + 46}" role="img">{bars}'
        f'<line class="axis" x1="10" y1="{height}" x2="{width + 10}" y2="{height}"/>'
        f'<line class="mark" x1="{at:.1f}" y1="20" x2="{at:.1f}" y2="{height}"/>'
        f'<text class="note" x="{at:.1f}" y="14" text-anchor="{side}">median {middle:.4g} {unit}'
        f'</text><text class="note" x="10" y="{height + 16}">{low:.4g}</text>'
        f'<text class="note" x="{width + 10}" y="{height + 16}" text-anchor="end">{high:.4g} '
        f'{unit}</text><text class="note" x="10" y="{height + 36}">n = {len(numbers):,}{note}'
        f"</text></svg>"
    )


def bars(rows: Sequence[tuple[str, float, str]]) -> str:
    """Return horizontal bars: ``(label, value, text at the bar's end)``."""
    if not rows:
        return _nothing()
    top = max(value for _, value, _ in rows) or 1.0
    room = WIDTH - LEFT - RIGHT - 150
    lines = []
    for place, (label, value, text) in enumerate(rows):
        y = 8 + 24 * place
        length = max(1.0, room * value / top)
        lines.append(
            f'<text class="label" x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(label)}'
            f'</text><rect class="bar" x="{LEFT}" y="{y}" width="{length:.1f}" height="17"/>'
            f'<text class="note" x="{LEFT + length + 8:.1f}" y="{y + 13}">{escape(text)}</text>'
        )
    height = 16 + 24 * len(rows)
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">{"".join(lines)}</svg>'


def timeline(
    lanes: Sequence[tuple[str, Any]], marks: Sequence[tuple[float, str]], span: tuple[float, float]
) -> str:
    """Return a picture of when events happened: a lane each, messages as lines through all.

    Args:
        lanes: ``(label, times in s)``; a lane shows how dense its events are, so a million of them
            takes no more room than ten.
        marks: ``(time in s, text)``; thinned where they would lie on one another.
        span: first and last time, s.
    """
    first, last = span
    length = max(last - first, 1e-9)
    room = WIDTH - LEFT - RIGHT
    columns = 240
    top = 24
    parts = []
    for place, (label, times) in enumerate(lanes):
        y = top + 30 * place
        counts, _ = np.histogram(np.asarray(times, dtype=float), bins=columns, range=(first, last))
        peak = max(int(counts.max()), 1)
        cells = "".join(
            f'<rect class="bar" x="{LEFT + room * column / columns:.1f}" '
            f'y="{y + 20 - (4 + 16 * count / peak):.1f}" width="{room / columns:.2f}" '
            f'height="{4 + 16 * count / peak:.1f}"/>'
            for column, count in enumerate(counts)
            if count
        )
        parts.append(
            f'<text class="label" x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(label)}'
            f'</text><line class="axis" x1="{LEFT}" y1="{y + 20}" x2="{WIDTH - RIGHT}" '
            f'y2="{y + 20}"/>{cells}'
        )
    bottom = top + 30 * len(lanes)
    shown = -1e9
    for time, text in marks:
        x = LEFT + room * (time - first) / length
        if x - shown < 3:
            continue
        shown = x
        parts.append(
            f'<line class="mark" x1="{x:.1f}" y1="14" x2="{x:.1f}" y2="{bottom}">'
            f"<title>{time - first:.3f} s: {escape(text)}</title></line>"
        )
    ticks = "".join(
        f'<text class="note" x="{LEFT + room * part / 6:.0f}" y="{bottom + 16}" '
        f'text-anchor="middle">{length * part / 6:.4g} s</text>'
        for part in range(7)
    )
    return f'<svg viewBox="0 0 {WIDTH} {bottom + 24}" role="img">{"".join(parts)}{ticks}</svg>'


def _nothing() -> str:
    return '<p class="note">nothing to show</p>'
