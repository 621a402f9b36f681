"""The events of a keyboard."""

from __future__ import annotations

from iohub_core.constants.keyboard import modifier_names
from iohub_core.event import DeviceEvent, column, define_event


@define_event(type_id=20, type_name="KEYBOARD_INPUT", device="keyboard", table=True)
class KeyboardInputEvent(DeviceEvent):
    """What presses and releases have in common; never published itself."""

    auto_repeated: int = column(
        "u2",
        doc="How often the key had repeated itself, being held, when this event happened: 0 for "
        "the press itself, 1 for its first repeat. On a release: how often in all, where the "
        "backend can see repeats.",
    )
    scan_code: int = column(
        "u4", doc="The system's number of the key on the keyboard, whatever is printed on it."
    )
    key_id: int = column(
        "u4",
        doc="The X keysym of the key's first level in the layout in force, or for keys without "
        "one the system's own number.",
    )
    ucode: int = column("u4", doc="Unicode code point of char; 0 if there is none.", missing=0)
    key: str = column(
        "S48",
        doc="The key's name in the keymap that the settings choose; the same for press "
        "and release, with or without Shift.",
    )
    modifiers: int = column(
        "u4",
        doc="Bit mask of the modifiers held and locks in force (ModifierKeyCodes). A modifier's "
        "own press lists it, its own release does not.",
        present=modifier_names,
    )
    window_id: int = column(
        "u8", doc="Number of the window that had the keyboard focus; 0 if not known.", missing=0
    )
    char: str = column(
        "S16", doc="The character the key types with the modifiers in force; empty if none."
    )
    duration: float = column(
        "f4",
        unit="s",
        doc="On a release: how long the key was held; 0 on a press, and on a release whose press "
        "was not seen.",
        missing=0.0,
    )
    press_event_id: int = column(
        "u4",
        doc="On a release: event_id of its press; 0 on a press, and on a release whose press was "
        "not reported.",
        missing=0,
    )


@define_event(type_id=22, type_name="KEYBOARD_PRESS")
class KeyboardPressEvent(KeyboardInputEvent):
    """A key went down."""


@define_event(type_id=23, type_name="KEYBOARD_RELEASE")
class KeyboardReleaseEvent(KeyboardInputEvent):
    """A key went up."""
