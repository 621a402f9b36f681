"""A real X server for tests, and fingers from outside that press its keys."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from typing import Any

from Xlib import XK, X, display
from Xlib.ext import xtest

for _group in ("greek", "cyrillic"):
    XK.load_keysym_group(_group)


@contextlib.contextmanager
def xvfb(*arguments: str) -> Iterator[str]:
    """Run an Xvfb on a free number; yields its display name and ends it."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-nolisten", "tcp", "-noreset", *arguments],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


class Injector:
    """Injects input by XTest, as another program would.

    Args:
        name: the display's name.
    """

    def __init__(self, name: str) -> None:
        self.display: Any = display.Display(name)

    def keycode(self, name: str) -> int:
        """Return the keycode of a keysym given by its X name."""
        code: int = self.display.keysym_to_keycode(XK.string_to_keysym(name))
        assert code, f"no key gives {name}"
        return code

    def press(self, name: str) -> float:
        """Press a key; returns the ``perf_counter`` reading just before it was injected."""
        return self._fake(X.KeyPress, self.keycode(name))

    def release(self, name: str) -> float:
        """Release a key; returns the ``perf_counter`` reading just before it was injected."""
        return self._fake(X.KeyRelease, self.keycode(name))

    def tap(self, *names: str) -> None:
        """Press and release keys, one after the other."""
        for name in names:
            self.press(name)
            self.release(name)

    def burst(self, name: str, presses: int) -> None:
        """Press and release a key many times, as fast as the server takes it."""
        code = self.keycode(name)
        for _ in range(presses):
            xtest.fake_input(self.display, X.KeyPress, code)
            xtest.fake_input(self.display, X.KeyRelease, code)
        self.display.sync()

    def close(self) -> None:
        """Disconnect."""
        self.display.close()

    def _fake(self, kind: int, detail: int) -> float:
        self.display.flush()
        before = time.perf_counter()
        xtest.fake_input(self.display, kind, detail)
        self.display.flush()
        self.display.sync()
        return before
