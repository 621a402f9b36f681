"""What this distribution adds: the Mouse device and where its events come from."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from iohub_core import hookimpl
from iohub_core.plugins.declarations import BackendType, DeviceType

if TYPE_CHECKING:
    from iohub_core.hub.context import HubContext


@hookimpl
def iohub_device_types() -> Iterable[DeviceType]:
    """Declare the Mouse device."""
    return [
        DeviceType(
            class_names=("Mouse",),
            default_name="mouse",
            device_type_id=30,
            settings="iohub_mouse.config:MouseSettings",
            device="iohub_mouse.device:MouseDevice",
            view="iohub_mouse.view:MouseView",
            events=tuple(
                f"iohub_mouse.events:{name}"
                for name in (
                    "MouseInputEvent",
                    "MouseButtonEvent",
                    "MouseButtonPressEvent",
                    "MouseButtonReleaseEvent",
                    "MouseMultiClickEvent",
                    "MouseScrollEvent",
                    "MouseMoveEvent",
                    "MouseDragEvent",
                )
            ),
            settings_from_window="iohub_mouse.window:settings_from_window",
            default=True,
        )
    ]


@hookimpl
def iohub_device_backends() -> Iterable[BackendType]:
    """Declare where mouse events can come from."""
    return [
        BackendType(
            device="Mouse",
            name="virtual",
            backend="iohub_mouse.backends.virtual:VirtualMouse",
        ),
        BackendType(
            device="Mouse",
            name="x11",
            backend="iohub_mouse.backends.x11:X11Mouse",
            rank=20,
            usable=x11_usable,
        ),
        BackendType(
            device="Mouse",
            name="pynput",
            backend="iohub_mouse.backends.pynput:PynputMouse",
            rank=10,
            usable=pynput_usable,
        ),
    ]


@hookimpl
def iohub_hub_started(context: HubContext) -> None:
    """Have every mouse look for its displays, now that all devices are open."""
    for device in context.devices.values():
        started = getattr(device, "mouse_may_look_around", None)
        if started is not None:
            started()


def x11_usable() -> str | None:
    """Return why XInput2 can't be used here, or None."""
    if not sys.platform.startswith(("linux", "freebsd")):
        return "there is no X server on this system"
    if importlib.util.find_spec("iohub_x11") is None:
        return "the package iohub-x11 is not installed; pip install iohub-x11"
    return _no_display()


def pynput_usable() -> str | None:
    """Return why pynput can't be used here, or None."""
    if importlib.util.find_spec("pynput") is None:
        return "pynput is not installed; pip install pynput"
    if sys.platform in {"win32", "darwin"}:
        return None
    return _no_display()


def _no_display() -> str | None:
    if os.environ.get("DISPLAY"):
        return None
    return "there is no X server (DISPLAY is not set); start one, or use backend 'virtual'"
