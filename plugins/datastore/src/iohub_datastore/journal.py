"""The journal: an append-only file of frames that prove themselves.

The file begins with :data:`~iohub_datastore.frames.MAGIC`. The first frame is the
:class:`~iohub_datastore.frames.Header`, and the second its copy; it describes the session and
every column, so nothing else is needed to read the file. An ``EVENTS`` frame holds one array with
the events' rows, exactly as they travel (:mod:`iohub_core.event.codec`), so that appending copies
bytes and encodes nothing.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from iohub_datastore.errors import JournalError
from iohub_datastore.frames import (
    HEAD,
    HEAD_BYTES,
    MAGIC,
    MARK,
    MAX_PAYLOAD,
    Damage,
    Frame,
    Header,
    Kind,
    array_of,
    decode_header,
    frame,
    frame_at,
    next_frame_offset,
    split_frames,
)

_encode = msgspec.msgpack.Encoder().encode


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
        follower = frame_at(memoryview(data), place)
        lost = (follower.sequence - self._expected) if follower is not None else 0
        self._rest = data[place:]
        self.offset += place
        return Damage(offset=begin, length=place, lost_frames=lost)

    @staticmethod
    def _grows(data: bytes) -> bool:
        """Whether the data may be the beginning of a frame longer than what was read."""
        if len(data) < HEAD_BYTES:
            return False
        mark, _, _, length = HEAD.unpack_from(data)
        return bool(mark == MARK and len(data) < HEAD_BYTES + length <= HEAD_BYTES + MAX_PAYLOAD)

    def _read_header(self) -> Header:
        data = self._file.read(self.CHUNK)
        start = next_frame_offset(data, 0)
        one = None if start is None else frame_at(memoryview(data), start)
        if start is None or one is None or one.kind != Kind.HEADER:
            raise JournalError(
                f"{self.path} is not a journal, or both copies of its header are damaged"
            )
        self.offset = start + HEAD_BYTES + len(one.payload)
        self._expected = one.sequence + 1
        copy = frame_at(memoryview(data), self.offset)
        if copy is not None and copy.kind == Kind.HEADER:
            self.offset += HEAD_BYTES + len(copy.payload)
            self._expected = copy.sequence + 1
        self._rest = data[self.offset :]
        return decode_header(one.payload)
