"""What a script holds of the button box."""

from __future__ import annotations

from typing import Any

from iohub_core.client.view import DeviceView


class ButtonBox(DeviceView):
    """A button box."""

    def waitForPress(self, maxWait: float | None = None) -> Any:
        """Sleep until a button goes down; return its event, or None when the time ran out."""
        now = self._connection.clock.now
        end = None if maxWait is None else now() + maxWait
        while True:
            seen = self._reader.written()
            presses = self.getEvents("BUTTON_BOX_PRESS")
            if presses:
                return presses[0]
            left = None if end is None else end - now()
            if left is not None and left <= 0:
                return None
            self._wait_for_new(seen, left)
