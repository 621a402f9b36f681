"""What a backend tells the Mouse device, in the system's own terms."""

from __future__ import annotations

import attrs

MOVE, PRESS, RELEASE, SCROLL = range(4)

BUTTON_BITS = {
    "left": 1,
    "right": 2,
    "middle": 4,
    "button4": 8,
    "button5": 16,
    "button6": 32,
    "button7": 64,
    "button8": 128,
    "button9": 256,
}
"""Button ids by name, as MouseConstants numbers them."""


@attrs.define(slots=True, eq=False)
class NativeMouse:
    """One thing the mouse did.

    Attributes:
        kind: MOVE, PRESS, RELEASE or SCROLL.
        x: global pixel position after it, counted from the desktop's left.
        y: global pixel position after it, counted from the desktop's top.
        arrival: hub time at which the backend got it, s.
        tick: the native time stamp in ticks of the backend's clock, None if there is none.
        button: the button's bit (1, 2, 4 … 256) for PRESS and RELEASE.
        dx: clicks to the right, for SCROLL.
        dy: clicks up, for SCROLL.
        device_id: number of the physical device, 0 if the backend can't tell.
        window_id: the system's number of the window under the pointer, 0 if it can't tell.
        held: bits of the left and right Ctrl, Shift, Alt and Cmd keys that were down, where the
            backend reads keys and mice in one order; None where it can't tell.
    """

    kind: int
    x: float
    y: float
    arrival: float
    tick: float | None = None
    button: int = 0
    dx: int = 0
    dy: int = 0
    device_id: int = 0
    window_id: int = 0
    held: int | None = None


@attrs.frozen
class PointerState:
    """Where the pointer is now (global pixels), and the bits of the buttons that are down."""

    x: float
    y: float
    buttons: int = 0
