"""What a parser finds, and what every parser can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import attrs


@attrs.define(slots=True)
class Message:
    """A message found in the stream.

    Attributes:
        start: place of its first byte (of its prefix, if it has one) in the stream, from 0.
        data: its bytes, without prefix and delimiter.
        overlong: True if it was cut because its end did not come.
        time: hub time the parser function gave it, or None: then the first byte's counts.
    """

    start: int
    data: bytes
    overlong: bool = False
    time: float | None = None


F = TypeVar("F")


class Parser(Generic[F]):
    """Finds things of type ``F`` in a stream.

    Attributes:
        overlong: how many messages were cut because their end did not come.
        skipped: how many bytes belonged to no message (before a prefix, or lost by a reset).
    """

    def __init__(self) -> None:
        self.overlong = 0
        self.skipped = 0

    def feed(self, data: bytes, read_time: float) -> Sequence[F]:
        """Take the next bytes of the stream; return what was completed by them.

        Args:
            data: the bytes, at least one.
            read_time: hub time at which they were read; only parser functions look at it.
        """
        raise NotImplementedError

    def reset(self) -> None:
        """Forget an unfinished message: the bytes that follow don't belong to it."""

    def pending_start(self) -> int | None:
        """Return where an unfinished message begins, or None: older times are not needed."""
        return None
