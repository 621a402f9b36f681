"""The filters of one device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from iohub_core.event import DeviceEvent


class FilterChain:
    """A device's filters, in the order they were added.

    Args:
        device_name: for messages.
        warn: tells the user a sentence.
    """

    def __init__(self, device_name: str, warn: Callable[[str], None]) -> None:
        self.device_name = device_name
        self.enabled = True
        self._warn = warn

    def __bool__(self) -> bool:
        return False

    def apply(self, events: Sequence[DeviceEvent]) -> list[DeviceEvent]:
        """Return the events the filters make of ``events``; the originals are not among them."""
        return []

    def add(self, filter_spec: dict[str, Any]) -> int:
        """Add a filter and return its id."""
        raise NotImplementedError

    def remove(self, filter_id: int) -> bool:
        """Remove a filter; returns whether there was one."""
        raise NotImplementedError

    def reset(self, filter_id: int) -> bool:
        """Empty a filter's window; returns whether there was one."""
        raise NotImplementedError
