"""Pressing keys of an X server from outside, by the XTEST extension; for self-tests."""

from __future__ import annotations

from typing import Any

from Xlib import X
from Xlib.ext import xtest

from iohub_x11.keys import KeysUnreadableError, connect

CONTROL_R = 0xFFE4
"""A key that does nothing by itself, on any desktop."""


class KeyInjector:
    """Presses and releases one key.

    Args:
        keysym: the key, as X names it.
        display_name: the X server, None for the one that DISPLAY names.

    Raises:
        KeysUnreadableError: if the server can't be reached, has no XTEST, or no such key.
    """

    def __init__(self, keysym: int = CONTROL_R, display_name: str | None = None) -> None:
        self._connection: Any = connect(display_name)
        self._keycode: int = self._connection.keysym_to_keycode(keysym)
        if not self._connection.has_extension("XTEST") or not self._keycode:
            self._connection.close()
            raise KeysUnreadableError("the X server has no XTEST extension, or lacks the key")

    def press(self) -> None:
        """Have the key go down; returns when that was sent."""
        self._fake(X.KeyPress)

    def release(self) -> None:
        """Have the key go up; returns when that was sent."""
        self._fake(X.KeyRelease)

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()

    def _fake(self, kind: int) -> None:
        xtest.fake_input(self._connection, kind, self._keycode)
        self._connection.flush()
