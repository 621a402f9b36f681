"""The journal: an append-only file of frames that prove themselves.

The file begins with :data:`MAGIC`. A frame is a head of five little-endian 32-bit numbers
(:data:`MARK`, kind, sequence number from 0, length of the payload, CRC) and the payload. The CRC
(CRC-32 as in zlib) covers the head's first 16 bytes and the payload. The first frame is the
:class:`Header`, and the second its copy; it describes the session and every column, so nothing
else is needed to read the file.

Payloads are MessagePack. An ``EVENTS`` frame holds one array with the events' rows, exactly as
they travel (:mod:`iohub_core.event.codec`), so that appending copies bytes and encodes nothing.
"""

from __future__ import annotations

import os
import struct
import threading
import zlib
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

import attrs
import msgspec

from iohub_datastore.errors import JournalError
from iohub_datastore.layout import EventLayout, TableLayout

MAGIC = b"IOHUBJ1\n"
MARK = 0x4AF16F69
FORMAT_VERSION = 1

_HEAD = struct.Struct("<4I")
_CRC = struct.Struct("<I")
HEAD_BYTES = _HEAD.size + _CRC.size
MAX_PAYLOAD = 1 << 28
MARK_BYTES = struct.pack("<I", MARK)

_encode = msgspec.msgpack.Encoder().encode


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
    head = _HEAD.pack(MARK, kind, sequence & 0xFFFFFFFF, len(payload))
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


class JournalWriter:
    """Appends frames; any thread, one system call a frame.

    Args:
        path: the journal's path; it must not exist.
        header: the first frame.
        sync_each: True makes every frame durable against power loss before ``append`` returns.

    Raises:
        FileExistsError: if there is a journal already.
        OSError: if it can't be made.

    Attributes:
        fd: the open file's descriptor.
        size: bytes that are in the file, all in whole frames.
        frames: frames written.
    """

    def __init__(self, path: Path, header: Header, *, sync_each: bool = False) -> None:
        self.path = path
        self.size = 0
        self.frames = 0
        self._sync_each = sync_each
        self._lock = threading.Lock()
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self.fd = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o666)
        try:
            payload = _encode(msgspec.to_builtins(header))
            # Twice: without a header nothing could be recovered.
            self._write(MAGIC + b"".join(frame(Kind.HEADER, place, payload) for place in (0, 1)))
            self.frames = 2
            os.fsync(self.fd)
        except BaseException:
            os.close(self.fd)
            path.unlink()
            raise

    def append_events(self, records: Sequence[bytes]) -> None:
        """Append encoded events as one frame; they survive a kill when this returns.

        Raises:
            OSError: if the disk is full or the file can't be written; the journal then ends with
                the last whole frame.
        """
        self.append(Kind.EVENTS, array_of(records))

    def append(self, kind: int, payload: bytes) -> None:
        """Append a frame; raises like :meth:`append_events`."""
        with self._lock:
            self._write(frame(kind, self.frames, payload))
            self.frames += 1
            if self._sync_each:
                _datasync(self.fd)

    def append_value(self, kind: int, value: Any) -> None:
        """Append a frame with an encoded value; raises like :meth:`append_events`."""
        self.append(kind, _encode(value))

    def sync(self) -> None:
        """Return when everything appended so far survives a power loss."""
        _datasync(self.fd)

    def close(self) -> None:
        """Close the file; it stays where it is."""
        os.close(self.fd)

    def _write(self, data: bytes) -> None:
        written = 0
        try:
            written = os.write(self.fd, data)
            while written < len(data):  # a nearly full disk takes a part
                written += os.write(self.fd, data[written:])
        except OSError:
            if written:  # a torn frame must not stand before the next one
                os.ftruncate(self.fd, self.size)
            raise
        self.size += written


def _datasync(fd: int) -> None:
    getattr(os, "fdatasync", os.fsync)(fd)


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
        one = _frame_at(view, start)
        if one is None:
            return found, start
        found.append(one)
        start += HEAD_BYTES + len(one.payload)


