"""What this plugin declares. Light: classes are named by text and imported when needed."""

from __future__ import annotations

from collections.abc import Iterable

from iohub_core import hookimpl
from iohub_core.plugins import BackendType, DeviceType

BUTTON_BOX = DeviceType(
    class_names=("ButtonBox",),
    default_name="button_box",
    device_type_id=1300,
    settings="iohub_example.config:ButtonBoxSettings",
    device="iohub_example.device:ButtonBox",
    view="iohub_example.view:ButtonBox",
    events=(
        "iohub_example.events:ButtonBoxEvent",
        "iohub_example.events:ButtonBoxPressEvent",
        "iohub_example.events:ButtonBoxReleaseEvent",
    ),
)

VIRTUAL = BackendType(
    device="ButtonBox",
    name="virtual",
    backend="iohub_example.backends.virtual:VirtualButtonBox",
)


@hookimpl
def iohub_device_types() -> Iterable[DeviceType]:
    """Declare the button box."""
    return [BUTTON_BOX]


@hookimpl
def iohub_device_backends() -> Iterable[BackendType]:
    """Declare where its presses can come from."""
    return [VIRTUAL]
