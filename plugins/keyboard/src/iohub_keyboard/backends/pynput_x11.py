"""The native X events that pynput's listener passes through its hands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from Xlib import X

from iohub_keyboard.backends.x11 import keysyms_down, native_from
from iohub_keyboard.native import NativeKey
from iohub_x11.keymap import KeyState
from iohub_x11.keys import KeyQuery, KeyRecord

_GROUP_SHIFT = 13  # XKB reports the layout in bits 13 and 14 of an event's state


class X11Translator:
    """Turns core key events, as RECORD gives them, into native keys.

    Args:
        now: the clock that stamps arrivals.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.query = KeyQuery()
        self._keymap = self.query.keymap()

    def close(self) -> None:
        """Give the connection back."""
        self.query.close()

    def keys_down(self) -> dict[int, int]:
        """Return keycode and keysym of the keys that are down."""
        return keysyms_down(self.query, self._keymap)

    def natives(self, event: Any) -> list[NativeKey]:
        """Return what an event means; nothing for events that are no keys'."""
        arrival = self._now()
        if event.type == X.MappingNotify:
            self._keymap = self.query.keymap()
        if event.type not in {X.KeyPress, X.KeyRelease}:
            return []
        state = KeyState(event.state & 0xFF, 0, event.state >> _GROUP_SHIFT & 3)
        pressed = event.type == X.KeyPress
        record = KeyRecord(pressed, event.detail, event.time, arrival, 0, state)
        native = native_from(record, self._keymap, self.query.focus_window())
        native.repeat = None  # RECORD repeats presses without a mark
        return [native]
