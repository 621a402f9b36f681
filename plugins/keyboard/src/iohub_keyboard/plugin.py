"""What this plugin declares."""

from __future__ import annotations

from collections.abc import Iterable

from iohub_core import hookimpl
from iohub_core.plugins import BackendType, DeviceType


@hookimpl
def iohub_device_types() -> Iterable[DeviceType]:
    """Declare the Keyboard device."""
    return [
        DeviceType(
            class_names=("Keyboard",),
            default_name="keyboard",
            device_type_id=20,
            settings="iohub_keyboard.config:KeyboardSettings",
            device="iohub_keyboard.device:Keyboard",
            view="iohub_keyboard.view:Keyboard",
            events=(
                "iohub_keyboard.events:KeyboardInputEvent",
                "iohub_keyboard.events:KeyboardPressEvent",
                "iohub_keyboard.events:KeyboardReleaseEvent",
            ),
            default=True,
        )
    ]


@hookimpl
def iohub_device_backends() -> Iterable[BackendType]:
    """Declare where key events can come from."""
    return [
        BackendType(
            device="Keyboard",
            name="x11",
            backend="iohub_keyboard.backends.x11:X11Keyboard",
            rank=20,
            usable="iohub_keyboard.backends.usable:x11",
        ),
        BackendType(
            device="Keyboard",
            name="pynput",
            backend="iohub_keyboard.backends.pynput:PynputKeyboard",
            rank=10,
            usable="iohub_keyboard.backends.usable:pynput",
        ),
        BackendType(
            device="Keyboard",
            name="virtual",
            backend="iohub_keyboard.backends.virtual:VirtualKeyboard",
        ),
    ]
