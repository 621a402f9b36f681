"""The time that an export counts from."""

from __future__ import annotations

from typing import Any

from iohub_datastore.errors import DataStoreError

SESSION, CLOCK = "session", "clock"
# Kind of time zero -> (event class, column that is compared with its text).
TRIGGERS = {
    "message": ("MessageEvent", "text"),
    "key": ("KeyboardPressEvent", "key"),
    "serial": ("SerialInputEvent", "data"),
}


def zero_of(file: Any, session: int, declared: str) -> float:
    """Return the hub time that counts as 0 s.

    Args:
        file: the open data file.
        session: the session's number.
        declared: ``session`` (its first event), ``clock`` (the experiment's own zero),
            ``message:TEXT`` (the first message that begins with TEXT), ``key:NAME`` (the first
            press of a key, as scanners send them) or ``serial:TEXT`` (the first input at a serial
            port that begins with TEXT).

    Raises:
        DataStoreError: if there is no such event.
    """
    if declared == CLOCK:
        return 0.0
    if declared == SESSION:
        return _first_event(file, session)
    kind, _, text = declared.partition(":")
    if kind not in TRIGGERS or not text:
        raise DataStoreError(
            f"the time zero {declared!r} is none of session, clock, message:TEXT, key:NAME, "
            "serial:TEXT"
        )
    return _trigger(file, session, kind, text)


def _first_event(file: Any, session: int) -> float:
    tables = dict.fromkeys(one.path.rsplit("/", 1)[1] for one in file.classes)
    times = [file.events(one, session, columns=["time"], names=False)["time"] for one in tables]
    firsts = [float(one.iloc[0]) for one in times if len(one)]
    if not firsts:
        raise DataStoreError(f"session {session} has no events, so nothing to count from")
    return min(firsts)


def _trigger(file: Any, session: int, kind: str, text: str) -> float:
    class_name, column = TRIGGERS[kind]
    if not any(one.name == class_name for one in file.classes):
        raise DataStoreError(f"there is no {kind} in this file to count from")
    events = file.events(class_name, session, columns=["time", column], names=False)
    values = [_text(one) for one in events[column]]
    whole = kind == "key"
    matches = [one == text if whole else one.startswith(text) for one in values]
    if not any(matches):
        known = ", ".join(repr(one) for one in values[:5])
        verb = "is" if whole else "begins with"
        raise DataStoreError(f"no {kind} of session {session} {verb} {text!r} (first: {known})")
    return float(events["time"].iloc[matches.index(True)])


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
