"""What every backend tells the device, in one form."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from iohub_core.clocksync import ClockConverter
from iohub_core.devices.backend import Backend


@attrs.define(slots=True, eq=False, kw_only=True)
class NativeKey:
    """One key that went down or up.

    Attributes:
        pressed: whether it went down.
        scan_code: the system's number of the key.
        keysym: X keysym of the key, without Shift (keypad keys: with NumLock as it is).
        char: the character it types with the modifiers in force, or empty.
        arrival: hub time at which the backend got it, s.
        tick: the native time stamp in ticks of the backend's clock, None if there is none.
        repeat: True for a press that a held key repeats, False for a first press, None where the
            backend can't tell (the device then goes by whether the key was down already).
        locks: bits of CapsLock, NumLock and ScrollLock in force just before.
        device_id: number of the physical keyboard, 0 if the backend can't tell.
        window_id: number of the window that has the focus, 0 if not known.
    """

    pressed: bool
    scan_code: int
    keysym: int
    char: str = ""
    arrival: float
    tick: float | None = None
    repeat: bool | None = None
    locks: int = 0
    device_id: int = 0
    window_id: int = 0


class KeyboardBackend(Backend[NativeKey]):
    """The contract of a keyboard backend, beside that of every backend."""

    attends_experiment = False
    """True where all keys are meant for the experiment, whichever window has the focus."""

    def converter(self) -> ClockConverter | None:
        """Return what brings its ticks to hub time; None if its events have no ticks."""
        return None

    def keys_down(self) -> Mapping[int, int] | None:
        """Return scan code and keysym of the keys that are down; None if it can't be asked."""
        return None

    def focus(self) -> tuple[int, int] | None:
        """Return the window with the focus and its process, 0 for none; None if it can't tell."""
        return None

    def keyboards(self) -> dict[int, str]:
        """Return number and name of every physical keyboard it can tell apart."""
        return {}
