"""Key names in both keymaps, and keysyms of names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_keyboard.keynames import KEYSYM_BY_NAME, LEGACY, PSYCHOPY, key_name, keysym_of
from iohub_keyboard.layout import US_KEYS, key_called, needs_shift


@pytest.mark.parametrize(
    ("keysym", "legacy", "psychopy"),
    [
        (0x61, "a", "a"),
        (0x20, " ", "space"),
        (0xFF0D, "return", "return"),
        (0xFF8D, "num_enter", "num_enter"),
        (0xFF51, "left", "left"),
        (0xFF96, "num_left", "num_left"),
        (0xFFE1, "lshift", "lshift"),
        (0xFFE4, "rctrl", "rctrl"),
        (0xFFEB, "lcmd", "lcmd"),
        (0xFFE9, "lalt", "lalt"),
        (0xFE03, "ralt", "ralt"),
        (0xFFC2, "f5", "f5"),
        (0xFF1B, "escape", "escape"),
        (0xFF09, "tab", "tab"),
        (0xFF08, "backspace", "backspace"),
        (0xFFFF, "delete", "delete"),
        (0xFFE5, "capslock", "capslock"),
        (0xFF7F, "numlock", "numlock"),
        (0xFF9D, "num_begin", "num_begin"),
        (0xFF55, "prior", "pageup"),
        (0xFF56, "next", "pagedown"),
        (0xFF9A, "num_prior", "num_page_up"),
        (0xFF9B, "num_next", "num_page_down"),
        (0xFFAB, "num_add", "num_add"),
        (0xFFAA, "num_multiply", "num_multiply"),
        (0xFFB5, "num_5", "num_5"),
        (0xFFAE, "num_decimal", "num_decimal"),
        (0x60, "`", "quoteleft"),
        (0x5B, "[", "bracketleft"),
        (0x5D, "]", "bracketright"),
        (0x5C, "\\", "backslash"),
        (0x2F, "/", "slash"),
        (0x3B, ";", "semicolon"),
        (0x27, "'", "apostrophe"),
        (0x2C, ",", "comma"),
        (0x2E, ".", "period"),
        (0x2D, "-", "minus"),
        (0x3D, "=", "equal"),
        (0xF6, "ö", "ö"),
        (0x010003B1, "α", "α"),
        (0x01000436, "ж", "ж"),
        (0x1008FF13, "key_1008ff13", "key_1008ff13"),
    ],
)
def test_keys_have_their_name_in_each_keymap(keysym: int, legacy: str, psychopy: str) -> None:
    assert key_name(keysym, LEGACY) == legacy
    assert key_name(keysym, PSYCHOPY) == psychopy


def test_no_two_keys_of_a_keyboard_share_a_name() -> None:
    for keymap in (LEGACY, PSYCHOPY):
        names = [key_name(key.keysym, keymap) for key in US_KEYS.values()]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("keymap", [LEGACY, PSYCHOPY])
def test_every_name_leads_back_to_a_key_of_that_name(keymap: str) -> None:
    for keysym in KEYSYM_BY_NAME.values():
        name = key_name(keysym, keymap)
        assert key_name(keysym_of(name), keymap) == name


@given(st.characters(categories=["L", "N", "P", "S"]))
def test_every_character_can_be_typed_on_the_virtual_keyboard(char: str) -> None:
    key = key_called(char)
    assert key.char(shift=needs_shift(char), caps=False) == char


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"no key is called 'spce'; did you mean 'space'"):
        keysym_of("spce")
