"""The contract of an event buffer: written in the hub, read in the script."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import attrs

Record = tuple[bytes, float, float]
"""An encoded event, its ``time``, and its ``confidence_interval``."""


@attrs.frozen(kw_only=True)
class BufferSpec:
    """What buffer is wanted.

    Attributes:
        name: the device's name, or ``global``.
        capacity: the most unread events it keeps.
        max_record_bytes: the most bytes one encoded event can take, as far as is known.
        folder: the session's private folder, for buffers that live in a file.
    """

    name: str
    capacity: int
    max_record_bytes: int
    folder: Path


@attrs.frozen(kw_only=True)
class BufferStatus:
    """How full a buffer is and what it has lost.

    Attributes:
        name: the device's name, or ``global``.
        capacity: the most unread events it keeps.
        unread: events waiting for the script.
        written: events put in since the hub started.
        dropped: events the script will never read because newer ones took their place.
    """

    name: str
    capacity: int
    unread: int
    written: int
    dropped: int


@attrs.frozen(kw_only=True)
class OverflowReport:
    """Told to plugins by ``iohub_buffer_overflowed``.

    Attributes:
        buffer: the buffer's name.
        dropped: events dropped since the hub started.
        new: events dropped since the last report.
        capacity: the buffer's size; the setting to raise is ``event_buffer_length`` of the
            device, or ``global_event_buffer``.
    """

    buffer: str
    dropped: int
    new: int
    capacity: int


@attrs.frozen(kw_only=True)
class ReaderAddress:
    """How the script finds the reading end.

    Attributes:
        reader: reference ``package.module:name`` of the reader class.
        options: keyword arguments for it; MessagePack types.
    """

    reader: str
    options: dict[str, Any]


class EventBuffer(Protocol):
    """The writing end, in the hub. One thread at a time calls it."""

    name: str
    capacity: int

    def append(self, records: Sequence[Record]) -> None:
        """Put events in; when full, the oldest go, and are counted if they were not read."""
        ...

    def written(self) -> int:
        """Return how many events were put in so far."""
        ...

    def dropped(self) -> int:
        """Return how many events the script will never read. Cheap; asked after every batch."""
        ...

    def status(self) -> BufferStatus:
        """Return the counters."""
        ...

    def reader_address(self) -> ReaderAddress:
        """Return how the script makes its reading end."""
        ...

    def close(self) -> None:
        """Give the memory back."""
        ...


class BufferReader(Protocol):
    """The reading end, in the script. Several threads may call it."""

    name: str
    capacity: int

    def has_new(self) -> bool:
        """Return whether there is anything unread. Asked every frame, so it has to be cheap."""
        ...

    def take(self) -> list[bytes]:
        """Remove and return the unread events, as encoded; empty at once if there are none."""
        ...

    def peek(self) -> list[bytes]:
        """Return the unread events and leave them."""
        ...

    def clear(self, now: float) -> None:
        """Forget the unread events, and every later one that happened before ``now``."""
        ...

    def written(self) -> int:
        """Return how many events the hub has put in so far."""
        ...

    def status(self) -> BufferStatus:
        """Return the counters."""
        ...

    def close(self) -> None:
        """Give the memory back."""
        ...
