"""The default event buffer: a ring in mapped memory, one writer and one reader.

The reader never waits for the writer, and neither locks the other out: asking an empty ring costs
one load. A record the writer has overtaken fails its check, is never returned, and is counted.
"""

from __future__ import annotations

import mmap
import threading
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

from iohub_core.buffers.contract import BufferSpec, BufferStatus, ReaderAddress, Record
from iohub_core.buffers.layout import (
    ENTRY,
    HEADER_BYTES,
    MAGIC,
    WORD_CAPACITY,
    WORD_CIRCLE_BYTES,
    WORD_HEAD,
    WORD_MAGIC,
    WORD_READ,
    WORD_SKIPPED,
    WORD_TAIL,
    index_bytes,
    total_bytes,
)

_MASK32 = 0xFFFFFFFF


class RingWriter:
    """The hub's end. Calls are serialised by the pipeline.

    Args:
        spec: what buffer is wanted; the block is a private file in ``spec.folder``.

    Raises:
        OSError: if the file can't be made, e.g. because the disk is full.
    """

    def __init__(self, spec: BufferSpec) -> None:
        self.name = spec.name
        self.capacity = spec.capacity
        # Twice the largest record at least, so that one record always fits in one piece.
        self._circle = max(spec.capacity * spec.max_record_bytes, 2 * spec.max_record_bytes, 4096)
        self.path = spec.folder / f"{spec.name}.ring"
        size = total_bytes(self.capacity, self._circle)
        with self.path.open("xb+") as file:
            file.truncate(size)
            self._map = mmap.mmap(file.fileno(), size)
        self._words = memoryview(self._map)[:HEADER_BYTES].cast("Q")
        self._records_at = HEADER_BYTES + index_bytes(self.capacity)
        self._head = self._tail = 0
        self._position = 0  # where the next record goes: counts up, never wraps
        # Up to here can be written without touching the oldest record; may be out of date, never
        # too high.
        self._limit = self._circle
        self._words[WORD_CAPACITY] = self.capacity
        self._words[WORD_CIRCLE_BYTES] = self._circle
        self._words[WORD_MAGIC] = MAGIC

    def append(self, records: Sequence[Record]) -> None:
        """Put records in; the oldest give way. See :class:`~.contract.EventBuffer`.

        Raises:
            ValueError: if a record is larger than half the circle.
        """
        block, words, circle = self._map, self._words, self._circle
        capacity, pack_into, entry_bytes = self.capacity, ENTRY.pack_into, ENTRY.size
        head, position = self._head, self._position
        for record, time, interval in records:
            length = len(record)
            place = position % circle
            if place + length > circle:
                if 2 * length > circle:
                    raise ValueError(
                        f"an event of {length} bytes does not fit into buffer {self.name!r}"
                    )
                position += circle - place
                place = 0
            if head - self._tail >= capacity or position + length > self._limit:
                self._make_room(head, position, length)
            sequence = head + 1
            start = self._records_at + place
            block[start : start + length] = record
            pack_into(
                block,
                HEADER_BYTES + (head % capacity) * entry_bytes,
                sequence,
                position,
                length,
                crc32(record, sequence & _MASK32),
                time,
                interval,
            )
            head = sequence
            position += length
            words[WORD_HEAD] = head
            self._head, self._position = head, position

    def _make_room(self, head: int, position: int, length: int) -> None:
        """Let the oldest go until a record fits; told before it is written."""
        tail = self._tail
        if head - tail >= self.capacity:
            tail += 1
        limit = self._limit_of(tail, head, position)
        while position + length > limit:
            tail += 1
            limit = self._limit_of(tail, head, position)
        self._limit = limit
        if tail != self._tail:
            self._tail = self._words[WORD_TAIL] = tail

    def _limit_of(self, tail: int, head: int, position: int) -> int:
        """Return up to where can be written if the records up to ``tail`` have gone."""
        if tail == head:
            return position + self._circle  # none is left
        oldest: int = ENTRY.unpack_from(
            self._map, HEADER_BYTES + (tail % self.capacity) * ENTRY.size
        )[1]
        return oldest + self._circle

    def written(self) -> int:
        """Return how many events were put in so far."""
        return self._head

    def dropped(self) -> int:
        """Return how many events the script will never read."""
        words = self._words
        unread_gone: int = self._tail - words[WORD_READ]
        skipped: int = words[WORD_SKIPPED]
        return skipped + unread_gone if unread_gone > 0 else skipped

    def status(self) -> BufferStatus:
        """Return the counters."""
        return _status(self.name, self._words)

    def reader_address(self) -> ReaderAddress:
        """Return where the script maps it."""
        return ReaderAddress(
            reader="iohub_core.buffers.ring:RingReader",
            options={"name": self.name, "path": str(self.path)},
        )

    def close(self) -> None:
        """Unmap the block and remove its file, if it is still there."""
        self._words.release()
        self._map.close()
        self.path.unlink(missing_ok=True)


