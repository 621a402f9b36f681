"""Watch the devices of an experiment from a process of its own, on one clock.

from iohub_core import launchHubServer

with launchHubServer() as io:
    print(io.devices.keyboard.waitForKeys(keys=["q"]))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from iohub_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from iohub_core.client.connection import ioHubConnection
    from iohub_core.client.launch import launchHubServer
    from iohub_core.computer import Computer, print2err
    from iohub_core.constants import (
        DeviceConstants,
        EventConstants,
        KeyboardConstants,
        ModifierKeyCodes,
        MouseConstants,
    )

__version__ = "0.1.0"

# Resolved on first use: the hub and plugins import this package too, and need little of it.
_PLACES = {
    "launchHubServer": "iohub_core.client.launch",
    "ioHubConnection": "iohub_core.client.connection",
    "Computer": "iohub_core.computer",
    "print2err": "iohub_core.computer",
    "DeviceConstants": "iohub_core.constants",
    "EventConstants": "iohub_core.constants",
    "KeyboardConstants": "iohub_core.constants",
    "ModifierKeyCodes": "iohub_core.constants",
    "MouseConstants": "iohub_core.constants",
}

__all__ = [
    "Computer",
    "DeviceConstants",
    "EventConstants",
    "KeyboardConstants",
    "ModifierKeyCodes",
    "MouseConstants",
    "__version__",
    "hookimpl",
    "ioHubConnection",
    "launchHubServer",
    "print2err",
]


def __getattr__(name: str) -> Any:
    try:
        module = _PLACES[name]
    except KeyError:
        raise AttributeError(f"module 'iohub_core' has no attribute {name!r}") from None
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value
