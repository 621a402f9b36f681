"""Keysyms to characters.

A keysym is a number for what is printed on a key. Latin-1 keysyms are the character's code;
those from 0x01000000 up carry a Unicode code point; the older ones were numbered after the
national 8-bit standards of their time, a page of 256 for each (X protocol, appendix A:
https://www.x.org/releases/current/doc/xproto/x11protocol.html#keysym_encoding).
"""

from __future__ import annotations

UNICODE_BASE = 0x01000000

# Page of a keysym -> the standard its lower byte was taken from.
_PAGES = {
    0x01: "iso8859_2",
    0x02: "iso8859_3",
    0x03: "iso8859_4",
    0x04: "shift_jis",
    0x05: "iso8859_6",
    0x06: "koi8_r",
    0x07: "iso8859_7",
    0x0C: "iso8859_8",
    0x0D: "iso8859_11",
    0x12: "iso8859_14",
    0x13: "iso8859_15",
}

# Where a page departs from its standard: letters the standard puts elsewhere or lacks.
_EXCEPTIONS = {
    **dict(zip(range(0x6A1, 0x6B0), "ђѓёєѕіїјљњћќґўџ", strict=True)),
    **dict(zip(range(0x6B0, 0x6C0), "№ЂЃЁЄЅІЇЈЉЊЋЌҐЎЏ", strict=True)),
    **dict(zip((0x7A1, 0x7A2, 0x7A3, 0x7A4, 0x7A5), "ΆΈΉΊΪ", strict=True)),
    **dict(zip((0x7A7, 0x7A8, 0x7A9, 0x7AB), "ΌΎΫΏ", strict=True)),
    **dict(zip(range(0x7B1, 0x7BC), "άέήίϊΐόύϋΰώ", strict=True)),
    **dict(zip(range(0x7D2, 0x7DA), "ΣΣΤΥΦΧΨΩ", strict=True)),
    **dict(zip(range(0x7F2, 0x7FA), "σςτυφχψω", strict=True)),
    0x20AC: "€",
    0x13BC: "Œ",
    0x13BD: "œ",
    0x13BE: "Ÿ",
}

# The keypad's keys type what is printed on them.
_KEYPAD = {
    0xFFAA: "*",
    0xFFAB: "+",
    0xFFAC: ",",
    0xFFAD: "-",
    0xFFAE: ".",
    0xFFAF: "/",
    0xFFBD: "=",
    0xFF80: " ",
    **{0xFFB0 + digit: str(digit) for digit in range(10)},
}

# Accents that wait for the letter they go on, and the character they are by themselves.
_DEAD = {
    0xFE50: "`",
    0xFE51: "´",
    0xFE52: "^",
    0xFE53: "~",
    0xFE54: "¯",
    0xFE57: "¨",
    0xFE58: "°",
    0xFE5A: "ˇ",
    0xFE5B: "¸",
}


def character(keysym: int) -> str:
    """Return the printable character of a keysym, or an empty text if it types none."""
    if 0x20 <= keysym <= 0x7E or 0xA0 <= keysym <= 0xFF:
        return chr(keysym)
    if UNICODE_BASE < keysym <= UNICODE_BASE + 0x10FFFF:
        return chr(keysym - UNICODE_BASE)
    known = _EXCEPTIONS.get(keysym) or _KEYPAD.get(keysym)
    if known:
        return known
    page = _PAGES.get(keysym >> 8)
    if page is None or keysym & 0xFF < 0xA0:
        return ""
    try:
        return bytes([keysym & 0xFF]).decode(page)
    except UnicodeDecodeError:
        return ""


def dead_accent(keysym: int) -> str:
    """Return the accent a dead key stands for, or an empty text for any other key."""
    return _DEAD.get(keysym, "")


def is_keypad(keysym: int) -> bool:
    """Return whether a keysym is one of the numeric keypad."""
    return 0xFF80 <= keysym <= 0xFFBD


def is_keypad_number(keysym: int) -> bool:
    """Return whether it is what a keypad key gives while NumLock is on."""
    return keysym in {0xFFAC, 0xFFAE} or 0xFFB0 <= keysym <= 0xFFB9