class RingReader:
    """The script's end.

    Args:
        name: the buffer's name.
        path: the file the writer made.

    Raises:
        ValueError: if the file is no ring.
    """

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self._path = Path(path)
        with self._path.open("rb+") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self._words = memoryview(self._map)[:HEADER_BYTES].cast("Q")
        if self._words[WORD_MAGIC] != MAGIC:
            raise ValueError(f"{path} is not an event ring")
        self.capacity = self._words[WORD_CAPACITY]
        self._circle = self._words[WORD_CIRCLE_BYTES]
        self._records_at = HEADER_BYTES + index_bytes(self.capacity)
        self._read = self._words[WORD_READ]
        self._cleared_at = float("-inf")
        self._lock = threading.Lock()

    def forget_file(self) -> None:
        """Remove the file's name once both sides have it mapped, so that no kill leaves it behind.

        Where a mapped file can't be removed (Windows) it goes with the session's folder.
        """
        try:
            self._path.unlink(missing_ok=True)
        except PermissionError:
            return

    def has_new(self) -> bool:
        """Return whether there is anything unread: one load of the writer's counter."""
        return bool(self._words[WORD_HEAD] != self._read)

    def take(self) -> list[bytes]:
        """Remove and return the unread events, as encoded."""
        if self._words[WORD_HEAD] == self._read:
            return []
        with self._lock:
            records, last, skipped = self._collect()
            self._advance(last, skipped)
        return records

    def peek(self) -> list[bytes]:
        """Return the unread events and leave them."""
        if self._words[WORD_HEAD] == self._read:
            return []
        with self._lock:
            return self._collect()[0]

    def clear(self, now: float) -> None:
        """Forget the unread events, and every later one that happened before ``now``."""
        with self._lock:
            self._cleared_at = now
            last = self._words[WORD_HEAD]
            # What had been dropped before the clear stays counted.
            self._advance(last, max(0, self._words[WORD_TAIL] - self._read))

    def written(self) -> int:
        """Return how many events the hub has put in so far."""
        return int(self._words[WORD_HEAD])

    def status(self) -> BufferStatus:
        """Return the counters."""
        return _status(self.name, self._words)

    def close(self) -> None:
        """Unmap the block."""
        with self._lock:
            self._words.release()
            self._map.close()

    def _advance(self, last: int, skipped: int) -> None:
        self._read = last
        self._words[WORD_READ] = last
        if skipped:
            self._words[WORD_SKIPPED] += skipped

    def _collect(self) -> tuple[list[bytes], int, int]:
        """Return the unread records, the last sequence number looked at, and how many are gone."""
        block, words, capacity = self._map, self._words, self.capacity
        unpack, entry_bytes, records_at = ENTRY.unpack_from, ENTRY.size, self._records_at
        circle, cleared_at = self._circle, self._cleared_at
        found: list[bytes] = []
        head = words[WORD_HEAD]
        sequence = self._read
        skipped = 0
        while sequence < head:
            oldest = words[WORD_TAIL]
            if sequence < oldest:
                skipped += oldest - sequence
                sequence = oldest
                continue
            number, position, length, crc, time, _ = unpack(
                block, HEADER_BYTES + (sequence % capacity) * entry_bytes
            )
            start = records_at + position % circle
            record = block[start : start + length]
            if number != sequence + 1 or crc32(record, number & _MASK32) != crc:
                if words[WORD_TAIL] <= sequence:
                    # Published but not yet visible to this processor: it will be, on a next call.
                    break
                continue  # overtaken while it was read: the tail has moved, and is counted above
            sequence += 1
            if time >= cleared_at:
                found.append(record)
        return found, sequence, skipped


def _status(name: str, words: memoryview) -> BufferStatus:
    head, tail, read = words[WORD_HEAD], words[WORD_TAIL], words[WORD_READ]
    return BufferStatus(
        name=name,
        capacity=words[WORD_CAPACITY],
        unread=max(0, head - max(tail, read)),
        written=head,
        dropped=words[WORD_SKIPPED] + max(0, tail - read),
    )
