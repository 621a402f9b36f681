"""What every backend tells the device."""

from __future__ import annotations

import attrs


@attrs.define(slots=True)
class NativePress:
    """A button that went down or up.

    Attributes:
        button: its number, from 1.
        pressed: whether it went down.
        arrival: hub time at which the backend got it, s.
        tick: the box's own time stamp in ms.
    """

    button: int
    pressed: bool
    arrival: float
    tick: int
