"""The keyboard view's classes under their ioHub path; they live in the keyboard plugin.

The core imports no plugin: the view is found through the installed plugins when it is asked for.
"""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = ("Keyboard", "KeyboardPress", "KeyboardRelease")

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'iohub_core.client.keyboard' has no attribute {name!r}")
    from iohub_core.plugins.declarations import resolve
    from iohub_core.plugins.manager import PluginManager

    manager = PluginManager()
    manager.load_installed()
    device_type = manager.device_types.get("Keyboard")
    if device_type is None:
        raise ImportError(
            f"{name} is part of the keyboard plugin, which is not installed; "
            "pip install iohub-keyboard"
        )
    view = resolve(device_type.view)
    return getattr(importlib.import_module(view.__module__), name)
