"""One fault of a configuration, said so that it can be mended without looking anything up."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import attrs


@attrs.frozen
class Problem:
    """A fault and where it stands.

    Attributes:
        source: the file's path, or the call whose keywords are meant.
        line: line in the file, counted from 1; 0 where there are no lines.
        path: where in the settings, e.g. ``monitor_devices[0].Keyboard.event_buffer_length``.
        message: what is wrong, with the value found, what is allowed and the nearest name.
    """

    source: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}" if self.line else self.source
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


def shown(value: Any, limit: int = 80) -> str:
    """Return ``repr(value)``, shortened to ``limit`` characters."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def nearest(name: object, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the known name nearest to ``name``, or an empty string."""
    by_folded = {one.casefold(): one for one in known}
    match = difflib.get_close_matches(str(name).casefold(), list(by_folded), n=1, cutoff=0.6)
    return f"; did you mean {by_folded[match[0]]!r}?" if match else ""
