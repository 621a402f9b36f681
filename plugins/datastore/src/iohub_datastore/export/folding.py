"""Presses and releases folded into one row each: onset and duration."""

from __future__ import annotations

from typing import Any

import numpy as np


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
    ends = dict(zip(releases["press_event_id"], releases["time"], strict=True))
    folded = presses.copy()
    folded["duration"] = folded["event_id"].map(ends) - folded["time"]
    return folded


def folded_buttons(events: Any, is_press: Any, names: list[str]) -> Any:
    """Return one row a button press, with the duration until the same button's release.

    Args:
        events: the presses and releases in the order of their times, as a DataFrame.
        is_press: for each whether it is a press.
        names: columns that together say which button it is: its number, its device.

    Returns:
        The presses with a `duration` column in s; NaN where no release came before the button's
        next press.
    """
    down = np.asarray(is_press, dtype=bool)
    times = events["time"].to_numpy(dtype=float)
    durations = np.full(len(events), np.nan)
    held: dict[tuple[Any, ...], int] = {}
    buttons = zip(*(events[name] for name in names), strict=True)
    for place, button in enumerate(buttons):
        if down[place]:
            held[button] = place
        elif button in held:
            pressed = held.pop(button)
            durations[pressed] = times[place] - times[pressed]
    folded = events.copy()
    folded["duration"] = durations
    return folded[down]
