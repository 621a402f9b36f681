"""`report_system_wide_events: false`: keys only while the experiment has the focus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from iohub_core.computer import Computer
from iohub_keyboard.events import KeyboardInputEvent, KeyboardPressEvent
from iohub_keyboard.native import NativeKey


class FocusFilter:
    """Decides which keys were meant for the experiment.

    A release goes the way of its press, so a key that went down in the experiment's window comes
    up there too, wherever the focus is by then.

    Args:
        focus: returns the window with the focus and the process it belongs to, 0 for none; None if
            that can't be told.
        everywhere: True lets everything through.
    """

    def __init__(self, focus: Callable[[], tuple[int, int] | None], *, everywhere: bool) -> None:
        self._focus = focus
        self._everywhere = everywhere
        self._windows: set[int] = set()
        self._admitted: set[tuple[int, int]] = set()

    def admits(self, native: NativeKey, event: KeyboardInputEvent) -> bool:
        """Return whether an event is reported; notes the focused window in it."""
        if self._everywhere:
            return True
        key = (native.device_id, native.scan_code)
        if not isinstance(event, KeyboardPressEvent):
            admitted = key in self._admitted
            self._admitted.discard(key)
            return admitted
        window, process = self._focus() or (0, 0)
        event.window_id = window
        ours = window in self._windows or (process and process == Computer.psychopy_process.pid)
        if ours:
            self._admitted.add(key)
        return bool(ours)

    def add(self, handles: Sequence[Any]) -> None:
        """Take windows for the experiment's own."""
        self._windows.update(_number(handle) for handle in handles)

    def remove(self, handles: Sequence[Any]) -> None:
        """Take windows for the experiment's own no more."""
        self._windows.difference_update(_number(handle) for handle in handles)


def _number(handle: Any) -> int:
    """Return a window's number, given as such or in a map as the mouse takes it."""
    return int(handle["handle"]) if isinstance(handle, dict) else int(handle)
