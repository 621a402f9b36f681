"""What the kernel's keys mean on a US keyboard.

Without an X server or a compositor there is no layout to ask for. Scan codes are the kernel's plus
8, as X servers count them.
"""

from __future__ import annotations

from iohub_core.constants import ModifierKeyCodes as Bits
from iohub_evdev import wire
from iohub_keyboard.layout import US_KEYS, Key

X_OFFSET = 8
XKB_EVDEV_BASE = 0x10081000
"""Keysyms of keys that a US keyboard lacks: ``_EVDEVK`` in XF86keysym.h, plus the code."""

LOCKS_BY_LED = {
    wire.LED_NUML: Bits.numlock,
    wire.LED_CAPSL: Bits.capslock,
    wire.LED_SCROLLL: Bits.scrolllock,
}

_KEYPAD_NUMBERS = {
    key.scan_code: key
    for name, key in US_KEYS.items()
    if name.startswith("num_") and (name[4:].isdigit() or name == "num_decimal")
}
_PLAIN = {
    key.scan_code: key
    for name, key in US_KEYS.items()
    if _KEYPAD_NUMBERS.get(key.scan_code) is not key
}


def key_of(code: int, locks: int) -> Key:
    """Return what a kernel key code means under the locks in force."""
    scan_code = code + X_OFFSET
    if locks & Bits.numlock and scan_code in _KEYPAD_NUMBERS:
        return _KEYPAD_NUMBERS[scan_code]
    return _PLAIN.get(scan_code) or Key(scan_code, XKB_EVDEV_BASE + code)
