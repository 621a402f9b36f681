"""Event type numbers."""

from __future__ import annotations

from iohub_core.constants.base import Constants


class EventConstants(Constants):
    """What stands in an event's ``type`` field. Plugins of other authors count from 1000 up."""

    UNDEFINED = 0

    KEYBOARD_INPUT = 20
    KEYBOARD_PRESS = 22
    KEYBOARD_KEY = 22  # the older name, still used in scripts
    KEYBOARD_RELEASE = 23

    MOUSE_INPUT = 30
    MOUSE_BUTTON = 31
    MOUSE_BUTTON_PRESS = 32
    MOUSE_BUTTON_RELEASE = 33
    MOUSE_MULTI_CLICK = 34
    MOUSE_DOUBLE_CLICK = 34  # the older name
    MOUSE_SCROLL = 35
    MOUSE_MOVE = 36
    MOUSE_DRAG = 37

    TOUCH = 40
    TOUCH_MOVE = 41
    TOUCH_PRESS = 42
    TOUCH_RELEASE = 43

    EYETRACKER = 50
    MONOCULAR_EYE_SAMPLE = 51
    BINOCULAR_EYE_SAMPLE = 52
    FIXATION_START = 53
    FIXATION_END = 54
    SACCADE_START = 55
    SACCADE_END = 56
    BLINK_START = 57
    BLINK_END = 58
    EYE_SAMPLE = 59
    GAZEPOINT_SAMPLE = 60

    GAMEPAD_STATE_CHANGE = 81
    GAMEPAD_DISCONNECT = 82

    WINTAB_INPUT = 90
    WINTAB_SAMPLE = 91
    WINTAB_ENTER_REGION = 92
    WINTAB_LEAVE_REGION = 93

    DIGITAL_INPUT = 101
    ANALOG_INPUT = 102
    THRESHOLD = 103

    SERIAL_INPUT = 105
    SERIAL_BYTE_CHANGE = 106
    PSTBOX_BUTTON = 107

    MULTI_CHANNEL_ANALOG_INPUT = 122

    MESSAGE = 151
    LOG = 152
