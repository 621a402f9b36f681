"""Modifier keys and locks as the bits of events."""

from __future__ import annotations

from iohub_core.constants import ModifierKeyCodes as Bits

# Keysyms of modifier keys and the bit each sets while it is held.
_HELD = {
    0xFFE1: Bits.lshift,
    0xFFE2: Bits.rshift,
    0xFFE3: Bits.lctrl,
    0xFFE4: Bits.rctrl,
    0xFFE7: Bits.lalt,
    0xFFE8: Bits.ralt,
    0xFFE9: Bits.lalt,
    0xFFEA: Bits.ralt,
    0xFE03: Bits.ralt,
    0xFF7E: Bits.ralt,
    0xFFEB: Bits.lcmd,
    0xFFEC: Bits.rcmd,
    0xFF6A: Bits.modhelp,
}

_LOCKS = {0xFFE5: Bits.capslock, 0xFF7F: Bits.numlock, 0xFF14: Bits.scrolllock}


def held_bit(keysym: int) -> int:
    """Return the bit a modifier key sets while it is held; 0 for any other key."""
    return _HELD.get(keysym, 0)


def lock_bit(keysym: int) -> int:
    """Return the bit of a lock key; 0 for any other key."""
    return _LOCKS.get(keysym, 0)
