"""What a virtual mouse is asked to do, read from plain lists."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from iohub_mouse.native import BUTTON_BITS, MOVE, PRESS, RELEASE, SCROLL

ToPixel = Callable[[Sequence[float]], tuple[int, int]]


@attrs.frozen
class Step:
    """One thing to do; ``kind`` None only waits.

    Attributes:
        kind: MOVE, PRESS, RELEASE, SCROLL, or None.
        pixel: the global pixel to move to, for MOVE.
        button: the button's bit, for PRESS and RELEASE.
        dx: clicks right, for SCROLL.
        dy: clicks up, for SCROLL.
        wait_s: how long to wait, in seconds, for None.
    """

    kind: int | None
    pixel: tuple[int, int] = (0, 0)
    button: int = 0
    dx: int = 0
    dy: int = 0
    wait_s: float = 0.0


def read_actions(actions: Sequence[Any], to_pixel: ToPixel) -> list[Step]:
    """Read a list of actions.

    Args:
        actions: any of ``["move", [x, y]]``, ``["press", button]``, ``["release", button]``,
            ``["click", button]`` or ``["click", button, count]``, ``["drag", [[x, y], …]]`` or
            ``["drag", [[x, y], …], button]`` (press at the first point, move along the others,
            release), ``["scroll", dy]`` or ``["scroll", dy, dx]`` (clicks up and right) and
            ``["wait", seconds]``. A button is a name (left, right, middle, button4 … button9) or
            its id; left where it may be left out.
        to_pixel: brings a position to a global pixel; raises ValueError if it is outside.

    Raises:
        ValueError: if an action is none of these; says which and what is allowed.
    """
    steps: list[Step] = []
    for place, action in enumerate(actions):
        try:
            name, *rest = action
            reader = _READERS[name]
        except (TypeError, ValueError, KeyError):
            raise ValueError(
                f"action {place} is {action!r}; allowed are lists that begin with "
                f"{', '.join(_READERS)}"
            ) from None
        try:
            steps.extend(reader(to_pixel, *rest))
        except TypeError as error:
            raise ValueError(f"action {place}, {action!r}, has wrong arguments: {error}") from None
    return steps


def button_bit(button: str | int) -> int:
    """Return the id of a button given by name or id.

    Raises:
        ValueError: if there is no such button.
    """
    bit = BUTTON_BITS.get(button, 0) if isinstance(button, str) else button
    if bit not in BUTTON_BITS.values():
        raise ValueError(f"there is no button {button!r} (buttons: {', '.join(BUTTON_BITS)})")
    return bit


def path_points(
    path: Sequence[Sequence[float]], rate: float | None, duration: float | None
) -> list[tuple[float, float]]:
    """Return the points of a path, or points along it at constant speed.

    Args:
        path: the corners, (x, y) each.
        rate: points a second.
        duration: seconds that the whole path takes; None returns the corners as they are.

    Raises:
        ValueError: if there is a duration but no rate, or no corner.
    """
    corners = [(float(x), float(y)) for x, y in path]
    if not corners:
        raise ValueError("a path needs at least one point")
    if duration is None:
        return corners
    if rate is None:
        raise ValueError("a path with a duration needs a rate (points a second)")
    count = max(1, round(rate * duration))
    return [_along(corners, i / max(1, count - 1)) for i in range(count)]


def _along(corners: list[tuple[float, float]], part: float) -> tuple[float, float]:
    """Return the point after a part (0 to 1) of a path's length."""
    legs = list(itertools.pairwise(corners))
    lengths = [((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5 for (ax, ay), (bx, by) in legs]
    left = part * sum(lengths)
    for ((ax, ay), (bx, by)), length in zip(legs, lengths, strict=True):
        if left <= length and length > 0:
            return ax + (bx - ax) * left / length, ay + (by - ay) * left / length
        left -= length
    return corners[-1]


def _move(to_pixel: ToPixel, pos: Sequence[float]) -> list[Step]:
    return [Step(MOVE, pixel=to_pixel(pos))]


def _press(to_pixel: ToPixel, button: str | int = "left") -> list[Step]:
    return [Step(PRESS, button=button_bit(button))]


def _release(to_pixel: ToPixel, button: str | int = "left") -> list[Step]:
    return [Step(RELEASE, button=button_bit(button))]


def _click(to_pixel: ToPixel, button: str | int = "left", count: int = 1) -> list[Step]:
    return [*_press(to_pixel, button), *_release(to_pixel, button)] * count


def _drag(
    to_pixel: ToPixel, path: Sequence[Sequence[float]], button: str | int = "left"
) -> list[Step]:
    first, *others = [Step(MOVE, pixel=to_pixel(pos)) for pos in path]
    return [first, *_press(to_pixel, button), *others, *_release(to_pixel, button)]


def _scroll(to_pixel: ToPixel, dy: int = 0, dx: int = 0) -> list[Step]:
    return [Step(SCROLL, dx=int(dx), dy=int(dy))]


def _wait(to_pixel: ToPixel, seconds: float) -> list[Step]:
    if seconds < 0:
        raise ValueError(f"a wait can't be negative: {seconds}")
    return [Step(None, wait_s=float(seconds))]


_READERS: dict[Any, Callable[..., list[Step]]] = {
    "move": _move,
    "press": _press,
    "release": _release,
    "click": _click,
    "drag": _drag,
    "scroll": _scroll,
    "wait": _wait,
}
