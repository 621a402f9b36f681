"""What this distribution adds: the Monitor device and where it reads displays from."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable

from iohub_core import hookimpl
from iohub_core.plugins.declarations import BackendType, DeviceType

_X11 = "iohub_x11"


@hookimpl
def iohub_device_types() -> Iterable[DeviceType]:
    """Declare the Monitor device, which ioHub's files call Display."""
    return [
        DeviceType(
            class_names=("Display", "Monitor"),
            default_name="monitor",
            aliases=("display",),
            device_type_id=190,
            settings="iohub_monitor.config:MonitorSettings",
            device="iohub_monitor.device:MonitorDevice",
            view="iohub_monitor.view:MonitorView",
            settings_from_window="iohub_monitor.window:settings_from_window",
            default=True,
            opens_first=True,
        )
    ]


@hookimpl
def iohub_device_backends() -> Iterable[BackendType]:
    """Declare where displays can be read from."""
    return [
        BackendType(
            device="Display",
            name="virtual",
            backend="iohub_monitor.backends.virtual:VirtualDisplays",
        ),
        BackendType(
            device="Display",
            name="x11",
            backend="iohub_monitor.backends.x11:X11Displays",
            rank=20,
            usable=x11_usable,
        ),
        BackendType(
            device="Display",
            name="screeninfo",
            backend="iohub_monitor.backends.screeninfo:ScreenInfoDisplays",
            rank=10,
            usable=screeninfo_usable,
        ),
    ]


def x11_usable() -> str | None:
    """Return why RandR can't be asked here, or None."""
    if importlib.util.find_spec(_X11) is None:
        return "the package iohub-x11 is not installed; pip install iohub-x11"
    return _no_display()


def screeninfo_usable() -> str | None:
    """Return why the screeninfo library is not used here, or None."""
    if sys.platform in {"win32", "darwin"}:
        return None
    if importlib.util.find_spec(_X11) is not None:
        return "on this system iohub-x11 knows more"
    return _no_display()


def _no_display() -> str | None:
    if os.environ.get("DISPLAY"):
        return None
    return "there is no X server (DISPLAY is not set); start one, or use backend 'virtual'"
