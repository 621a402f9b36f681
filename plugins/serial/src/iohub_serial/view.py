"""What a script holds of a serial device."""

from __future__ import annotations

import time
from typing import Any

from iohub_core.client.view import DeviceView


class SerialView(DeviceView):
    """The script's side of a serial device: its public methods, and one that waits for events."""

    def waitForEvents(self, maxWait: float | None = None, as_type: str = "namedtuple") -> list[Any]:
        """Return unread events; sleep until there are any.

        Args:
            maxWait: the longest to wait, in seconds; None waits without end.
            as_type: as for ``getEvents``.

        Returns:
            The events, oldest first; an empty list if none came in time.

        Raises:
            HubDiedError: if the hub is gone.
        """
        end = None if maxWait is None else time.perf_counter() + maxWait
        while True:
            seen = self._reader.written()
            events = self.getEvents(as_type=as_type)
            left = None if end is None else end - time.perf_counter()
            if events or (left is not None and left <= 0):
                return events
            self._wait_for_new(seen, left)
