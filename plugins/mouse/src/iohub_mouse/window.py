"""Settings of the Mouse device out of a PsychoPy window. Runs in the script's process.

PsychoPy is not imported: any object with the attributes will do.
"""

from __future__ import annotations

from typing import Any


def settings_from_window(window: Any) -> dict[str, Any]:
    """Return the window as one registered from the start; empty if its handle is not known.

    Args:
        window: an object with ``_hw_handle`` (or ``handle``) and ``size``, and any of ``pos``,
            ``screen``, ``units`` and ``monitor``.
    """
    info = window_info(window)
    return {} if info is None else {"windows": [info]}


def window_info(window: Any) -> dict[str, Any] | None:
    """Return what ``io.registerWindowHandles`` takes, or None if handle or size is not known.

    PsychoPy counts a window's ``pos`` from the top left of its screen; None there means that the
    window is in the middle of it, or fills it.
    """
    handle = getattr(window, "_hw_handle", None) or getattr(window, "handle", None)
    size = getattr(window, "size", None)
    if not isinstance(handle, int) or size is None:
        return None
    pos = getattr(window, "pos", None)
    info: dict[str, Any] = {
        "handle": handle,
        "size": [float(value) for value in size],
        "pos": [float(value) for value in (pos if pos is not None else (0, 0))],
        "units": getattr(window, "units", None) or "pix",
    }
    screen = getattr(window, "screen", None)
    if isinstance(screen, int):
        info["screen"] = screen
    monitor = _monitor(getattr(window, "monitor", None))
    if monitor:
        info["monitor"] = monitor
    return info


def _monitor(monitor: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    methods = (("width", "getWidth"), ("distance", "getDistance"), ("resolution", "getSizePix"))
    for name, method in methods:
        function = getattr(monitor, method, None)
        value = function() if callable(function) else None
        if value is not None:
            found[name] = [float(v) for v in value] if name == "resolution" else float(value)
    return found
