"""A session's events as rows of a BIDS table, and what the sidecar says of its columns."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from iohub_core.event import DeviceEvent, columns_of
from iohub_datastore.export.folding import folded_buttons, folded_keys
from iohub_datastore.layout import ColumnLayout

MISSING = "n/a"

COLUMNS: dict[str, dict[str, Any]] = {
    "onset": {"Description": "Time of the event since the declared zero.", "Units": "s"},
    "duration": {
        "Description": "How long a key or button was held; 0 for events without a duration; n/a "
        "where the release was not seen.",
        "Units": "s",
    },
    "trial_type": {"LongName": "Kind of event", "Description": "What happened."},
    "value": {"Description": "The message, the key's name, the button's number, the data."},
    "category": {"Description": "The message's category; n/a for other events."},
    "confidence_interval": {
        "Description": "Half-width of the interval around onset that holds the true time with at "
        "least 95 % probability; n/a where it is not known.",
        "Units": "s",
    },
    "device_id": {"Description": "Number of the physical device; 0 where it can't be told."},
    "event_id": {"Description": "Number of the event in the session's data file."},
}
LEVELS = {
    "message": "The experiment script sent a message.",
    "key": "A key was pressed.",
    "button": "A mouse button was pressed.",
    "scroll": "The mouse's wheel was turned; value has the clicks.",
    "serial": "A device at a serial port sent something.",
    "box": "A button of a response box was pressed.",
    "log": "Something was logged.",
}
# Tables with a form of their own; every other table is written as it is.
_OWN_FORM = {
    "MessageEvent",
    "KeyboardInputEvent",
    "MouseInputEvent",
    "SerialInputEvent",
    "PstboxButtonEvent",
    "LogEvent",
}
_BASE = [column.name for column in columns_of(DeviceEvent)]


def event_rows(file: Any, session: int, zero: float) -> Any:
    """Return all that happened in a session but the mouse's movements, in order of onset.

    Args:
        file: the open data file.
        session: the session's number.
        zero: the hub time in s that counts as onset 0.
    """
    import pandas as pd

    parts = [
        _part(file, session, "MessageEvent", "message", "text", {"category": "category"}),
        _keys(file, session),
        _mouse_buttons(file, session),
        _scrolls(file, session),
        _part(file, session, "SerialInputEvent", "serial", "data", {}),
        _box_buttons(file, session),
        *_others(file, session),
        _part(file, session, "LogEvent", "log", "text", {}),
    ]
    found = [part for part in parts if part is not None and len(part)]
    if not found:
        return pd.DataFrame(columns=["onset", "duration", "trial_type", "value"])
    table = pd.concat(found, ignore_index=True)
    table["onset"] = (table["onset"] - zero).round(9)
    table["duration"] = table["duration"].round(9)
    table["confidence_interval"] = table["confidence_interval"].replace(0.0, np.nan)
    return table.sort_values("onset", kind="stable").reset_index(drop=True)


def column_descriptions(table: Any) -> dict[str, dict[str, Any]]:
    """Return the sidecar's entry for each column of the table, with the levels that occur."""
    found = {name: dict(about) for name, about in COLUMNS.items() if name in table.columns}
    kinds = dict.fromkeys(table["trial_type"])
    found["trial_type"]["Levels"] = {
        kind: LEVELS.get(kind, f"An event of the type {kind.upper()}; value has its fields.")
        for kind in kinds
    }
    return found


def _has(file: Any, class_name: str) -> bool:
    return any(one.name == class_name for one in file.classes)


def _keys(file: Any, session: int) -> Any:
    if not _has(file, "KeyboardInputEvent"):
        return None
    return _folded(folded_keys(file.events("KeyboardInputEvent", session)), "key", "key")


def _mouse_buttons(file: Any, session: int) -> Any:
    names = ("MouseButtonPressEvent", "MouseButtonReleaseEvent")
    if not all(_has(file, name) for name in names):
        return None
    presses, releases = (file.events(name, session, names=False) for name in names)
    return _buttons(presses, releases, "button", "button_id")


def _box_buttons(file: Any, session: int) -> Any:
    if not _has(file, "PstboxButtonEvent"):
        return None
    events = file.events("PstboxButtonEvent", session, names=False)
    down = events["button_event"] == "press"
    return _buttons(events[down], events[~down], "box", "button")


def _buttons(presses: Any, releases: Any, kind: str, column: str) -> Any:
    import pandas as pd

    events = pd.concat([presses.assign(down=True), releases.assign(down=False)])
    events = events.sort_values(["time", "event_id"], kind="stable")
    return _folded(folded_buttons(events, events["down"], [column, "device_id"]), kind, column)


def _folded(presses: Any, kind: str, column: str) -> Any:
    rows = _columns(presses, kind, column, {})
    rows["duration"] = presses["duration"].to_numpy()
    return rows


def _scrolls(file: Any, session: int) -> Any:
    if not _has(file, "MouseScrollEvent"):
        return None
    events = file.events("MouseScrollEvent", session, names=False)
    return _columns(_with_fields(events, ["scroll_dx", "scroll_dy"]), "scroll", "fields", {})


def _others(file: Any, session: int) -> list[Any]:
    """Return the events of every other table, with their own fields as the value."""
    found = []
    for name in dict.fromkeys(one.path.rsplit("/", 1)[1] for one in file.classes):
        if name in _OWN_FORM:
            continue
        own = [one for one in _names(file.columns(name)) if one not in _BASE]
        events = file.events(name, session)
        for kind, some in events.groupby("type_name", sort=False):
            found.append(_columns(_with_fields(some, own), str(kind).lower(), "fields", {}))
    return found


def _names(columns: list[ColumnLayout]) -> list[str]:
    return [column.name for column in columns]


def _with_fields(events: Any, names: list[str]) -> Any:
    rows = zip(*(events[name] for name in names), strict=True) if names else [()] * len(events)
    texts = [
        " ".join(f"{name}={_cell(one)}" for name, one in zip(names, row, strict=True))
        for row in rows
    ]
    return events.assign(fields=texts)


def _part(
    file: Any, session: int, class_name: str, kind: str, value: str, more: dict[str, str]
) -> Any:
    if not _has(file, class_name):
        return None
    return _columns(file.events(class_name, session), kind, value, more)


def _columns(events: Any, kind: str, value: str, more: dict[str, str]) -> Any:
    import pandas as pd

    rows = pd.DataFrame(
        {
            "onset": events["time"].to_numpy(dtype=float),
            "duration": 0.0,
            "trial_type": kind,
            "value": [_cell(one) for one in events[value]],
        }
    )
    for name, column in more.items():
        rows[name] = [None if one == "" else _cell(one) for one in events[column]]
    for name in ("confidence_interval", "device_id", "event_id"):
        rows[name] = events[name].to_numpy()
    return rows


def _cell(value: Any) -> str:
    """Return a value as text without what would break a line of the table."""
    text = value.hex() if isinstance(value, bytes) else str(value)
    return re.sub(r"[\t\r\n]+", " ", text) or MISSING
