"""What one device may ask of another, without either knowing the other's plugin.

A device finds a provider with ``context.provider(Capability)``; it gets None when no opened
device has the methods, and must then say honestly what it does instead.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class ModifierSource(Protocol):
    """A device that knows which modifier keys are down (a keyboard)."""

    def modifier_mask(self) -> int:
        """Return the ModifierKeyCodes bit mask in force now."""
        ...


@runtime_checkable
class DisplaySource(Protocol):
    """A device that knows the displays and their coordinate systems (a monitor).

    Pixel positions are global: the desktop's, origin top left, y down. Display positions are in
    the unit the display is set to (pix, norm, cm, deg, …), origin at its centre, y up.
    """

    def display_count(self) -> int:
        """Return how many displays there are."""
        ...

    def display_index_at(self, x: float, y: float) -> int | None:
        """Return the index of the display that shows the global pixel, or None outside all."""
        ...

    def pixel_to_display(self, x: float, y: float, index: int) -> tuple[float, float]:
        """Bring a global pixel position to the unit of the display with that index."""
        ...

    def display_to_pixel(self, x: float, y: float, index: int) -> tuple[float, float]:
        """Bring a position in the display's unit to global pixels."""
        ...


@runtime_checkable
class DisplayUnits(Protocol):
    """A device that knows where displays are, and brings positions from unit to unit on them."""

    def display_bounds(self, index: int) -> tuple[int, int, int, int]:
        """Return (left, top, right, bottom) of a display in global pixels, y down."""
        ...

    def convert_on(
        self,
        position: tuple[float, float],
        source: str,
        target: str,
        index: int,
        *,
        size: tuple[float, float] | None = None,
        pix_per_cm: float | None = None,
        distance_cm: float | None = None,
    ) -> tuple[float, float]:
        """Bring a position from one unit to another; origin at the centre, y up.

        Args:
            position: the position.
            source: its unit.
            target: the unit wanted.
            index: the display it is on.
            size: width and height in pixels of the area whose centre is the origin (a window);
                None for the display.
            pix_per_cm: pixels in a centimetre; None for what is known of the display.
            distance_cm: viewing distance; None for what is known of the display.

        Raises:
            ValueError: if there is no such unit, or what it needs is not known.
        """
        ...
