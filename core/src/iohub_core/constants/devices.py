"""Device type numbers."""

from __future__ import annotations

from iohub_core.constants.base import Constants


class DeviceConstants(Constants):
    """Numbers of device types. Plugins of other authors count from 1000 up."""

    UNDEFINED = 0
    KEYBOARD = 20
    MOUSE = 30
    TOUCH = 40
    EYETRACKER = 50
    GAMEPAD = 80
    WINTAB = 90
    MCU = 100
    SERIAL = 110
    PSTBOX = 111
    ANALOGINPUT = 120
    EXPERIMENT = 150
    DISPLAY = 190
    COMPUTER = 200
