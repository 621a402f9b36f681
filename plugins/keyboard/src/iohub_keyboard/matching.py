"""Which of the unread key events a call asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from iohub_keyboard.keys import KeyboardRelease, KeyEvent

Names: TypeAlias = str | Iterable[str] | None


def matcher(
    keys: Names,
    chars: Names,
    ignore: Names,
    mods: Names,
    duration: float | None,
    etype: int | None,
) -> Callable[[KeyEvent], bool]:
    """Return what tells the events a call asks for from the others."""
    tests: list[Callable[[KeyEvent], bool]] = []
    wanted, typed, ignored, held = _names(keys), _names(chars), _names(ignore), _names(mods)
    if etype is not None:
        tests.append(lambda event: event.type_id == etype)
    if wanted is not None:
        tests.append(lambda event: event.key in wanted)
    if typed is not None:
        tests.append(lambda event: event.char in typed)
    if ignored is not None:
        tests.append(lambda event: event.key not in ignored)
    if held is not None:
        tests.append(lambda event: held.issubset(event.modifiers))
    if duration is not None:
        tests.append(lambda event: _held_for(event, duration))
    return lambda event: all(test(event) for test in tests)


def _held_for(event: KeyEvent, duration: float) -> bool:
    if not isinstance(event, KeyboardRelease):
        return False
    return event.duration >= duration if duration >= 0 else event.duration < -duration


def _names(given: Names) -> frozenset[str] | None:
    if given is None:
        return None
    return frozenset([given]) if isinstance(given, str) else frozenset(given)