def _frame_at(view: memoryview, offset: int) -> Frame | None:
    if len(view) - offset < HEAD_BYTES:
        return None
    mark, kind, sequence, length = _HEAD.unpack_from(view, offset)
    if mark != MARK or length > MAX_PAYLOAD or offset + HEAD_BYTES + length > len(view):
        return None
    (crc,) = _CRC.unpack_from(view, offset + _HEAD.size)
    payload = view[offset + HEAD_BYTES : offset + HEAD_BYTES + length]
    if zlib.crc32(payload, zlib.crc32(view[offset : offset + _HEAD.size])) != crc:
        return None
    return Frame(kind, sequence, bytes(payload))


def next_frame_offset(data: bytes, start: int) -> int | None:
    """Return the offset of the first valid frame at or after ``start``, or None."""
    view = memoryview(data)
    while True:
        start = data.find(MARK_BYTES, start)
        if start < 0:
            return None
        if _frame_at(view, start) is not None:
            return start
        start += 1


class JournalReader:
    """Reads a journal from its beginning, as far as it is written; call again for more.

    Args:
        path: the journal.

    Raises:
        JournalError: if its beginning is not that of a journal.
        OSError: if it can't be read.

    Attributes:
        header: the first frame.
        offset: bytes read so far.
    """

    CHUNK = 1 << 22

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        self._expected = 0
        self._rest = b""
        self._file = path.open("rb", buffering=0)
        try:
            self.header = self._read_header()
        except BaseException:
            self._file.close()
            raise

    def fileno(self) -> int:
        """Return the descriptor, for syncing and locking."""
        return self._file.fileno()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read(self) -> list[Frame]:
        """Return whole frames not returned before, a few megabytes at most; empty for none now.

        Stops before a frame that is not complete, or damaged: while the journal is still being
        written the two can't be told apart. See :meth:`skip_damage`.
        """
        data = self._rest + self._file.read(self.CHUNK)
        while True:
            frames, used = split_frames(data)
            if frames or not self._grows(data):
                break
            more = self._file.read(self.CHUNK)
            if not more:
                break
            data += more
        self._rest = data[used:]
        self.offset += used
        if frames:
            self._expected = frames[-1].sequence + 1
        return frames

    def at_end(self) -> bool:
        """Return whether all bytes of the file were read as valid frames."""
        return self.offset >= os.fstat(self.fileno()).st_size

    def skip_damage(self) -> Damage | None:
        """Step over what is no valid frame; returns None at the clean end of the file.

        For a journal that nobody writes any more. If valid frames follow, :meth:`read` returns
        them next.
        """
        data = self._rest + self._file.read()
        if not data:
            return None
        place = next_frame_offset(data, 0)
        begin = self.offset
        if place is None:
            self._rest = b""
            self.offset += len(data)
            return Damage(offset=begin, length=len(data), lost_frames=None)
        follower = _frame_at(memoryview(data), place)
        lost = (follower.sequence - self._expected) if follower is not None else 0
        self._rest = data[place:]
        self.offset += place
        return Damage(offset=begin, length=place, lost_frames=lost)

    @staticmethod
    def _grows(data: bytes) -> bool:
        """Whether the data may be the beginning of a frame longer than what was read."""
        if len(data) < HEAD_BYTES:
            return False
        mark, _, _, length = _HEAD.unpack_from(data)
        return bool(mark == MARK and len(data) < HEAD_BYTES + length <= HEAD_BYTES + MAX_PAYLOAD)

    def _read_header(self) -> Header:
        data = self._file.read(self.CHUNK)
        start = next_frame_offset(data, 0)
        one = None if start is None else _frame_at(memoryview(data), start)
        if start is None or one is None or one.kind != Kind.HEADER:
            raise JournalError(
                f"{self.path} is not a journal, or both copies of its header are damaged"
            )
        self.offset = start + HEAD_BYTES + len(one.payload)
        self._expected = one.sequence + 1
        copy = _frame_at(memoryview(data), self.offset)
        if copy is not None and copy.kind == Kind.HEADER:
            self.offset += HEAD_BYTES + len(copy.payload)
            self._expected = copy.sequence + 1
        self._rest = data[self.offset :]
        return decode_header(one.payload)


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
