"""Changes from one byte to the next, for boxes that send their state over and over."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from iohub_serial.parsers.message import Parser


@attrs.define(slots=True)
class Change:
    """A byte that differs from the one before it.

    Attributes:
        start: its place in the stream, counted from 0.
        previous: the byte before.
        current: the byte.
    """

    start: int
    previous: int
    current: int


class ByteDiffParser(Parser[Change]):
    """Finds the bytes that differ from the one before.

    Args:
        first: what counts as the byte before the first, or None: then the first is no change.
    """

    def __init__(self, first: int | None = None) -> None:
        super().__init__()
        self.last = first
        self._start = 0

    def feed(self, data: bytes, read_time: float) -> Sequence[Change]:
        """Take the next bytes; return the changes among them."""
        found = []
        last = self.last
        # A box that streams its state sends the same byte for seconds on end.
        if last is None or data.count(last) != len(data):
            for place, byte in enumerate(data, self._start):
                if byte != last:
                    if last is not None:
                        found.append(Change(place, last, byte))
                    last = byte
        self._start += len(data)
        self.last = last
        return found
