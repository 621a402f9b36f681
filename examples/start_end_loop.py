"""Follow the mouse between two key presses, in the order things happened on all devices.

The global buffer holds the events of every device sorted by time, so "after s and before e" needs
no comparing of times.
"""

from __future__ import annotations

import time

from iohub_core import EventConstants, launchHubServer

FRAME_S = 1 / 60


def main() -> None:
    """Collect the mouse moves between s and e."""
    with launchHubServer() as io:
        start, end, moves = None, None, []
        print("Press s, move the mouse, press e.", flush=True)
        io.clearEvents("all")
        while end is None:
            events = io.getEvents()
            while events and start is None:
                event = events.pop(0)
                if event.type == EventConstants.KEYBOARD_PRESS and event.key == "s":
                    start = event
            while events and start is not None and end is None:
                event = events.pop(0)
                if event.type == EventConstants.MOUSE_MOVE:
                    moves.append(event)
                elif event.type == EventConstants.KEYBOARD_PRESS and event.key == "e":
                    end = event
            time.sleep(FRAME_S)  # with a window: draw and flip
        assert start is not None
        print(f"{len(moves)} moves in {end.time - start.time:.3f} s")
        if moves:
            print(f"the last one to x={moves[-1].x_position:.0f}, y={moves[-1].y_position:.0f}")


if __name__ == "__main__":
    main()
