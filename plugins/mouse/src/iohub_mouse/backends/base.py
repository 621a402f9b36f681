"""What a source of mouse events offers to the Mouse device."""

from __future__ import annotations

from iohub_core.clocksync import ClockConverter
from iohub_core.devices.backend import Backend
from iohub_mouse.native import NativeMouse, PointerState


class MouseBackend(Backend[NativeMouse]):
    """Delivers NativeMouse records in global pixels, one for every move, in order."""

    multi_click_interval_s: float | None = None
    """The system's interval for multi-clicks, None if it has none; set by ``open``."""

    def converter(self) -> ClockConverter | None:
        """Return what brings the native ticks to hub time; None if there are no native ticks."""
        return None

    def query(self) -> PointerState:
        """Return where the pointer is and what is pressed, as the system knows it now."""
        raise NotImplementedError

    def owner(self, window_id: int) -> int:
        """Return the id of the process that a window says it belongs to; 0 if nobody says."""
        return 0

    def warp(self, x: int, y: int) -> None:
        """Put the pointer on a global pixel; return when the system has done it.

        A system that reports it reports it like any other move.
        """
        raise NotImplementedError
