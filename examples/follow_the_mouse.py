"""Follow the mouse for a few seconds: draw its path, and tell how fast it went.

    python follow_the_mouse.py            a virtual mouse that draws a circle, runs anywhere
    python follow_the_mouse.py --real     your own mouse; a click of the right button ends it

A frame loop at 60 Hz reads what came since the frame before: not only the mouse's last position,
but every move of it, each with the time at which it happened.
"""

from __future__ import annotations

import itertools
import math
import sys

from iohub_core import EventConstants, MouseConstants, launchHubServer

FRAME_S = 1 / 60
LONGEST_S = 10.0
COLUMNS, ROWS = 64, 20

MOVES = {EventConstants.MOUSE_MOVE, EventConstants.MOUSE_DRAG}


def main() -> None:
    """Follow the mouse, then show where it went."""
    virtual = "--real" not in sys.argv
    source = {"backend": "virtual"} if virtual else {}
    # In 'height' units the display's height is 1, so speeds compare between displays.
    monitor = {**source, "reporting_unit_type": "height"}
    mouse_settings = {**source, "event_buffer_length": 2048}

    with launchHubServer(monitor_devices=[{"Monitor": monitor}, {"Mouse": mouse_settings}]) as io:
        mouse = io.devices.mouse
        print(f"the mouse is at {position_text(mouse.getPosition())}")
        mouse.clearEvents()
        if virtual:
            play_circle(mouse)

        path, frames = [], 0
        end = io.getTime() + LONGEST_S
        done = False
        while not done and io.getTime() < end:
            io.wait(FRAME_S)  # here an experiment would draw, and flip its window
            frames += 1
            for event in mouse.getEvents():
                if event.type in MOVES:
                    path.append(event)
                elif event.type == EventConstants.MOUSE_SCROLL:
                    print(f"the wheel is at {event.scroll_y} after {event.scroll_dy:+}")
                elif event.type == EventConstants.MOUSE_BUTTON_RELEASE:
                    done = done or event.button_id == MouseConstants.MOUSE_BUTTON_RIGHT

        left, top, right, bottom = io.devices.monitor.getCoordBounds()
        show(path, (left, top, right, bottom))
        tell(path, frames)


def play_circle(mouse) -> None:
    """Have the virtual mouse draw a circle at 500 moves a second, and end with a right click."""
    turn = [2 * math.pi * step / 500 for step in range(501)]
    circle = [("move", (0.4 * math.cos(angle), 0.4 * math.sin(angle))) for angle in turn]
    mouse.simulate([*circle, ("scroll", 1), ("click", "right")], rate=500)


def show(path, bounds) -> None:
    """Draw the path, the display being the frame around it; drags are drawn with #."""
    left, top, right, bottom = bounds
    canvas = [[" "] * COLUMNS for _ in range(ROWS)]
    for event in path:
        column = int((event.x_position - left) / (right - left) * (COLUMNS - 1))
        row = int((event.y_position - top) / (bottom - top) * (ROWS - 1))
        if 0 <= column < COLUMNS and 0 <= row < ROWS:
            canvas[row][column] = "#" if event.type == EventConstants.MOUSE_DRAG else "."
    print("+" + "-" * COLUMNS + "+")
    for line in canvas:
        print("|" + "".join(line) + "|")
    print("+" + "-" * COLUMNS + "+")


def tell(path, frames: int) -> None:
    """Tell how many moves came, and the greatest speed between two of them."""
    if len(path) < 2:
        print("the mouse did not move")
        return
    speeds = []
    for one, other in itertools.pairwise(path):
        distance = math.dist((one.x_position, one.y_position), (other.x_position, other.y_position))
        if other.time > one.time:
            speeds.append(distance / (other.time - one.time))
    print(
        f"{len(path)} moves in {path[-1].time - path[0].time:.2f} s and {frames} frames, "
        f"up to {max(speeds):.1f} display heights a second"
    )


def position_text(position) -> str:
    """Return a position with three digits."""
    return f"({position[0]:.3f}, {position[1]:.3f})"


if __name__ == "__main__":
    main()
