"""The virtual keyboard's keys: a US keyboard, with keys added for what it lacks.

Scan codes are those of evdev keyboards under X (keycode = evdev code + 8).
"""

from __future__ import annotations

import attrs

from iohub_keyboard.keynames import KEYSYM_BY_NAME, keysym_of, keysym_of_character

_ROWS = (
    (10, "1234567890-=", "!@#$%^&*()_+"),
    (24, "qwertyuiop[]", "QWERTYUIOP{}"),
    (38, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (51, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (65, " ", " "),
)

_CODES = {
    **{"escape": 9, "backspace": 22, "tab": 23, "return": 36, "lctrl": 37, "lshift": 50},
    **{"rshift": 62, "num_multiply": 63, "lalt": 64, "capslock": 66, "numlock": 77},
    **{f"f{number}": 66 + number for number in range(1, 11)},
    **{"scrolllock": 78, "num_subtract": 82, "num_add": 86, "f11": 95, "f12": 96},
    **{"num_home": 79, "num_up": 80, "num_prior": 81, "num_left": 83, "num_begin": 84},
    **{"num_right": 85, "num_end": 87, "num_down": 88, "num_next": 89, "num_insert": 90},
    **{"num_delete": 91, "num_7": 79, "num_8": 80, "num_9": 81, "num_4": 83, "num_5": 84},
    **{"num_6": 85, "num_1": 87, "num_2": 88, "num_3": 89, "num_0": 90, "num_decimal": 91},
    **{"num_enter": 104, "rctrl": 105, "num_divide": 106, "print": 107, "ralt": 108},
    **{"home": 110, "up": 111, "prior": 112, "left": 113, "right": 114, "end": 115},
    **{"down": 116, "next": 117, "insert": 118, "delete": 119, "num_equal": 125, "pause": 127},
    **{"lcmd": 133, "rcmd": 134, "menu": 135},
}

_KEYPAD_CHARACTERS = {
    **{"num_multiply": "*", "num_subtract": "-", "num_add": "+", "num_divide": "/"},
    **{"num_decimal": ".", "num_equal": "="},
    **{f"num_{digit}": str(digit) for digit in range(10)},
}

FIRST_ADDED_CODE = 256
"""Scan codes from here up belong to keys a US keyboard lacks (letters of other languages)."""


@attrs.frozen
class Key:
    """A key of the virtual keyboard.

    Attributes:
        scan_code: its number.
        keysym: what it is called.
        plain: the character it types by itself, or empty.
        shifted: the character it types with Shift, or empty.
    """

    scan_code: int
    keysym: int
    plain: str = ""
    shifted: str = ""

    def char(self, *, shift: bool, caps: bool) -> str:
        """Return what the key types; CapsLock turns letters only."""
        upper = shift != caps if self.plain.isalpha() else shift
        return self.shifted if upper else self.plain


def _us_keys() -> dict[str, Key]:
    keys = {}
    for first, plain, shifted in _ROWS:
        for place, (low, high) in enumerate(zip(plain, shifted, strict=True)):
            keys[low] = Key(first + place, keysym_of_character(low), low, high)
    for name, code in _CODES.items():
        char = _KEYPAD_CHARACTERS.get(name, "")
        keys[name] = Key(code, KEYSYM_BY_NAME[name], char, char)
    return keys


US_KEYS = _us_keys()
_BY_KEYSYM = {key.keysym: key for key in US_KEYS.values()}
_BY_SHIFTED = {key.shifted: key for key in US_KEYS.values() if key.shifted != key.plain}


def key_called(name: str) -> Key:
    """Return the key with a name of either keymap, or the one that types a character.

    Raises:
        ValueError: if there is none; the message has the nearest name.
    """
    if name in _BY_SHIFTED:
        return _BY_SHIFTED[name]
    keysym = keysym_of(name)
    known = _BY_KEYSYM.get(keysym)
    if known is not None:
        return known
    plain = name.lower() if len(name) == 1 and len(name.lower()) == 1 else name
    upper = plain.upper() if len(plain) == 1 and len(plain.upper()) == 1 else plain
    char = plain if len(plain) == 1 else ""
    return Key(FIRST_ADDED_CODE + keysym % 65_536, keysym_of(plain), char, upper if char else "")


def needs_shift(char: str) -> bool:
    """Return whether a character is typed with Shift."""
    key = key_called(char)
    return char == key.shifted and char != key.plain
