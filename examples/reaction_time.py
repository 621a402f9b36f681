"""Measure one reaction time from the keyboard's own event buffer.

The buffer is cleared when the cue is shown, so nothing from before can count; the time of the
press is when the key went down, not when the loop got round to looking.
"""

from __future__ import annotations

import time

from iohub_core import Computer, EventConstants, launchHubServer

FRAME_S = 1 / 60


def main() -> None:
    """Show a cue and wait for the space bar, drawing a frame at a time."""
    with launchHubServer() as io:
        keyboard = io.devices.keyboard
        print("Get ready …", flush=True)
        time.sleep(0.5)
        print("NOW: press space!", flush=True)  # with a window: the flip that shows the cue
        onset = Computer.getTime()
        io.clearEvents()
        io.sendMessageEvent("cue", sec_time=onset)
        reaction_time = None
        while reaction_time is None:
            for event in keyboard.getEvents(EventConstants.KEYBOARD_PRESS):
                if event.key == " ":
                    reaction_time = event.time - onset
                    break
            time.sleep(FRAME_S)  # with a window: draw and flip
        print(f"Reaction time: {reaction_time * 1000:.1f} ms")


if __name__ == "__main__":
    main()
