"""The objects that `getKeys` and its kin return."""

from __future__ import annotations

from typing import Any, TypeAlias

from iohub_core.constants import EventConstants


class _KeyObject:
    """A key event that equals its key's name.

    Attributes:
        time: when it happened, s.
        id: the event's number.
        type: `KEYBOARD_PRESS` or `KEYBOARD_RELEASE`.
        type_id: the same as a number.
        key: the key's name.
        char: the character it typed, or empty.
        modifiers: names of the modifiers held.
        device: the view of the keyboard it came from.
        confidence_interval: half-width of the interval that holds the true time, s.
        event: the whole event as a namedtuple.
    """

    __slots__ = (
        "char",
        "confidence_interval",
        "device",
        "event",
        "id",
        "key",
        "modifiers",
        "time",
        "type",
        "type_id",
    )

    def __init__(self, event: Any, device: Any) -> None:
        self.event = event
        self.device = device
        self.time: float = event.time
        self.id: int = event.event_id
        self.type_id: int = event.type
        self.type: str = EventConstants.getName(event.type)
        self.key: str = event.key
        self.char: str = event.char
        self.modifiers: list[str] = event.modifiers
        self.confidence_interval: float = event.confidence_interval

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return self.key == other
        return self is other

    def __hash__(self) -> int:
        return hash(self.key)  # equal to its key's name, so it must have the name's hash

    def __str__(self) -> str:
        return self.key


class KeyboardPress(_KeyObject):
    """A key went down."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<KeyboardPress {self.key!r} at {self.time:.4f} s>"


class KeyboardRelease(_KeyObject):
    """A key went up.

    Attributes:
        duration: how long it was held, s; 0 if its press was not seen.
        pressEventID: the number of its press event; 0 if that was not reported.
    """

    __slots__ = ("duration", "pressEventID")

    def __init__(self, event: Any, device: Any) -> None:
        super().__init__(event, device)
        self.duration: float = event.duration
        self.pressEventID: int = event.press_event_id

    def __repr__(self) -> str:
        return f"<KeyboardRelease {self.key!r} at {self.time:.4f} s, held {self.duration:.3f} s>"


KeyEvent: TypeAlias = KeyboardPress | KeyboardRelease


def key_object(event: Any, device: Any) -> KeyEvent:
    """Return the object for a key event."""
    if event.type == EventConstants.KEYBOARD_PRESS:
        return KeyboardPress(event, device)
    return KeyboardRelease(event, device)
