"""Messages with a delimiter, a prefix, or both."""

from __future__ import annotations

from collections.abc import Sequence

from iohub_serial.parsers.message import Message, Parser


class MarkedParser(Parser[Message]):
    """Cuts the stream at marks.

    With a delimiter alone, a message is what stands between two delimiters; with a prefix alone,
    what stands between two prefixes; with both, what stands between a prefix and the first
    delimiter after it. Messages may be empty.

    Args:
        prefix: what a message begins with, or empty.
        delimiter: what a message ends with, or empty; not both are empty.
        max_length: most bytes of a message. If no end begins within this many bytes, they are
            returned as an overlong message, and what follows goes on from there.
    """

    def __init__(self, prefix: bytes, delimiter: bytes, max_length: int) -> None:
        super().__init__()
        self._prefix = prefix
        self._end = delimiter or prefix
        self._ends_by_prefix = not delimiter
        self._max_length = max_length
        self._buffer = bytearray()
        self._at = 0  # place of the buffer's first byte in the stream
        self._searched = 0  # no end begins before this place of the buffer
        self._inside = not prefix
        self._message_start = 0  # place of the message's first byte, prefix included

    def feed(self, data: bytes, read_time: float) -> Sequence[Message]:
        """Take the next bytes; return the messages they complete."""
        self._buffer += data
        found: list[Message] = []
        while self._inside or self._skip_to_prefix():
            message = self._next_message()
            if message is None:
                break
            found.append(message)
        return found

    def reset(self) -> None:
        """Forget an unfinished message."""
        self.skipped += len(self._buffer)
        self._drop(len(self._buffer))
        self._inside = not self._prefix
        self._message_start = self._at

    def pending_start(self) -> int | None:
        """Return where an unfinished message begins."""
        if self._inside and (self._prefix or self._buffer):
            return self._message_start
        return self._at if self._buffer else None

    def _skip_to_prefix(self) -> bool:
        """Drop what stands before the next prefix, and the prefix; return whether it was there."""
        place = self._buffer.find(self._prefix)
        if place < 0:
            # The buffer's end may be the beginning of a prefix.
            useless = max(0, len(self._buffer) - len(self._prefix) + 1)
            self.skipped += useless
            self._drop(useless)
            return False
        self.skipped += place
        self._message_start = self._at + place
        self._drop(place + len(self._prefix))
        self._inside = True
        return True

    def _next_message(self) -> Message | None:
        """Take the message that the buffer begins with, if its end or its limit is there."""
        limit = self._max_length + len(self._end)
        place = self._buffer.find(self._end, self._searched, limit)
        start = self._message_start
        if place >= 0:
            data = bytes(self._buffer[:place])
            self._message_start = self._at + place
            self._drop(place + len(self._end))
            if not self._ends_by_prefix:
                self._message_start = self._at
                self._inside = not self._prefix
            return Message(start, data)
        if len(self._buffer) >= limit:
            self.overlong += 1
            data = bytes(self._buffer[: self._max_length])
            self._drop(self._max_length)
            self._message_start = self._at
            return Message(start, data, overlong=True)
        self._searched = max(0, len(self._buffer) - len(self._end) + 1)
        return None

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._at += count
        self._searched = 0
