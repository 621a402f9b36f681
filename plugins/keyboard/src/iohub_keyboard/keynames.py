"""Key names: from X keysyms, in the two keymaps.

Names come from the key, not from the character it types at the moment, so a press and its release
have the same one whatever happens to Shift in between. Every backend says its keys as X keysyms
(https://www.x.org/releases/current/doc/xproto/x11protocol.html#keysym_encoding), so names don't
change with the backend.
"""

from __future__ import annotations

from iohub_core.config.problems import nearest

LEGACY, PSYCHOPY = "legacy", "psychopy"

# Keys that type nothing, by keysym.
_FUNCTION_KEYS = {
    0xFF08: "backspace",
    0xFF09: "tab",
    0xFE20: "tab",
    0xFF0D: "return",
    0xFF13: "pause",
    0xFF14: "scrolllock",
    0xFF1B: "escape",
    0xFF50: "home",
    0xFF51: "left",
    0xFF52: "up",
    0xFF53: "right",
    0xFF54: "down",
    0xFF55: "prior",
    0xFF56: "next",
    0xFF57: "end",
    0xFF61: "print",
    0xFF63: "insert",
    0xFF67: "menu",
    0xFF6A: "help",
    0xFF6B: "break",
    0xFF7F: "numlock",
    0xFFE1: "lshift",
    0xFFE2: "rshift",
    0xFFE3: "lctrl",
    0xFFE4: "rctrl",
    0xFFE5: "capslock",
    0xFFE7: "lalt",
    0xFFE8: "ralt",
    0xFFE9: "lalt",
    0xFFEA: "ralt",
    0xFE03: "ralt",
    0xFF7E: "ralt",
    0xFFEB: "lcmd",
    0xFFEC: "rcmd",
    0xFFFF: "delete",
    **{0xFFBE + number: f"f{number + 1}" for number in range(35)},
}

_KEYPAD = {
    0xFF8D: "num_enter",
    0xFF95: "num_home",
    0xFF96: "num_left",
    0xFF97: "num_up",
    0xFF98: "num_right",
    0xFF99: "num_down",
    0xFF9A: "num_prior",
    0xFF9B: "num_next",
    0xFF9C: "num_end",
    0xFF9D: "num_begin",
    0xFF9E: "num_insert",
    0xFF9F: "num_delete",
    0xFFAA: "num_multiply",
    0xFFAB: "num_add",
    0xFFAC: "num_separator",
    0xFFAD: "num_subtract",
    0xFFAE: "num_decimal",
    0xFFAF: "num_divide",
    0xFFBD: "num_equal",
    **{0xFFB0 + digit: f"num_{digit}" for digit in range(10)},
}

_PSYCHOPY = {
    "prior": "pageup",
    "next": "pagedown",
    "num_prior": "num_page_up",
    "num_next": "num_page_down",
    " ": "space",
    "`": "quoteleft",
    "[": "bracketleft",
    "]": "bracketright",
    "\\": "backslash",
    "/": "slash",
    ";": "semicolon",
    "'": "apostrophe",
    ",": "comma",
    ".": "period",
    "-": "minus",
    "=": "equal",
}

KEYSYM_BY_NAME: dict[str, int] = {
    name: keysym for keysym, name in reversed({**_FUNCTION_KEYS, **_KEYPAD}.items())
}
"""Keysym of every key that types no character, and of the keypad's keys, by legacy name."""


def key_name(keysym: int, keymap: str) -> str:
    """Return a key's name.

    Args:
        keysym: the key's keysym, without Shift.
        keymap: ``legacy`` or ``psychopy``.

    Returns:
        The name; for a key that has none, ``key_`` and its keysym in hexadecimal, so that no two
        keys share a name.
    """
    name = _KEYPAD.get(keysym) or _FUNCTION_KEYS.get(keysym) or character_of(keysym)
    name = name or f"key_{keysym:x}"
    return _PSYCHOPY.get(name, name) if keymap == PSYCHOPY else name


def keysym_of(name: str) -> int:
    """Return the keysym of a key given by a name of either keymap, or by its character.

    Raises:
        ValueError: if no key has that name; a longer text is typed, not a key.
    """
    legacy = {psychopy: plain for plain, psychopy in _PSYCHOPY.items()}.get(name, name)
    if legacy in KEYSYM_BY_NAME:
        return KEYSYM_BY_NAME[legacy]
    if len(legacy) == 1:
        return keysym_of_character(legacy)
    known = [*KEYSYM_BY_NAME, *_PSYCHOPY.values()]
    raise ValueError(f"no key is called {name!r}{nearest(name, known)}")


def keysym_of_character(char: str) -> int:
    """Return the keysym of a character: Latin-1 directly, the others by their code point."""
    code = ord(char)
    if 0x20 <= code <= 0x7E or 0xA0 <= code <= 0xFF:
        return code
    return 0x01000000 + code


def character_of(keysym: int) -> str:
    """Return the character of a Latin-1 or Unicode keysym, or an empty text."""
    if 0x20 <= keysym <= 0x7E or 0xA0 <= keysym <= 0xFF:
        return chr(keysym)
    return chr(keysym - 0x01000000) if 0x01000020 <= keysym <= 0x0110FFFF else ""
