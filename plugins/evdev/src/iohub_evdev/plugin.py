"""What this distribution adds: the kernel's keyboards and mice."""

from __future__ import annotations

import os
from collections.abc import Iterable

from iohub_core import hookimpl
from iohub_core.plugins import BackendType

RANK = 5
"""Behind the X server, which knows layouts and windows."""
RANK_UNDER_WAYLAND = 30
"""Before it: X clients there see only the keys that are meant for X windows."""


@hookimpl
def iohub_device_backends() -> Iterable[BackendType]:
    """Declare the backend ``evdev`` for keyboards and mice.

    For mice it is never the first choice: it knows steps, but not where the pointer is.
    """
    wayland = bool(os.environ.get("WAYLAND_DISPLAY"))
    usable = "iohub_evdev.usable:evdev"
    return [
        BackendType(
            device="Keyboard",
            name="evdev",
            backend="iohub_evdev.keyboard:EvdevKeyboard",
            rank=RANK_UNDER_WAYLAND if wayland else RANK,
            usable=usable,
        ),
        BackendType(
            device="Mouse",
            name="evdev",
            backend="iohub_evdev.mouse:EvdevMouse",
            rank=RANK,
            usable=usable,
        ),
    ]
