"""A button box without hardware."""

from __future__ import annotations

from iohub_core.devices import Backend
from iohub_example.native import NativePress


class VirtualButtonBox(Backend[NativePress]):
    """Presses what it is told to, stamped in whole milliseconds as the real box would."""

    def simulate(self, button: int, pressed: bool) -> None:
        """Press or release a button.

        Raises:
            ValueError: if the box has no such button.
        """
        if not 1 <= button <= self.settings.buttons:
            raise ValueError(f"there is no button {button}; the box has 1…{self.settings.buttons}")
        now = self.context.clock.now()
        self.receive([NativePress(button, pressed, arrival=now, tick=int(now * 1000))])
