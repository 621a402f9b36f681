"""The experiment's side: the connection, the device views, and the launch."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iohub_core.client.connection import ioHubConnection
    from iohub_core.client.launch import launchHubServer

__all__ = ["ioHubConnection", "launchHubServer"]

_PLACES = {
    "ioHubConnection": "iohub_core.client.connection",
    "launchHubServer": "iohub_core.client.launch",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'iohub_core.client' has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)
