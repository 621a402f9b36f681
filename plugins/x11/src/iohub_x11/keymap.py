"""What a key means under the modifiers and the layout in force."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from iohub_x11.keysyms import character, is_keypad_number

SHIFT, CAPS_LOCK = 1, 2  # bits of the first two real modifiers, fixed by the protocol
NO_SYMBOL = 0
NUM_LOCK_KEYSYM = 0xFF7F
SCROLL_LOCK_KEYSYM = 0xFF14
LEVEL3_KEYSYMS = (0xFE03, 0xFF7E)  # ISO_Level3_Shift, Mode_switch


@attrs.frozen
class KeyState:
    """The keyboard's state at one moment.

    Attributes:
        modifiers: the effective real modifiers, one bit each (Shift, Lock, Control, Mod1 … Mod5).
        locked: those of them that are locked.
        group: the effective layout, counted from 0.
    """

    modifiers: int = 0
    locked: int = 0
    group: int = 0


@attrs.frozen
class Meaning:
    """What one key press means.

    Attributes:
        keysym: what the key is called: its first level in the layout in force, so that Shift does
            not change a key's name; for keypad keys, what NumLock makes of it.
        typed: the keysym with all modifiers in force.
        char: the character it types, or an empty text.
    """

    keysym: int
    typed: int
    char: str


class KeyMap:
    """The server's keyboard mapping.

    Args:
        first_keycode: keycode of the first row.
        rows: keysyms of each keycode, as the core protocol lists them with XKB in use: two levels
            of the first layout, two of the second, then the third and fourth levels of both.
        modifiers: keycodes of each of the eight real modifiers.
    """

    def __init__(
        self,
        first_keycode: int,
        rows: Sequence[Sequence[int]],
        modifiers: Sequence[Sequence[int]],
    ) -> None:
        self._first = first_keycode
        self._rows = [tuple(row) for row in rows]
        self.num_lock = self._bit_of(modifiers, (NUM_LOCK_KEYSYM,))
        self.scroll_lock = self._bit_of(modifiers, (SCROLL_LOCK_KEYSYM,))
        self._level3 = self._bit_of(modifiers, LEVEL3_KEYSYMS)

    def meaning(self, keycode: int, state: KeyState) -> Meaning:
        """Return what a key means now."""
        shift = bool(state.modifiers & SHIFT)
        if any(is_keypad_number(one) for one in self._row(keycode)[:2]):
            number = bool(state.modifiers & self.num_lock)
            named = self._keysym(keycode, 0, int(number))
            typed = self._keysym(keycode, 0, int(number != shift))
            return Meaning(named, typed, character(typed))
        group = state.group & 1
        third = bool(self._level3 and state.modifiers & self._level3)
        named = self._keysym(keycode, group, 0)
        typed = self._keysym(keycode, group, 2 * third + shift) or named
        char = character(typed)
        if state.modifiers & CAPS_LOCK and char.isalpha():
            # CapsLock turns letters only, and Shift turns them back.
            other = character(self._keysym(keycode, group, 2 * third + (not shift)))
            if other and other.lower() == char.lower():
                char = other
            elif not shift and len(char.upper()) == 1:  # ß has no capital of one letter
                char = char.upper()
        return Meaning(named, typed, char)

    def _row(self, keycode: int) -> tuple[int, ...]:
        place = keycode - self._first
        return self._rows[place] if 0 <= place < len(self._rows) else ()

    def _keysym(self, keycode: int, group: int, level: int) -> int:
        """Return a keysym; a layout or level the key lacks falls back to the one before."""
        row = self._row(keycode)
        column = (4 + 2 * group + level - 2) if level >= 2 else 2 * group + level
        found = row[column] if column < len(row) else NO_SYMBOL
        if found == NO_SYMBOL and level:
            return self._keysym(keycode, group, level - 2 if level >= 2 else 0)
        if found == NO_SYMBOL and group:
            return self._keysym(keycode, 0, level)
        return found

    def _bit_of(self, modifiers: Sequence[Sequence[int]], wanted: Sequence[int]) -> int:
        """Return the bit of the modifier that a key with one of the keysyms sets; 0 for none."""
        for place, keycodes in enumerate(modifiers):
            for keycode in keycodes:
                if keycode and any(keysym in wanted for keysym in self._row(keycode)):
                    return 1 << place
        return 0
