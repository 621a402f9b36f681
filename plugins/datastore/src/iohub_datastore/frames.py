"""The journal's frames: how they are made, found valid, and decoded.

A frame is a head of five little-endian 32-bit numbers (:data:`MARK`, kind, sequence number from 0,
length of the payload, CRC) and the payload. The CRC (CRC-32 as in zlib) covers the head's first
16 bytes and the payload. Payloads are MessagePack.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import attrs
import msgspec

from iohub_datastore.errors import JournalError
from iohub_datastore.layout import EventLayout, TableLayout

MAGIC = b"IOHUBJ1\n"
MARK = 0x4AF16F69
FORMAT_VERSION = 1

HEAD = struct.Struct("<4I")
_CRC = struct.Struct("<I")
HEAD_BYTES = HEAD.size + _CRC.size
MAX_PAYLOAD = 1 << 28
MARK_BYTES = struct.pack("<I", MARK)


class Kind(IntEnum):
    """What a frame's payload is."""

    HEADER = 1
    EVENTS = 2
    CLASSES = 3
    TRIAL_TABLE = 4
    TRIAL_ROW = 5
    END = 6


@attrs.frozen(kw_only=True)
class Header:
    """The journal's first frame: all that is known when the session starts.

    Attributes:
        format_version: version of the journal's format.
        uid: a random text that names this session once and for all.
        experiment: code, title, description and version of the experiment.
        session: code, name, comments and ``user_variables`` (JSON text) of the session.
        layout: the session's event classes and tables.
        software: versions and settings, kept with the data: JSON text by name.
        created: when the session started, ISO 8601 with the offset from UTC.
        flush_interval: events after which the file is flushed.
        sync_interval_s: most seconds of data that a power loss may cost.
        compress_at_close: whether the file's tables are compressed when it is closed.
        file_may_exist: False if the session must not be added to an existing file.
    """

    format_version: int = FORMAT_VERSION
    uid: str
    experiment: dict[str, str]
    session: dict[str, str]
    layout: EventLayout
    software: dict[str, str] = attrs.field(factory=dict)
    created: str = ""
    flush_interval: int = 32
    sync_interval_s: float = 1.0
    compress_at_close: bool = False
    file_may_exist: bool = True


def frame(kind: int, sequence: int, payload: bytes) -> bytes:
    """Return a whole frame."""
    head = HEAD.pack(MARK, kind, sequence & 0xFFFFFFFF, len(payload))
    return b"".join((head, _CRC.pack(zlib.crc32(payload, zlib.crc32(head))), payload))


def array_of(records: Sequence[bytes]) -> bytes:
    """Return one MessagePack array of values that are encoded already."""
    count = len(records)
    if count < 16:
        start = bytes((0x90 | count,))
    elif count < 65536:
        start = b"\xdc" + count.to_bytes(2, "big")
    else:
        start = b"\xdd" + count.to_bytes(4, "big")
    return start + b"".join(records)


@attrs.frozen(kw_only=True)
class Damage:
    """A stretch of a journal that is no valid frame.

    Attributes:
        offset: its first byte.
        length: its bytes.
        lost_frames: frames known to be missing, from the sequence numbers around it; None if the
            damage reaches to the end of the file.
    """

    offset: int
    length: int
    lost_frames: int | None

    def __str__(self) -> str:
        lost = "an unknown number of" if self.lost_frames is None else str(self.lost_frames)
        return f"{self.length} bytes at byte {self.offset} are damaged ({lost} frames lost)"


@attrs.frozen
class Frame:
    """A frame that was found valid."""

    kind: int
    sequence: int
    payload: bytes

    def value(self) -> Any:
        """Return the decoded payload.

        Raises:
            JournalError: if it is no MessagePack, which a valid CRC makes next to impossible.
        """
        try:
            return msgspec.msgpack.decode(self.payload)
        except msgspec.DecodeError as error:
            raise JournalError(f"frame {self.sequence} can't be decoded: {error}") from error


def split_frames(data: bytes | memoryview, start: int = 0) -> tuple[list[Frame], int]:
    """Return the valid frames from ``start`` on, and the offset where they end.

    What stands there is the end of the data, a frame that is not complete yet, or damage.
    """
    view = memoryview(data)
    found: list[Frame] = []
    while True:
        one = frame_at(view, start)
        if one is None:
            return found, start
        found.append(one)
        start += HEAD_BYTES + len(one.payload)


def frame_at(view: memoryview, offset: int) -> Frame | None:
    """Return the valid frame that begins at an offset, or None."""
    if len(view) - offset < HEAD_BYTES:
        return None
    mark, kind, sequence, length = HEAD.unpack_from(view, offset)
    if mark != MARK or length > MAX_PAYLOAD or offset + HEAD_BYTES + length > len(view):
        return None
    (crc,) = _CRC.unpack_from(view, offset + HEAD.size)
    payload = view[offset + HEAD_BYTES : offset + HEAD_BYTES + length]
    if zlib.crc32(payload, zlib.crc32(view[offset : offset + HEAD.size])) != crc:
        return None
    return Frame(kind, sequence, bytes(payload))


def next_frame_offset(data: bytes, start: int) -> int | None:
    """Return the offset of the first valid frame at or after ``start``, or None."""
    view = memoryview(data)
    while True:
        start = data.find(MARK_BYTES, start)
        if start < 0:
            return None
        if frame_at(view, start) is not None:
            return start
        start += 1


def decode_header(payload: bytes) -> Header:
    """Return the header a payload holds.

    Raises:
        JournalError: if it is of a newer format, or not a header.
    """
    try:
        version = msgspec.msgpack.decode(payload)["format_version"]
        if version > FORMAT_VERSION:
            raise JournalError(
                f"the journal has format {version}, this iohub-datastore reads up to "
                f"{FORMAT_VERSION}; use the version that wrote it or a newer one"
            )
        return msgspec.msgpack.decode(payload, type=Header)
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise JournalError(f"the journal's header can't be decoded: {error}") from error


def decode_event_rows(payload: bytes) -> list[list[Any]]:
    """Return the rows of an ``EVENTS`` frame."""
    return _decode_rows(payload)


_decode_rows = msgspec.msgpack.Decoder(list[list[Any]]).decode


def decode_layout(payload: bytes) -> EventLayout:
    """Return the event classes of a ``CLASSES`` frame."""
    return msgspec.msgpack.decode(payload, type=EventLayout)


def decode_table(payload: bytes) -> TableLayout:
    """Return the table of a ``TRIAL_TABLE`` frame."""
    return msgspec.msgpack.decode(payload, type=TableLayout)
