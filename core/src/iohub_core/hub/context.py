"""What a plugin sees of the hub."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from iohub_core.clock import SystemClock, VirtualClock
from iohub_core.config.settings import HubSettings
from iohub_core.event import EventRegistry

if TYPE_CHECKING:
    from iohub_core.devices.device import Device


@attrs.frozen(kw_only=True)
class HubContext:
    """Given to ``iohub_hub_started`` and ``iohub_hub_stopping``.

    Attributes:
        settings: the hub's settings.
        clock: the hub's clock.
        devices: the open devices by name, in the order they were opened.
        events: the event types of the session.
        script_folder: folder that relative paths are resolved against.
    """

    settings: HubSettings
    clock: SystemClock | VirtualClock
    devices: Mapping[str, Device]
    events: EventRegistry
    script_folder: Path
