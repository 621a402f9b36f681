"""Displays out of the configuration, for piloting and tests without a screen."""

from __future__ import annotations

from iohub_monitor.backends.base import DisplayBackend
from iohub_monitor.config import virtual_display
from iohub_monitor.displays import DisplayInfo

# 4 pixels to the millimetre, so that hand calculation is easy.
DEFAULT_DISPLAY = DisplayInfo(
    name="virtual-0",
    x=0,
    y=0,
    width=1920,
    height=1080,
    width_mm=480.0,
    height_mm=270.0,
    refresh_hz=60.0,
    scale=1.0,
    primary=True,
)


class VirtualDisplays(DisplayBackend):
    """Shows the displays of the ``virtual_displays`` setting."""

    def displays(self) -> list[DisplayInfo]:
        """Return the displays of the setting, or one of 1920 by 1080 pixels if it is empty."""
        given = self.settings.virtual_displays
        if not given:
            return [DEFAULT_DISPLAY]
        made = [DisplayInfo(**virtual_display(display, i)) for i, display in enumerate(given)]
        return sorted(made, key=lambda display: not display.primary)
