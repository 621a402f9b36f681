"""Displays of an X server, read through RandR."""

from __future__ import annotations

import attrs

from iohub_core.errors import BackendUnavailableError
from iohub_monitor.backends.base import DisplayBackend
from iohub_monitor.displays import DisplayInfo
from iohub_x11.displays import DisplaysUnreadableError, read_displays


class X11Displays(DisplayBackend):
    """Asks the X server that DISPLAY names, on a connection of its own, each time anew."""

    def displays(self) -> list[DisplayInfo]:
        """Return the displays, the main one first."""
        try:
            found = read_displays()
        except DisplaysUnreadableError as error:
            raise BackendUnavailableError(str(error)) from error
        return [DisplayInfo(**attrs.asdict(display)) for display in found]
