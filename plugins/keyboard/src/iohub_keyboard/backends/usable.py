"""Whether a backend can work on this machine. Quick, and without side effects."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

NO_DISPLAY = "there is no X display: DISPLAY is not set"
X11_MODULE = "iohub_x11"


def x11() -> str | None:
    """Return why XInput 2 can't be read, or None if it can."""
    if _display():
        return NO_DISPLAY
    if find_spec(X11_MODULE) is None:
        return "the package iohub-x11 is not installed; pip install iohub-x11"
    from iohub_x11.keys import KeyQuery, KeysUnreadableError

    try:
        KeyQuery().close()
    except KeysUnreadableError as error:
        return str(error)
    return None


def pynput() -> str | None:
    """Return why pynput can't listen, or None if it can."""
    if find_spec("pynput") is None:
        return "the package pynput is not installed; pip install pynput"
    if "linux" not in sys.platform:
        return None
    return x11() if find_spec(X11_MODULE) else _display()


def _display() -> str | None:
    return None if os.environ.get("DISPLAY") else NO_DISPLAY
