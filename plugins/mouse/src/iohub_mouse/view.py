"""What the script holds of the Mouse device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

from iohub_core.client.view import DeviceView
from iohub_mouse.script import path_points

Point = tuple[float, float]


class MouseView(DeviceView):
    """The mouse. Positions are in the unit of the monitor device, centre (0, 0), y up."""

    @overload
    def getPosition(self, return_display_index: Literal[False] = False) -> Point: ...
    @overload
    def getPosition(self, return_display_index: bool) -> Any: ...

    def getPosition(self, return_display_index: bool = False) -> Any:
        """Return where the pointer is now, as the system has it: right before the first event too.

        Returns:
            ``(x, y)``, or ``((x, y), display_index)``.
        """
        (x, y), index = self._call("getPosition")
        return ((x, y), index) if return_display_index else (x, y)

    def getPositionAndDelta(self, return_display_index: bool = False) -> Any:
        """Return where the pointer is now and what its last move changed.

        Returns:
            ``((x, y), (dx, dy))``, or with the display's index as a third part.
        """
        (x, y), (dx, dy), index = self._call("getPositionAndDelta")
        found = ((x, y), (dx, dy))
        return (*found, index) if return_display_index else found

    def setPosition(self, pos: Sequence[float], display_index: int | None = None) -> Point:
        """Move the pointer; the system reports it like a move of the hand.

        Args:
            pos: (x, y); the display's edges belong to it.
            display_index: the display; None for the one the pointer is on.

        Returns:
            Where it is now: ``getPosition()`` says the same. It is the nearest pixel's position.

        Raises:
            ValueError: if the position is outside the display.
        """
        x, y = self._call("setPosition", [float(value) for value in pos], display_index)
        return x, y

    def getScroll(self, axis: str = "y") -> int:
        """Return how many clicks the wheel was turned up since the start, or since it was set.

        Args:
            axis: ``"y"`` for the vertical counter, ``"x"`` for the horizontal one (to the right).
        """
        counters: list[int] = self._call("getScroll")
        return counters[_axis(axis)]

    def setScroll(self, value: int, axis: str = "y") -> int:
        """Set a scroll counter; the next scroll event counts on from it. Returns it."""
        place = _axis(axis)
        both: list[int | None] = [None, None]
        both[place] = int(value)
        counters: list[int] = self._call("setScroll", *both)
        return counters[place]

    def getCurrentButtonStates(self) -> tuple[bool, bool, bool]:
        """Return whether the (left, middle, right) buttons are down."""
        left, middle, right = self._call("getCurrentButtonStates")
        return left, middle, right

    # -- the virtual mouse --------------------------------------------------------------------

    def simulate(
        self, actions: Sequence[Any], rate: float | None = None, wait: bool = False
    ) -> float:
        """Have the virtual mouse do things (settings: ``backend: virtual``).

        Args:
            actions: e.g. ``[("move", (0, 0)), ("click", "left"), ("scroll", -1)]``; see
                :func:`iohub_mouse.script.read_actions`.
            rate: actions a second, in the background; None does all at once, and their events
                can be read when this returns.
            wait: True returns when all is done.

        Returns:
            Seconds from the first to the last.

        Raises:
            ValueError: if an action is none, or a position is outside the display.
            DeviceError: if the mouse is not virtual.
        """
        taken: float = self._call("simulate", [_plain(action) for action in actions], rate, wait)
        return taken

    def simulateMove(
        self,
        path: Sequence[Sequence[float]],
        rate: float | None = None,
        duration: float | None = None,
        wait: bool = False,
    ) -> float:
        """Move the virtual mouse along a path.

        Args:
            path: the corners, in the display's unit.
            rate: moves a second; None for all at once.
            duration: seconds for the whole path, walked at constant speed; None moves from
                corner to corner.
            wait: True returns when all is done.
        """
        points = path_points(path, rate, duration)
        return self.simulate([("move", point) for point in points], rate, wait)

    def simulateDrag(
        self,
        path: Sequence[Sequence[float]],
        button: str | int = "left",
        rate: float | None = None,
        duration: float | None = None,
        wait: bool = False,
    ) -> float:
        """Press at a path's first point, move along it, and release at its end."""
        points = path_points(path, rate, duration)
        return self.simulate([("drag", points, button)], rate, wait)

    def simulateClick(
        self,
        button: str | int = "left",
        count: int = 1,
        pos: Sequence[float] | None = None,
        rate: float | None = None,
        wait: bool = False,
    ) -> float:
        """Click where the pointer is, or at a position; ``count`` 2 is a double-click."""
        move = [] if pos is None else [("move", pos)]
        return self.simulate([*move, ("click", button, count)], rate, wait)

    def simulateScroll(self, dy: int = 0, dx: int = 0) -> float:
        """Turn the wheel by clicks, up and right being positive."""
        return self.simulate([("scroll", dy, dx)])


def _axis(axis: str) -> int:
    try:
        return {"x": 0, "y": 1}[axis]
    except KeyError:
        raise ValueError(f"a scroll axis is 'x' or 'y', found {axis!r}") from None


def _plain(action: Any) -> Any:
    """Make lists and floats of tuples and array elements, which the wire doesn't carry."""
    if isinstance(action, (str, bytes)) or action is None:
        return action
    if isinstance(action, int):
        return int(action)
    if hasattr(action, "__iter__"):
        return [_plain(part) for part in action]
    return float(action)
