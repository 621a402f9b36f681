"""Numbers and names that scripts and data files share, as PsychoPy's ioHub numbers them."""

from iohub_core.constants.devices import DeviceConstants
from iohub_core.constants.events import EventConstants
from iohub_core.constants.keyboard import KeyboardConstants, ModifierKeyCodes
from iohub_core.constants.mouse import MouseConstants

__all__ = [
    "DeviceConstants",
    "EventConstants",
    "KeyboardConstants",
    "ModifierKeyCodes",
    "MouseConstants",
]
