"""What a virtual participant's fingers do, written down for the virtual keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iohub_keyboard.layout import needs_shift


def typing(
    keys: Sequence[str],
    duration: float,
    delay: float,
    interval: float,
    modifiers: Sequence[str],
    *,
    press: bool,
    release: bool,
) -> list[dict[str, Any]]:
    """Return the actions that type keys; the arguments are those of ``Keyboard.simulate``."""
    actions: list[dict[str, Any]] = []

    def act(key: str, at: float, *, pressed: bool) -> None:
        actions.append({"key": key, "at": at, "pressed": pressed})

    at = delay
    if press:
        for modifier in modifiers:
            act(modifier, at, pressed=True)
    for key in keys:
        shift = len(key) == 1 and needs_shift(key)
        if press:
            if shift:
                act("lshift", at, pressed=True)
            act(key, at, pressed=True)
        if release:
            end = at + (duration if press else 0.0)
            act(key, end, pressed=False)
            if shift and press:
                act("lshift", end, pressed=False)
            at = end
        at += interval
    if release:
        for modifier in reversed(modifiers):
            act(modifier, max(delay, at - interval), pressed=False)
    return actions
