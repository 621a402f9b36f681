"""What keys mean under modifiers and layouts, and which characters keysyms are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_x11.keymap import CAPS_LOCK, SHIFT, KeyMap, KeyState
from iohub_x11.keysyms import character, dead_accent, is_keypad

MOD2_NUM, MOD5_LEVEL3 = 1 << 4, 1 << 7
A, ADIAERESIS, KP_5, NUM_LOCK, E, LEVEL3, SHARP_S = range(8, 15)

ROWS = [
    [0x61, 0x41, 0x6C6, 0x6E6],  # a A, second layout Cyrillic ф Ф
    [0xE4, 0xC4, 0, 0],  # ä Ä in the first layout alone
    [0xFF9D, 0xFFB5, 0, 0],  # KP_Begin, KP_5
    [0xFF7F, 0, 0, 0],
    [0x65, 0x45, 0x65, 0x45, 0x20AC, 0xA2],  # e E, third level €, fourth ¢
    [0xFE03, 0, 0, 0],
    [0xDF, 0x3F, 0, 0],  # ß ?
]
KEYMAP = KeyMap(8, ROWS, [[], [], [], [], [NUM_LOCK], [], [], [LEVEL3]])


@pytest.mark.parametrize(
    ("keycode", "modifiers", "group", "keysym", "char"),
    [
        (A, 0, 0, 0x61, "a"),
        (A, SHIFT, 0, 0x61, "A"),
        (A, CAPS_LOCK, 0, 0x61, "A"),
        (A, SHIFT | CAPS_LOCK, 0, 0x61, "a"),
        (A, 0, 1, 0x6C6, "ф"),
        (A, SHIFT, 1, 0x6C6, "Ф"),
        (ADIAERESIS, 0, 1, 0xE4, "ä"),
        (ADIAERESIS, CAPS_LOCK, 0, 0xE4, "Ä"),
        (KP_5, 0, 0, 0xFF9D, ""),
        (KP_5, MOD2_NUM, 0, 0xFFB5, "5"),
        (KP_5, MOD2_NUM | SHIFT, 0, 0xFFB5, ""),
        (KP_5, SHIFT, 0, 0xFF9D, "5"),
        (E, MOD5_LEVEL3, 0, 0x65, "€"),
        (E, MOD5_LEVEL3 | SHIFT, 0, 0x65, "¢"),
        (SHARP_S, CAPS_LOCK, 0, 0xDF, "ß"),
        (NUM_LOCK, 0, 0, 0xFF7F, ""),
        (200, 0, 0, 0, ""),
    ],
)
def test_a_key_types_what_modifiers_and_layout_make_of_it_and_keeps_its_name(
    keycode: int, modifiers: int, group: int, keysym: int, char: str
) -> None:
    meaning = KEYMAP.meaning(keycode, KeyState(modifiers, 0, group))
    assert (meaning.keysym, meaning.char) == (keysym, char)


@pytest.mark.parametrize(
    ("keysym", "char"),
    [
        (0x1B1, "ą"),
        (0x6D6, "ж"),
        (0x6F1, "Я"),
        (0x6A4, "є"),
        (0x7E1, "α"),
        (0x7F9, "ω"),
        (0x7F3, "ς"),
        (0xCE0, "א"),
        (0xDA1, "ก"),
        (0x20AC, "€"),
        (0x13BC, "Œ"),
        (0x010003B1, "α"),
        (0x0101F600, "😀"),
        (0xFF0D, ""),
        (0xFFE1, ""),
        (0xFFAB, "+"),
    ],
)
def test_keysyms_of_every_age_are_their_character(keysym: int, char: str) -> None:
    assert character(keysym) == char


def test_dead_keys_type_nothing_and_say_their_accent() -> None:
    assert character(0xFE52) == ""
    assert dead_accent(0xFE52) == "^"
    assert not is_keypad(0xFE52)


@given(st.integers(0, 0xFFFFFFFF))
def test_any_number_gives_one_character_or_none(keysym: int) -> None:
    assert len(character(keysym)) <= 1
