"""Messages of a fixed length, with or without a prefix."""

from __future__ import annotations

from collections.abc import Sequence

from iohub_serial.parsers.message import Message, Parser


class FixedLengthParser(Parser[Message]):
    """Cuts the stream into messages of ``length`` bytes.

    Args:
        length: bytes of a message, its prefix not counted.
        prefix: what each message begins with; bytes before it are skipped. Empty for none.
    """

    def __init__(self, length: int, prefix: bytes = b"") -> None:
        super().__init__()
        self._length = length
        self._prefix = prefix
        self._buffer = bytearray()
        self._start = 0  # place of the buffer's first byte in the stream

    def feed(self, data: bytes, read_time: float) -> Sequence[Message]:
        """Take the next bytes; return the messages they complete."""
        self._buffer += data
        found = []
        while self._at_prefix():
            end = len(self._prefix) + self._length
            if len(self._buffer) < end:
                break
            found.append(Message(self._start, bytes(self._buffer[len(self._prefix) : end])))
            self._drop(end)
        return found

    def reset(self) -> None:
        """Forget an unfinished message."""
        self.skipped += len(self._buffer)
        self._drop(len(self._buffer))

    def pending_start(self) -> int | None:
        """Return where an unfinished message begins."""
        return self._start if self._buffer else None

    def _at_prefix(self) -> bool:
        """Skip to the prefix; return whether the buffer begins with a whole one."""
        if not self._prefix:
            return True
        place = self._buffer.find(self._prefix)
        # Without a whole prefix, its beginning may be the buffer's end.
        useless = place if place >= 0 else max(0, len(self._buffer) - len(self._prefix) + 1)
        self.skipped += useless
        self._drop(useless)
        return place >= 0

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._start += count
