"""Sessions: which one is meant, and what is noted of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from iohub_core.config.problems import nearest


def find_session(listed: Sequence[tuple[str, int]], wanted: int | str, file_name: str) -> int:
    """Return the number of a session.

    A text is a code first: sessions are often coded by numbers that are not theirs in the file.

    Args:
        listed: code and number of each session.
        wanted: a code, a number, or a number as text where no session has that code.
        file_name: for the error.

    Raises:
        KeyError: if there is none, or two experiments have one of that code.
    """
    if isinstance(wanted, str):
        found = [number for code, number in listed if code == wanted]
        if not found and wanted.isdecimal():
            found = [number for _, number in listed if number == int(wanted)]
    else:
        found = [number for _, number in listed if number == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise KeyError(f"sessions {found} are all called {wanted!r}; give the number")
    known = [code for code, _ in listed]
    raise KeyError(
        f"no session {wanted!r} in {file_name}{nearest(wanted, known)} "
        f"(sessions: {', '.join(known)})"
    )


def details_of(text: str) -> dict[str, Any]:
    """Return the object in a cell; details of some columns are JSON within JSON."""
    found: dict[str, Any] = json.loads(text) if text else {}
    for key, value in found.items():
        if isinstance(value, str) and value[:1] in {"{", "["}:
            found[key] = json.loads(value)
    return found
