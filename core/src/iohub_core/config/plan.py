"""What a hub is started from, after everything was checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

from iohub_core.config.settings import DeviceSettings, HubSettings
from iohub_core.plugins.declarations import DeviceType


@attrs.frozen(kw_only=True)
class PlannedDevice:
    """A device to be opened.

    Attributes:
        device_type: its declared type.
        name: its name in ``io.devices``, unique in the plan.
        settings: its checked settings.
    """

    device_type: DeviceType
    name: str
    settings: DeviceSettings

    def as_data(self) -> dict[str, Any]:
        """Return it as plain data (functions among the settings stay as they are)."""
        return {"class": self.device_type.class_name, "settings": attrs.asdict(self.settings)}


@attrs.frozen(kw_only=True)
class LaunchPlan:
    """What to start.

    Attributes:
        settings: the hub's settings.
        devices: the enabled devices in the order of the configuration.
        script_folder: folder that relative paths are resolved against.
    """

    settings: HubSettings
    devices: tuple[PlannedDevice, ...]
    script_folder: Path

    def as_data(self) -> dict[str, Any]:
        """Return the plan as plain data (functions among the settings stay as they are)."""
        return {
            "settings": attrs.asdict(self.settings),
            "devices": [one.as_data() for one in self.devices],
            "script_folder": str(self.script_folder),
        }
