"""What goes to the hub: settings checked first, functions and classes packed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iohub_core.config.device_loader import DeviceLoader
from iohub_core.config.plan import PlannedDevice
from iohub_core.config.problems import Problem
from iohub_core.config.source import Source
from iohub_core.errors import ConfigError
from iohub_core.plugins.manager import PluginManager


def single_device(
    manager: PluginManager, class_name: str, settings: Mapping[str, Any] | None
) -> PlannedDevice:
    """Check one device's settings.

    Raises:
        ConfigError: with every fault.
    """
    problems: list[Problem] = []
    source = Source("addDeviceToMonitor(...)", {class_name: settings})
    planned = DeviceLoader(manager, problems).device(source, class_name, settings, (class_name,))
    if problems or planned is None:
        raise ConfigError(problems)
    return planned


def shipped(value: Any) -> Any:
    """Return plain data in which every function and class is replaced by its dill bytes."""
    if isinstance(value, Mapping):
        return {key: shipped(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shipped(item) for item in value]
    if callable(value):
        from iohub_core.tasklets.shipping import pack  # dill is slow to import and seldom needed

        return pack(value)
    return value
