"""Settings of the Monitor device out of a PsychoPy window. Runs in the script's process.

PsychoPy is not imported: any object with the attributes will do.
"""

from __future__ import annotations

from typing import Any

from iohub_monitor.coordinates import UNITS

# PsychoPy accepts these spellings too.
_UNIT_NAMES = {"degs": "deg", "pixels": "pix"}


def settings_from_window(window: Any) -> dict[str, Any]:
    """Return the settings that a window and its monitor tell; what they don't tell is left out.

    Args:
        window: an object with any of ``units``, ``screen`` and ``monitor``; the monitor an object
            with any of ``name``, ``getWidth()`` (cm) and ``getDistance()`` (cm), or a name.

    Returns:
        Some of ``device_number``, ``reporting_unit_type``, ``psychopy_monitor_name``,
        ``physical_dimensions`` and ``default_eye_distance``. The window's size and position are
        the mouse's concern: the display is as large as it is.
    """
    settings: dict[str, Any] = {}
    units = _UNIT_NAMES.get(str(getattr(window, "units", "")), getattr(window, "units", None))
    if units in UNITS:
        settings["reporting_unit_type"] = units
    screen = getattr(window, "screen", None)
    if isinstance(screen, int) and not isinstance(screen, bool):
        settings["device_number"] = screen
    settings.update(_from_monitor(getattr(window, "monitor", None)))
    return settings


def _from_monitor(monitor: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    name = monitor if isinstance(monitor, str) else getattr(monitor, "name", None)
    if isinstance(name, str) and name:
        settings["psychopy_monitor_name"] = name
    width, distance = _ask(monitor, "getWidth"), _ask(monitor, "getDistance")
    if width:
        settings["physical_dimensions"] = {"width": width, "unit_type": "cm"}
    if distance:
        settings["default_eye_distance"] = {"surface_center": distance, "unit_type": "cm"}
    return settings


def _ask(monitor: Any, method: str) -> float | None:
    """Return a positive number from the monitor's method, or None if it doesn't know."""
    function = getattr(monitor, method, None)
    value = function() if callable(function) else None
    return float(value) if value is not None and float(value) > 0 else None
