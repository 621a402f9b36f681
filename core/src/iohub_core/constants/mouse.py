"""Mouse button numbers and states."""

from __future__ import annotations

from iohub_core.constants.base import Constants


class MouseConstants(Constants):
    """Mouse buttons are bits, so that several pressed ones add up."""

    MOUSE_BUTTON_NONE = 0
    MOUSE_BUTTON_LEFT = 1
    MOUSE_BUTTON_RIGHT = 2
    MOUSE_BUTTON_MIDDLE = 4
    MOUSE_BUTTON_4 = 8
    MOUSE_BUTTON_5 = 16
    MOUSE_BUTTON_6 = 32
    MOUSE_BUTTON_7 = 64
    MOUSE_BUTTON_8 = 128
    MOUSE_BUTTON_9 = 256
    MOUSE_BUTTON_STATE_RELEASED = 10
    MOUSE_BUTTON_STATE_PRESSED = 11
    MOUSE_BUTTON_STATE_DOUBLE_CLICK = 12
    MOUSE_BUTTON_STATE_MULTI_CLICK = 12
