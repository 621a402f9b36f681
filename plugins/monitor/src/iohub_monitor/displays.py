"""What is known of one display, and where its pixels are on the desktop."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class DisplayInfo:
    """A display as the system describes it. What the system doesn't know is None.

    Attributes:
        name: the system's name, e.g. ``DP-1``.
        x: global pixel of the left edge; negative left of the desktop's origin.
        y: global pixel of the top edge, counted downwards.
        width: width in pixels.
        height: height in pixels.
        width_mm: physical width.
        height_mm: physical height.
        refresh_hz: refresh rate.
        scale: how much the system enlarges what applications draw (1.0, 1.25, 2.0 …).
        primary: True for the display the system calls its main one.
    """

    name: str
    x: int
    y: int
    width: int
    height: int
    width_mm: float | None = None
    height_mm: float | None = None
    refresh_hz: float | None = None
    scale: float | None = None
    primary: bool = False

    def contains(self, x: float, y: float) -> bool:
        """Return whether the display shows the global pixel."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height

    def from_global(self, x: float, y: float) -> tuple[float, float]:
        """Bring a global pixel position to pixels from the display's centre, y up."""
        return x - self.x - self.width / 2, self.height / 2 - (y - self.y)

    def to_global(self, x: float, y: float) -> tuple[float, float]:
        """Bring pixels from the display's centre, y up, to a global pixel position."""
        return x + self.width / 2 + self.x, self.height / 2 - y + self.y
