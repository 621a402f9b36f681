"""From global pixels to what an event reports, and back."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from iohub_core.devices.capabilities import DisplaySource, DisplayUnits
from iohub_mouse.windows import Window, Windows

# What a conversion to a unit and back may be off.
_SLACK_PIX = 1e-6


@attrs.frozen
class Place:
    """Where a global pixel is.

    Attributes:
        display_id: index of the display; 0 without a monitor device.
        x: horizontal position in the unit that is reported.
        y: vertical position in the unit that is reported.
        window_id: handle of the registered window it is in, or 0.
    """

    display_id: int
    x: float
    y: float
    window_id: int = 0


class Placement:
    """Places global pixels on displays and in windows.

    Without a monitor device positions are global pixels as the system counts them: from the top
    left of the desktop, y down, on display 0.

    Args:
        provider: finds a device with a capability, or returns None.
        windows: the registered windows.
        in_windows: whether positions inside a registered window are the window's own.
    """

    def __init__(
        self, provider: Callable[[Any], Any], windows: Windows, *, in_windows: bool
    ) -> None:
        self._provider = provider
        self._windows = windows
        self._in_windows = in_windows
        self._displays: DisplaySource | None = None
        self._units: DisplayUnits | None = None
        self._last_display = 0

    @property
    def displays(self) -> DisplaySource | None:
        """The device that knows the displays; looked for until there is one."""
        if self._displays is None:
            self._displays = self._provider(DisplaySource)
            self._units = self._provider(DisplayUnits)
        return self._displays

    def place(self, x: float, y: float) -> Place:
        """Return where a global pixel is."""
        displays = self.displays
        index = displays.display_index_at(x, y) if displays is not None else 0
        # Between displays of different height there is desktop that none shows.
        index = self._last_display if index is None else index
        self._last_display = index
        window = self.window_at(x, y)
        handle = window.handle if window else 0
        if window and self._in_windows:
            return Place(index, *self._in_window(window, x, y, index), handle)
        if displays is None:
            return Place(0, x, y, handle)
        return Place(index, *displays.pixel_to_display(x, y, index), handle)

    def pixel(self, position: Sequence[float], display_index: int | None) -> tuple[int, int]:
        """Return the global pixel of a position on a display.

        Args:
            position: x and y, in the display's unit.
            display_index: the display; None for the one the pointer was on last.

        Raises:
            ValueError: if the position is on no such display.
        """
        x, y = _pair(position)
        displays = self.displays
        if displays is None:
            if display_index:
                raise ValueError(
                    f"display {display_index} is not known: displays need a Monitor device"
                )
            return _nearest(x), _nearest(y)
        count = displays.display_count()
        index = self._last_display if display_index is None else display_index
        if not 0 <= index < count:
            raise ValueError(f"there is no display {index} (displays: 0 to {count - 1})")
        gx, gy = displays.display_to_pixel(x, y, index)
        at = self._on_display(index, gx, gy)
        if at is None:
            raise ValueError(
                f"({x:g}, {y:g}) is outside display {index}: it would be global pixel "
                f"({gx:g}, {gy:g})"
            )
        return at

    def _on_display(self, index: int, x: float, y: float) -> tuple[int, int] | None:
        """Return the pixel of a display nearest to a global position; None if that is outside.

        The right and bottom edges lie just behind the last pixel, and count as that pixel.
        """
        if self._units is None:
            at = _nearest(x), _nearest(y)
            known = self._displays is not None and self._displays.display_index_at(*at) == index
            return at if known else None
        left, top, right, bottom = self._units.display_bounds(index)
        inside = (
            left - _SLACK_PIX <= x <= right + _SLACK_PIX
            and top - _SLACK_PIX <= y <= bottom + _SLACK_PIX
        )
        if not inside:
            return None
        return min(max(_nearest(x), left), right - 1), min(max(_nearest(y), top), bottom - 1)

    def pixel_in_window(self, position: Sequence[float], x: float, y: float) -> tuple[int, int]:
        """Return the global pixel of a position in the window at (x, y), in its unit.

        Raises:
            ValueError: if the position is outside the window.
        """
        window = self.window_at(x, y)
        if window is None:
            raise ValueError("the pointer is in no registered window")
        centre = self._convert(window, _pair(position), window.units, "pix", self._last_display)
        gx, gy = (_nearest(value) for value in window.to_pixel(*centre))
        if not window.contains(gx, gy):
            raise ValueError(f"{tuple(position)} is outside window {window.handle}")
        return gx, gy

    def window_at(self, x: float, y: float) -> Window | None:
        """Return the registered window on top at a global pixel, its position made global."""
        for window in self._windows:
            on_desktop = self._global(window)
            if on_desktop.contains(x, y):
                return on_desktop
        return None

    def window_units_apply(self, x: float, y: float) -> bool:
        """Return whether positions at a global pixel are a window's own."""
        return self._in_windows and self.window_at(x, y) is not None

    def _global(self, window: Window) -> Window:
        if window.screen is None or self.displays is None or self._units is None:
            return window
        if window.screen >= self.displays.display_count():
            return window
        left, top, _, _ = self._units.display_bounds(window.screen)
        return attrs.evolve(window, x=window.x + left, y=window.y + top, screen=None)

    def _in_window(self, window: Window, x: float, y: float, index: int) -> tuple[float, float]:
        return self._convert(window, window.from_pixel(x, y), "pix", window.units, index)

    def _convert(
        self, window: Window, position: tuple[float, float], source: str, target: str, index: int
    ) -> tuple[float, float]:
        if self._units is None:
            return position  # pixels are all there is without a monitor device
        return self._units.convert_on(
            position,
            source,
            target,
            index,
            size=(window.width, window.height),
            pix_per_cm=window.pix_per_cm,
            distance_cm=window.distance_cm,
        )


def _pair(position: Sequence[float]) -> tuple[float, float]:
    try:
        x, y = (float(value) for value in position)
    except (TypeError, ValueError):
        raise ValueError(f"a position is two numbers, x and y; found {position!r}") from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f"a position is two finite numbers; found {position!r}")
    return x, y


def _nearest(value: float) -> int:
    """Return the whole pixel a position is meant for; a conversion may be a hair off."""
    return math.floor(value + 0.5)
