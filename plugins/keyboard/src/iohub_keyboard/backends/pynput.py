"""Keyboards through pynput: the portable backend.

pynput's callbacks carry no time stamp and fold keypad keys together. On X11 the native event is
at hand one method earlier, in the listener's private ``_handle_message``, with the server's time,
keycode and state; that is used there (and a test notices when pynput changes it). Elsewhere the
arrival is the best time there is, and ``confidence_interval`` stays 0 for "not known".
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from iohub_core.clocksync import ClockConverter
from iohub_core.devices.backend import BackendContext, Receive
from iohub_core.errors import BackendUnavailableError
from iohub_keyboard.backends.usable import X11_MODULE
from iohub_keyboard.keynames import KEYSYM_BY_NAME, keysym_of_character
from iohub_keyboard.native import KeyboardBackend, NativeKey

_START_OF_DATA = 4  # category of RECORD's first reply: from here on, events are recorded
_START_TIMEOUT_S = 2.0
# Native X events need iohub-x11; without it X11 is like any other system here.
ON_X11 = sys.platform.startswith("linux") and find_spec(X11_MODULE) is not None
# On X11 pynput's thread notices its end at the next key; it is a daemon, nobody needs to wait.
_STOP_WAIT_S = 0.1

# pynput's names of keys that type nothing -> legacy names, where they differ.
_NAMES = {
    "alt": "lalt",
    "alt_l": "lalt",
    "alt_r": "ralt",
    "alt_gr": "ralt",
    "caps_lock": "capslock",
    "cmd": "lcmd",
    "cmd_l": "lcmd",
    "cmd_r": "rcmd",
    "ctrl": "lctrl",
    "ctrl_l": "lctrl",
    "ctrl_r": "rctrl",
    "enter": "return",
    "esc": "escape",
    "num_lock": "numlock",
    "page_down": "next",
    "page_up": "prior",
    "print_screen": "print",
    "scroll_lock": "scrolllock",
    "shift": "lshift",
    "shift_l": "lshift",
    "shift_r": "rshift",
}


class PynputKeyboard(KeyboardBackend):
    """Every key of all keyboards together."""

    def __init__(self, settings: Any, context: BackendContext) -> None:
        super().__init__(settings, context)
        self._listener: Any = None
        self._x11: Any = None
        self._recording = threading.Event()

    def converter(self) -> ClockConverter | None:
        """Return the converter of the X server's milliseconds; None on other systems."""
        if not ON_X11:
            return None
        return ClockConverter(
            tick_s=0.001,
            resolution_s=0.001,
            wrap=2**32,
            monotonic_zero=self.context.clock.zero,
        )

    def open(self, receive: Receive[NativeKey]) -> None:
        """Start listening.

        Raises:
            BackendUnavailableError: if pynput can't listen here.
        """
        super().open(receive)
        try:
            from pynput import keyboard
        except Exception as error:
            raise BackendUnavailableError(
                f"pynput can't work here: {type(error).__name__}: {error}"
            ) from error
        if ON_X11:
            from iohub_keyboard.backends.pynput_x11 import X11Translator

            self._x11 = X11Translator(self.context.clock.now)
        self._listener = self._make_listener(keyboard)
        self._listener.daemon = True
        self._listener.start()
        self._listener.wait()
        # pynput calls itself ready before X has begun to record; keys in between would be lost.
        recording = not ON_X11 or self._recording.wait(_START_TIMEOUT_S)
        if not self._listener.running or not recording:
            raise BackendUnavailableError("pynput's listener did not start; see the log")

    def close(self) -> None:
        """Stop listening."""
        super().close()
        if self._listener is not None:
            self._listener.stop()
            self._listener.join(_STOP_WAIT_S)
        if self._x11 is not None:
            self._x11.close()

    def keys_down(self) -> Mapping[int, int] | None:
        """Ask the X server which keys are down; None on other systems."""
        down: Mapping[int, int] | None = None if self._x11 is None else self._x11.keys_down()
        return down

    def focus(self) -> tuple[int, int] | None:
        """Ask the X server, or Windows, for the focus; None elsewhere."""
        if self._x11 is not None:
            found: tuple[int, int] = self._x11.query.focus()
            return found
        return _windows_focus() if sys.platform == "win32" else None

    def _make_listener(self, keyboard: Any) -> Any:
        backend = self

        class Listener(keyboard.Listener):  # type: ignore[misc]
            """pynput's listener, with the native event taken where it can be had."""

            def _handler(self, events: Any) -> None:
                if events.category == _START_OF_DATA:
                    backend._recording.set()
                super()._handler(events)

            def _handle_message(self, display: Any, event: Any, injected: bool) -> None:
                backend._guarded(lambda: backend.receive(backend._x11.natives(event)))

        if ON_X11:
            return Listener()
        return keyboard.Listener(
            on_press=lambda key: self._portable(key, pressed=True),
            on_release=lambda key: self._portable(key, pressed=False),
        )

    def _portable(self, key: Any, *, pressed: bool) -> None:
        arrival = self.context.clock.now()
        self._guarded(lambda: self.receive([native_from(key, arrival, pressed=pressed)]))

    def _guarded(self, step: Any) -> None:
        """Keep a fault from ending pynput's thread in silence."""
        try:
            step()
        except Exception as error:  # noqa: BLE001 - in a foreign thread; reported
            self.context.failed(
                f"a key could not be handled: {type(error).__name__}: {error}",
                traceback.format_exc(),
            )


def native_from(key: Any, arrival: float, *, pressed: bool) -> NativeKey:
    """Return what pynput's key object says: a ``Key`` (by name) or a ``KeyCode``."""
    name = getattr(key, "name", None)
    code = getattr(key, "value", key)
    char = getattr(code, "char", None) or ""
    number = getattr(code, "vk", None) or 0
    if name is not None:
        legacy = _NAMES.get(name, name)
        keysym = 0x20 if legacy == "space" else KEYSYM_BY_NAME.get(legacy, number)
        char = " " if legacy == "space" else ""
    else:
        plain = char.lower() if len(char.lower()) == 1 else char
        keysym = keysym_of_character(plain) if len(plain) == 1 else number
    return NativeKey(
        pressed=pressed, scan_code=number or keysym, keysym=keysym, char=char, arrival=arrival
    )


def _windows_focus() -> tuple[int, int]:
    """Return the foreground window and its process."""
    import ctypes  # only here: other systems need no foreign functions

    user32: Any = getattr(ctypes, "windll").user32  # noqa: B009 - unknown to type checkers elsewhere
    window = user32.GetForegroundWindow()
    process = ctypes.c_ulong()
    user32.GetWindowThreadProcessId(window, ctypes.byref(process))
    return int(window or 0), int(process.value)
