"""Presses and releases folded into one row each: onset and duration."""

from __future__ import annotations

from typing import Any

PRESS_TYPES = ("KEYBOARD_PRESS", "MOUSE_BUTTON_PRESS")


def folded_keys(events: Any) -> Any:
    """Return one row a key press, with the duration of its release.

    Args:
        events: all keyboard events of a session, as a DataFrame with `type_name`.

    Returns:
        The presses with a `duration` column in s; NaN where the release was not seen. Repeats of a
        held key are left out, they belong to their first press.
    """
    presses = events[(events["type_name"] == "KEYBOARD_PRESS") & (events["auto_repeated"] == 0)]
    releases = events[events["type_name"] == "KEYBOARD_RELEASE"]
    releases = releases[releases["press_event_id"] > 0]
    durations = dict(
        zip(
            releases["press_event_id"],
            releases["time"],
            strict=True,
        )
    )
    folded = presses.copy()
    ends = folded["event_id"].map(durations)
    folded["duration"] = ends - folded["time"]
    return folded
