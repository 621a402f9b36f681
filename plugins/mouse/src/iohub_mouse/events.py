"""The events of a mouse. All are kept in one table, MouseInputEvent."""

from __future__ import annotations

from iohub_core.constants.keyboard import modifier_names
from iohub_core.event import DeviceEvent, column, define_event

_BUTTONS = {
    0: "none",
    1: "left",
    2: "right",
    4: "middle",
    8: "button 4",
    16: "button 5",
    32: "button 6",
    64: "button 7",
    128: "button 8",
    256: "button 9",
}


@define_event(type_id=30, type_name="MOUSE_INPUT", device="mouse", table=True)
class MouseInputEvent(DeviceEvent):
    """What every mouse event tells: where the pointer is, and what is pressed."""

    display_id: int = column(
        "u1",
        doc="Index of the display the pointer is on; 0 is the main one, also 0 without a monitor "
        "device.",
    )
    button_state: int = column(
        "u1",
        doc="1 for a press and a multi-click, 0 for a release and for events of no button.",
        names={0: "released", 1: "pressed"},
    )
    # u2 where ioHub has u1: button 9 is 256, and all nine pressed are 511.
    button_id: int = column(
        "u2", doc="The button of a button event, 0 for other events.", names=_BUTTONS
    )
    pressed_buttons: int = column("u2", doc="Sum of the button_ids that are down after the event.")
    x_position: float = column(
        "f8",
        unit="display unit",
        doc="Horizontal position from the display's centre in the unit of the monitor device, "
        "or in the window's unit where enable_multi_window is on; desktop pixels without a "
        "monitor device.",
    )
    y_position: float = column(
        "f8", unit="display unit", doc="Vertical position, up; as x_position."
    )
    # i2 and i4 where ioHub has i1 and i2: the counters of a long session pass 32,767.
    scroll_dx: int = column("i2", unit="clicks", doc="Clicks scrolled to the right; left below 0.")
    scroll_x: int = column("i4", unit="clicks", doc="Sum of all scroll_dx, or as set.")
    scroll_dy: int = column("i2", unit="clicks", doc="Clicks scrolled up; down below 0.")
    scroll_y: int = column("i4", unit="clicks", doc="Sum of all scroll_dy, or as set.")
    modifiers: int = column(
        "u4",
        doc="Modifier keys held and locks in force, as the keyboard device knows them; a bit mask "
        "in files, names in events. Without a keyboard device only what the backend itself sees.",
        present=modifier_names,
    )
    window_id: int = column(
        "u8",
        doc="Handle of the registered window the pointer is in, else the system's number of the "
        "window under it, 0 if unknown.",
    )


@define_event(type_id=31, type_name="MOUSE_BUTTON")
class MouseButtonEvent(MouseInputEvent):
    """A button went down or up; parent of the three below."""


@define_event(type_id=32, type_name="MOUSE_BUTTON_PRESS")
class MouseButtonPressEvent(MouseButtonEvent):
    """A button went down."""


@define_event(type_id=33, type_name="MOUSE_BUTTON_RELEASE")
class MouseButtonReleaseEvent(MouseButtonEvent):
    """A button went up."""


@define_event(type_id=34, type_name="MOUSE_MULTI_CLICK")
class MouseMultiClickEvent(MouseButtonEvent):
    """A button went down again soon after, and near, its press before.

    It follows the MouseButtonPressEvent of the same moment, for the second press in a row and
    each further one.
    """


@define_event(type_id=35, type_name="MOUSE_SCROLL")
class MouseScrollEvent(MouseInputEvent):
    """The wheel was turned."""


@define_event(type_id=36, type_name="MOUSE_MOVE")
class MouseMoveEvent(MouseInputEvent):
    """The pointer moved with no button down."""


@define_event(type_id=37, type_name="MOUSE_DRAG")
class MouseDragEvent(MouseMoveEvent):
    """The pointer moved with a button down."""
