"""Displays as the screeninfo library reports them (Windows, macOS).

Written against the library's documentation; this project's tests run on Linux only.
https://github.com/rr-/screeninfo
"""

from __future__ import annotations

import sys
from typing import Any

from iohub_core.errors import BackendUnavailableError
from iohub_monitor.backends.base import DisplayBackend
from iohub_monitor.displays import DisplayInfo


class ScreenInfoDisplays(DisplayBackend):
    """Asks screeninfo; it knows neither refresh rate nor scale factor."""

    def displays(self) -> list[DisplayInfo]:
        """Return the displays, the main one first."""
        try:
            # Imported late: only this backend needs it, and it is installed only where it is used.
            import screeninfo
        except ImportError as error:
            raise BackendUnavailableError(
                "backend 'screeninfo' needs the library of that name: pip install screeninfo"
            ) from error
        see_real_pixels()
        try:
            monitors = screeninfo.get_monitors()
        except screeninfo.ScreenInfoError as error:
            raise BackendUnavailableError(f"screeninfo found no display: {error}") from error
        found = [display_from(monitor, place) for place, monitor in enumerate(monitors)]
        return sorted(found, key=lambda display: not display.primary)


def see_real_pixels() -> None:
    """Have Windows tell this process real pixels, also on scaled desktops; not tested here."""
    if sys.platform == "win32":
        import ctypes  # only here: other systems need no foreign functions

        per_monitor = 2
        ctypes.windll.shcore.SetProcessDpiAwareness(per_monitor)


def display_from(monitor: Any, place: int) -> DisplayInfo:
    """Turn one of screeninfo's monitors into ours; a size of 0 mm means unknown there."""
    return DisplayInfo(
        name=monitor.name or f"display-{place}",
        x=monitor.x,
        y=monitor.y,
        width=monitor.width,
        height=monitor.height,
        width_mm=monitor.width_mm or None,
        height_mm=monitor.height_mm or None,
        primary=bool(monitor.is_primary),
    )
