"""The mouse through pynput: Windows, macOS, and X11 where XInput 2 is missing.

pynput's callbacks carry no time stamp and no device, so an event's time is its arrival, and how
far that is from when it happened is not known. A callback that raises would end pynput's thread
in silence; here it is reported. On X11 pynput loses events in bursts (of 5,000 keys in 70 ms
it delivered fewer than 1,900), which is why ``x11`` goes first.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from iohub_core.devices.backend import BackendContext, Receive
from iohub_core.errors import BackendUnavailableError
from iohub_mouse.backends.base import MouseBackend
from iohub_mouse.native import MOVE, PRESS, RELEASE, SCROLL, NativeMouse, PointerState

# pynput's names of buttons: x1, x2 on Windows; button8 and up on X11, by X's own numbers.
_BITS = {
    "left": 1,
    "right": 2,
    "middle": 4,
    "x1": 8,
    "x2": 16,
    "button8": 8,
    "button9": 16,
    "button10": 32,
    "button11": 64,
    "button12": 128,
    "button13": 256,
}


_STOP_WAIT_S = 0.1
_START_OF_DATA = 4  # category of RECORD's first reply: from here on, events are recorded
_START_TIMEOUT_S = 2.0


class PynputMouse(MouseBackend):
    """Events of pynput's listener, stamped when they arrive."""

    def __init__(self, settings: Any, context: BackendContext) -> None:
        super().__init__(settings, context)
        self._listener: Any = None
        self._controller: Any = None
        self._buttons = 0
        self._recording = threading.Event()

    def open(self, receive: Receive[NativeMouse]) -> None:
        """Start pynput's listener, and return when it listens.

        Raises:
            BackendUnavailableError: if pynput can't be used here.
        """
        super().open(receive)
        try:
            # Imported here: without a display the import itself raises.
            from pynput import mouse
        except Exception as error:  # pynput raises what its backends raise
            raise BackendUnavailableError(
                f"pynput can't be used here: {type(error).__name__}: {error}"
            ) from error
        see_real_pixels()
        self.multi_click_interval_s = system_multi_click_interval()
        self._controller = mouse.Controller()
        self._listener = self._listener_class(mouse.Listener)(
            on_move=self._guarded(self._moved),
            on_click=self._guarded(self._clicked),
            on_scroll=self._guarded(self._scrolled),
        )
        self._listener.start()
        self._listener.wait()
        # pynput calls itself ready before X has begun to record; moves in between would be lost.
        if not self._recording.wait(_START_TIMEOUT_S):
            raise BackendUnavailableError("pynput's listener did not start; see the log")

    def close(self) -> None:
        """Stop pynput's listener."""
        super().close()
        if self._listener is not None:
            self._listener.stop()
            # On X11 pynput's thread notices at the mouse's next event; it is a daemon thread, so
            # nobody needs to wait for that.
            self._listener.join(_STOP_WAIT_S)
        # Both hold connections that they close when they are forgotten.
        self._listener = self._controller = None

    def query(self) -> PointerState:
        """Ask the system where the pointer is; pressed are those whose press was seen."""
        x, y = self._controller.position
        return PointerState(x, y, self._buttons)

    def warp(self, x: int, y: int) -> None:
        """Put the pointer on a pixel."""
        self._controller.position = (x, y)

    def _listener_class(self, listener: Any) -> Any:
        """Return pynput's listener, on X11 with a sign that recording has begun."""
        if not listener.__module__.endswith("_xorg"):
            self._recording.set()
            return listener
        recording = self._recording

        class Listener(listener):  # type: ignore[misc]
            """Notices RECORD's first reply."""

            def _handler(self, events: Any) -> None:
                if events.category == _START_OF_DATA:
                    recording.set()
                super()._handler(events)

        return Listener

    def _guarded(self, handle: Callable[..., NativeMouse | None]) -> Callable[..., None]:
        """Stamp the arrival first, and report what raises instead of losing the thread."""

        def callback(*args: Any) -> None:
            arrival = self.context.clock.now()
            try:
                native = handle(arrival, *args)
                if native is not None:
                    self.receive([native])
            except Exception as error:  # noqa: BLE001 - the boundary to pynput's thread
                self.context.failed(
                    f"an event could not be taken: {type(error).__name__}: {error}",
                    traceback.format_exc(),
                )

        return callback

    def _moved(self, arrival: float, x: float, y: float, *_: Any) -> NativeMouse:
        return NativeMouse(MOVE, x, y, arrival)

    def _clicked(
        self, arrival: float, x: float, y: float, button: Any, pressed: bool, *_: Any
    ) -> NativeMouse | None:
        bit = _BITS.get(button.name, 0)
        if not bit:
            return None
        self._buttons = self._buttons | bit if pressed else self._buttons & ~bit
        return NativeMouse(PRESS if pressed else RELEASE, x, y, arrival, button=bit)

    def _scrolled(
        self, arrival: float, x: float, y: float, dx: float, dy: float, *_: Any
    ) -> NativeMouse | None:
        if not int(dx) and not int(dy):
            return None
        return NativeMouse(SCROLL, x, y, arrival, dx=int(dx), dy=int(dy))


def see_real_pixels() -> None:
    """Have Windows tell this process real pixels, also on scaled desktops.

    Otherwise events come in real pixels and questions are answered in scaled ones. Does nothing
    on other systems, nor where it was decided before. Written to
    https://learn.microsoft.com/windows/win32/api/shellscalingapi; not tested by this project.
    """
    if sys.platform == "win32":
        import ctypes  # only here: other systems need no foreign functions

        per_monitor = 2
        ctypes.windll.shcore.SetProcessDpiAwareness(per_monitor)


def system_multi_click_interval() -> float | None:
    """Return the seconds in which the system counts clicks together, None if it has no such."""
    if sys.platform == "win32":
        import ctypes  # only here: other systems need no foreign functions

        return float(ctypes.windll.user32.GetDoubleClickTime()) / 1000
    if sys.platform == "darwin":
        from AppKit import NSEvent  # pynput on macOS depends on it

        return float(NSEvent.doubleClickInterval())
    return None
