"""Small helpers under their ioHub path."""

from __future__ import annotations

from typing import Any


def hideWindow(win: Any, force: bool = False) -> None:
    """Hide a window, if it is one that can be; otherwise do nothing.

    Args:
        win: a PsychoPy window (its backend window is asked to minimise) or anything else.
        force: kept for ioHub's scripts.
    """
    _ask(win, "minimize")


def showWindow(win: Any, force: bool = False) -> None:
    """Bring a window back to the front, if it is one that can be; otherwise do nothing."""
    _ask(win, "maximize")
    _ask(win, "activate")


def _ask(win: Any, method: str) -> None:
    handle = getattr(win, "winHandle", None)
    action = getattr(handle, method, None)
    if callable(action):
        action()
