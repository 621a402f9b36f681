"""The events of the button box. Numbers from 1000 up are free for plugins like this one."""

from __future__ import annotations

from iohub_core.event import DeviceEvent, column, define_event


@define_event(type_id=1300, type_name="BUTTON_BOX", device="button_box", table=True)
class ButtonBoxEvent(DeviceEvent):
    """What presses and releases have in common; never published itself."""

    button: int = column("u1", doc="The button's number, from 1.")


@define_event(type_id=1301, type_name="BUTTON_BOX_PRESS")
class ButtonBoxPressEvent(ButtonBoxEvent):
    """A button went down."""


@define_event(type_id=1302, type_name="BUTTON_BOX_RELEASE")
class ButtonBoxReleaseEvent(ButtonBoxEvent):
    """A button went up."""
