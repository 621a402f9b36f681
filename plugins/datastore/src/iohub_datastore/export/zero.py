"""The time that an export counts from."""

from __future__ import annotations

from typing import Any

from iohub_datastore.errors import DataStoreError

SESSION, CLOCK = "session", "clock"


def zero_of(file: Any, session: int, declared: str) -> float:
    """Return the hub time that counts as 0 s.

    Args:
        file: the open data file.
        session: the session's number.
        declared: ``session`` (its first event), ``clock`` (the experiment's own zero), or
            ``message:TEXT`` (the first message that begins with TEXT).

    Raises:
        DataStoreError: if there is no such message or event.
    """
    if declared == CLOCK:
        return 0.0
    if declared == SESSION:
        times = [
            file.events(one.type_id, session, columns=["time"], names=False)["time"]
            for one in file.classes
        ]
        firsts = [float(one.iloc[0]) for one in times if len(one)]
        if not firsts:
            raise DataStoreError(f"session {session} has no events, so nothing to count from")
        return min(firsts)
    kind, _, text = declared.partition(":")
    if kind != "message" or not text:
        raise DataStoreError(f"the time zero {declared!r} is none of session, clock, message:TEXT")
    messages = file.messages(session)
    found = messages[messages["text"].str.startswith(text)]
    if found.empty:
        known = ", ".join(repr(one) for one in messages["text"].head(5))
        raise DataStoreError(
            f"no message of session {session} begins with {text!r} (first: {known})"
        )
    return float(found["time"].iloc[0])
