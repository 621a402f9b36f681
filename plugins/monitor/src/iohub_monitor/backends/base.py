"""What a source of displays offers to the Monitor device."""

from __future__ import annotations

from iohub_core.devices.backend import Backend
from iohub_monitor.displays import DisplayInfo


class DisplayBackend(Backend[DisplayInfo]):
    """Reads the displays when asked; displays send no events."""

    def displays(self) -> list[DisplayInfo]:
        """Return the displays, the main one first.

        Raises:
            BackendUnavailableError: if they can't be read; says why and what helps.
        """
        raise NotImplementedError
