"""The hub's side of the Mouse device: from native records to events."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from iohub_core.computer import Computer
from iohub_core.devices import Device, DeviceContext, remote_method
from iohub_core.devices.capabilities import ModifierSource
from iohub_core.errors import DeviceError
from iohub_core.event import DeviceEvent
from iohub_mouse.backends.base import MouseBackend
from iohub_mouse.clicks import ClickCounter
from iohub_mouse.config import MouseSettings
from iohub_mouse.maker import EventMaker
from iohub_mouse.native import NativeMouse
from iohub_mouse.placement import Place, Placement
from iohub_mouse.script import read_actions
from iohub_mouse.times import RecordTimes
from iohub_mouse.windows import Windows

# X11 has no interval of its own; half a second is what Windows ships with.
DEFAULT_MULTI_CLICK_INTERVAL_S = 0.5
# A monitor device of the same launch opens well within this; only after it is one missed.
_LAUNCH_S = 5.0
# lctrl, rctrl, lshift, rshift, lalt, ralt, lcmd and rcmd of ModifierKeyCodes.
_HELD_BITS = 0xFF


class MouseDevice(Device):
    """The mouse. Its remote methods and its ``receive`` may run in different threads."""

    settings: MouseSettings

    def __init__(
        self, settings: MouseSettings, context: DeviceContext, backend: MouseBackend
    ) -> None:
        super().__init__(settings, context, backend)
        self._source = backend
        self._windows = Windows(settings.windows)
        self.placement = Placement(
            context.provider, self._windows, in_windows=settings.enable_multi_window
        )
        self._times = RecordTimes(backend.converter())
        self._clicks = ClickCounter(0.0, settings.multi_click_distance)
        # Held while events are made and published, so that they are published in order.
        self._lock = threading.RLock()
        self._maker = EventMaker(
            self.placement,
            self._clicks,
            system_wide=settings.report_system_wide_events,
            ours=self._is_ours,
        )
        self._owners: dict[int, int] = {}
        self._script_pid = Computer.psychopy_process.pid
        self._modifiers: ModifierSource | None = None
        self._told: set[str] = set()
        self._opened_at = 0.0

    def open(self) -> None:
        """Start watching.

        Raises:
            DeviceError: if the mouse can't be watched.
        """
        self._opened_at = self.clock.now()
        super().open()
        interval = self.settings.multi_click_interval or self._source.multi_click_interval_s
        self._clicks.interval_s = interval or DEFAULT_MULTI_CLICK_INTERVAL_S
        with self._lock:
            if self._maker.place is None:  # no event yet: what is pressed now was pressed before
                now = self._source.query()
                self._maker.pressed, self._maker.start = now.buttons, (now.x, now.y)

    def mouse_may_look_around(self) -> None:
        """Say what is missing, now that all devices of the launch are open."""
        self._opened_at = float("-inf")
        self._check_displays()

    # -- native records to events -------------------------------------------------------------

    def receive(self, natives: Sequence[NativeMouse]) -> None:
        """Turn native records into events and publish them. Any thread."""
        with self._lock:
            self._check_displays()
            self._check_windows()
            events: list[DeviceEvent] = []
            for one in natives:
                stamp = self._times.stamp(one)
                events.extend(self._maker.make(one, stamp, self._modifier_mask(one)))
            if events:
                self.publish(events)

    def _modifier_mask(self, one: NativeMouse) -> int:
        """Return the keyboard device's modifiers, the held ones as the record has them.

        Keyboard and mouse are read in threads of their own; a backend that sees both in one order
        knows better than the keyboard device what was held at a click.
        """
        if self._modifiers is None:
            self._modifiers = self.context.provider(ModifierSource)
        mask = 0 if self._modifiers is None else self._modifiers.modifier_mask()
        return mask if one.held is None else mask & ~_HELD_BITS | one.held

    def _is_ours(self, window_id: int) -> bool:
        """Return whether a window is registered, or says that it is the script's process'."""
        if window_id in self._windows:
            return True
        if window_id not in self._owners:
            self._owners[window_id] = self._source.owner(window_id) if window_id else 0
        return self._owners[window_id] == self._script_pid

    def _check_windows(self) -> None:
        tells_owners = type(self._source).owner is not MouseBackend.owner
        if not (self.settings.report_system_wide_events or self._windows or tells_owners):
            self._tell(
                f"{self.name}: report_system_wide_events is off and no window is registered, so "
                "no event is reported; give the window to launchHubServer(window=...) or to "
                "io.registerWindowHandles(...)"
            )

    def _check_displays(self) -> None:
        if self.placement.displays is None and self.clock.now() - self._opened_at > _LAUNCH_S:
            self._tell(
                f"{self.name}: there is no Monitor device, so positions are pixels of the whole "
                "desktop, counted from its top left corner, y down"
            )

    def _tell(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self.context.warn(sentence)

    # -- called from the script ---------------------------------------------------------------

    @remote_method
    def getPosition(self) -> list[Any]:
        """Return ``[[x, y], display_index]``, as the system has it now."""
        place = self._now()
        return [[place.x, place.y], place.display_id]

    @remote_method
    def getPositionAndDelta(self) -> list[Any]:
        """Return ``[[x, y], [dx, dy], display_index]``; the change is that of the last move."""
        place = self._now()
        return [[place.x, place.y], list(self._maker.delta), place.display_id]

    @remote_method
    def setPosition(self, pos: list[float], display_index: int | None = None) -> list[float]:
        """Move the pointer.

        Args:
            pos: x and y in the display's unit; with ``enable_multi_window`` and the pointer in a
                registered window, in the window's, unless a display is given.
            display_index: the display; None for the one the pointer is on.

        Returns:
            The position it is at now: the nearest pixel's.

        Raises:
            ValueError: if the position is outside the display (or window).
        """
        now = self._source.query()
        self.placement.place(now.x, now.y)
        if display_index is None and self.placement.window_units_apply(now.x, now.y):
            x, y = self.placement.pixel_in_window(pos, now.x, now.y)
        else:
            x, y = self.placement.pixel(pos, display_index)
        self._source.warp(x, y)
        reached = self._source.query()
        if (reached.x, reached.y) != (x, y):
            self._source.warp(int(now.x), int(now.y))
            raise ValueError(
                f"{tuple(pos)} is global pixel ({x}, {y}), where the system does not let the "
                f"pointer go (it came to {reached.x:g}, {reached.y:g}); it is back where it was"
            )
        place = self.placement.place(x, y)
        return [place.x, place.y]

    @remote_method
    def getDisplayIndex(self) -> int:
        """Return the index of the display the pointer is on."""
        return self._now().display_id

    @remote_method
    def getScroll(self) -> list[int]:
        """Return the counters ``[horizontal, vertical]``: clicks right and up since the start."""
        return list(self._maker.scroll)

    @remote_method
    def setScroll(self, scroll_x: int | None = None, scroll_y: int | None = None) -> list[int]:
        """Set the counters that are given; returns both."""
        with self._lock:
            for axis, value in enumerate((scroll_x, scroll_y)):
                if value is not None:
                    self._maker.scroll[axis] = int(value)
            return list(self._maker.scroll)

    @remote_method
    def getCurrentButtonStates(self) -> list[bool]:
        """Return whether the left, middle and right buttons are down."""
        pressed = self._maker.pressed
        return [bool(pressed & bit) for bit in (1, 4, 2)]

    @remote_method
    def getPressedButtons(self) -> int:
        """Return the sum of the button ids that are down."""
        return self._maker.pressed

    @remote_method
    def simulate(self, actions: list[Any], rate: float | None = None, wait: bool = False) -> float:
        """Have the virtual mouse do things.

        Args:
            actions: see :func:`iohub_mouse.script.read_actions`; positions as in ``setPosition``.
            rate: actions a second, played in the background; None plays all at once, so that
                their events are in the buffers when this returns.
            wait: True returns when all is played.

        Returns:
            Seconds that playing takes.

        Raises:
            ValueError: if an action is none, or a position is outside the display.
            DeviceError: if the backend is not the virtual one.
        """
        play = getattr(self._source, "play", None)
        if play is None:
            raise DeviceError(
                f"{self.name} watches a real mouse; set backend: virtual to simulate one"
            )
        steps = read_actions(actions, lambda pos: self.placement.pixel(pos, None))
        return float(play(steps, rate, wait))

    @remote_method
    def registerWindowHandles(self, *infos: dict[str, Any] | int) -> None:
        """Note windows of the script; see :func:`iohub_mouse.windows.window_from`.

        A handle alone says that the window is the script's, which counts for
        ``report_system_wide_events``; where it is takes a description.

        Raises:
            ValueError: if a description lacks something; none is noted then.
        """
        with self._lock:
            self._windows.register(infos)

    @remote_method
    def unregisterWindowHandles(self, *handles: dict[str, Any] | int) -> None:
        """Forget windows."""
        with self._lock:
            self._windows.unregister(handles)
            self._owners.clear()

    @remote_method
    def updateWindowPos(self, handle: int, x: float, y: float) -> bool:
        """Note where a window's drawing area is now (global pixel of its top left).

        Returns:
            Whether the window is registered.
        """
        with self._lock:
            return self._windows.move(handle, x, y)

    @remote_method
    def getCurrentDeviceState(self) -> dict[str, Any]:
        """Return what is known of the mouse now."""
        place = self._now()
        return {
            **super().getCurrentDeviceState(),
            "position": [place.x, place.y],
            "display_index": place.display_id,
            "pressed_buttons": self._maker.pressed,
            "scroll": list(self._maker.scroll),
        }

    @remote_method
    def resetState(self) -> None:
        """Set the scroll counters to 0, forget clicks, and ask the system what is pressed."""
        with self._lock:
            self._maker.reset(self._source.query().buttons)

    @remote_method
    def getClockSync(self) -> dict[str, Any]:
        """Return how native stamps become hub time; empty if there are none."""
        return self._times.state()

    def _now(self) -> Place:
        state = self._source.query()
        with self._lock:
            self._check_displays()
            return self.placement.place(state.x, state.y)
