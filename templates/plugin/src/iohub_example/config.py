"""Settings of the button box."""

from __future__ import annotations

from typing import Annotated

import attrs
from msgspec import Meta

from iohub_core.config import DeviceSettings, setting


@attrs.frozen(kw_only=True)
class ButtonBoxSettings(DeviceSettings):
    """Settings of the button box."""

    buttons: Annotated[int, Meta(ge=1, le=32)] = setting(4, doc="How many buttons the box has.")
