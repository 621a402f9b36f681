"""From native records to events: what is pressed, how far the wheel was turned, what is a click."""

from __future__ import annotations

from collections.abc import Callable

from iohub_core.clocksync import Stamp
from iohub_mouse import native as kinds
from iohub_mouse.clicks import ClickCounter
from iohub_mouse.events import (
    MouseButtonPressEvent,
    MouseButtonReleaseEvent,
    MouseDragEvent,
    MouseInputEvent,
    MouseMoveEvent,
    MouseMultiClickEvent,
    MouseScrollEvent,
)
from iohub_mouse.native import NativeMouse
from iohub_mouse.placement import Place, Placement


class EventMaker:
    """Holds the mouse's state and makes events of records. One thread at a time calls it.

    Args:
        placement: places pixels.
        clicks: counts presses in a row.
        system_wide: False leaves out events outside the script's windows.
        ours: whether a window, by the system's number, is the script's.

    Attributes:
        pressed: bits of the buttons that are down.
        scroll: counters, horizontal and vertical.
        place: where the last record was; None before the first.
        start: global pixel where the pointer was before the first record.
        delta: what the last move changed, in the unit of positions.
    """

    def __init__(
        self,
        placement: Placement,
        clicks: ClickCounter,
        *,
        system_wide: bool,
        ours: Callable[[int], bool],
    ) -> None:
        self._placement = placement
        self._clicks = clicks
        self._system_wide = system_wide
        self._ours = ours
        self._captured = False
        self.pressed = 0
        self.scroll = [0, 0]
        self.place: Place | None = None
        self.start = (0.0, 0.0)
        self.delta = (0.0, 0.0)

    def reset(self, pressed: int) -> None:
        """Set the counters to 0, forget clicks, and take ``pressed`` as what is down."""
        self._clicks.reset()
        self._captured = False
        self.pressed = pressed
        self.scroll = [0, 0]
        self.delta = (0.0, 0.0)

    def make(self, one: NativeMouse, stamp: Stamp, modifiers: int) -> list[MouseInputEvent]:
        """Return the events of a record; none if it is not one to report."""
        before = self.place or self._placement.place(*self.start)
        place = self.place = self._placement.place(one.x, one.y)
        if (place.x, place.y) != (before.x, before.y):
            self.delta = (place.x - before.x, place.y - before.y)
        events = self._by_kind(one, stamp.time)
        if not self._system_wide and not self._is_ours(one, place):
            return []
        for event in events:
            event.device_id = one.device_id
            event.device_time = stamp.device_time
            event.logged_time = one.arrival
            event.time = stamp.time
            event.confidence_interval = stamp.confidence_interval
            event.display_id = place.display_id
            event.x_position, event.y_position = place.x, place.y
            event.pressed_buttons = self.pressed
            event.scroll_x, event.scroll_y = self.scroll
            event.modifiers = modifiers
            event.window_id = place.window_id or one.window_id
        return events

    def _by_kind(self, one: NativeMouse, time: float) -> list[MouseInputEvent]:
        """Change the state as the record says, and return its events without the common part."""
        if one.kind == kinds.MOVE:
            return [MouseDragEvent() if self.pressed else MouseMoveEvent()]
        if one.kind == kinds.PRESS:
            return self._press(one, time)
        if one.kind == kinds.RELEASE:
            self.pressed &= ~one.button
            return [MouseButtonReleaseEvent(button_id=one.button)]
        self.scroll[0] += one.dx
        self.scroll[1] += one.dy
        return [MouseScrollEvent(scroll_dx=one.dx, scroll_dy=one.dy)]

    def _press(self, one: NativeMouse, time: float) -> list[MouseInputEvent]:
        self.pressed |= one.button
        press = MouseButtonPressEvent(button_state=1, button_id=one.button)
        if self._clicks.press(one.button, time, one.x, one.y) == 1:
            return [press]
        return [press, MouseMultiClickEvent(button_state=1, button_id=one.button)]

    def _is_ours(self, one: NativeMouse, place: Place) -> bool:
        """Return whether the record is inside a window of the script.

        What was pressed inside stays ours until the last button is up, wherever that is.
        """
        inside = place.window_id != 0 or self._ours(one.window_id)
        captured = self._captured
        if one.kind == kinds.PRESS and inside:
            self._captured = True
        elif not self.pressed:
            self._captured = False
        return inside or captured
