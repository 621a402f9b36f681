"""When bytes happened, and what can't be known of it.

A reader learns of bytes after they are complete. If ``n`` bytes are read at ``t`` (stamped right
after the reader woke up) and each takes ``B`` seconds on the line (start bit, data bits, parity
bit, stop bits, over the baud rate), byte ``i`` (counted from 0) began at

    time(i) = t - (n - i) * B          and never before time(i - 1)

This is right if the bytes came without gaps and were told of at once. Neither is sure, so

    confidence_interval = L + W + Q + P

* ``L``: how long the driver or adapter may hold bytes back. A USB adapter waits for a full packet
  or its latency timer: the timer's value where the system tells it, else 16 ms, the usual one.
  A UART tells of few bytes after four byte times (the receiver timeout of the 16550). A
  pseudo-terminal holds nothing back.
* ``W``: how late the reader may have woken up: 1 ms, which a reader on an ordinary system stays
  under in 95 % of cases (measured here: 0.06 ms median on a quiet machine).
* ``Q``: if bytes were already waiting when the reader asked, they may have come any time since
  its last reading: the time since then, less that of the bytes themselves.
* ``P``: ``n * B`` on a pseudo-terminal, which has no line and takes no time for bytes at any baud
  rate, so that the time subtracted may be wrong by all of it.

For ports behind a network nothing can be said of ``L``: the interval is 0, which means not known,
and nothing is subtracted where the baud rate of the far end isn't known either.
"""

from __future__ import annotations

from collections import deque

import attrs

WAKE_UP_S = 0.001
USB_LATENCY_S = 0.016
UART_TIMEOUT_BYTES = 4
WAITING_S = 50e-6
"""A reader that got its bytes within this time did not sleep: they were there already."""


@attrs.frozen(kw_only=True)
class Line:
    """What is known of the line behind a port.

    Attributes:
        byte_time: seconds a byte takes; 0 if not known.
        latency: ``L`` above, in seconds; None if nothing can be said of it.
        instant: True if bytes take no time (a pseudo-terminal).
    """

    byte_time: float
    latency: float | None
    instant: bool = False

    def confidence_interval(
        self, count: int, asked: float, woken: float, last_read: float
    ) -> float:
        """Return the half-width for ``count`` bytes read together, in seconds.

        Args:
            count: how many bytes.
            asked: when the reader asked for bytes.
            woken: when it was woken up.
            last_read: when bytes were read last, or the port was opened.
        """
        if self.latency is None:
            return 0.0
        taken = count * self.byte_time
        waiting = max(0.0, woken - last_read - taken) if woken - asked < WAITING_S else 0.0
        return self.latency + WAKE_UP_S + waiting + (taken if self.instant else 0.0)


@attrs.frozen(slots=True)
class _Piece:
    start: int
    end: int
    read_time: float
    byte_time: float
    confidence_interval: float


class StreamTimes:
    """Remembers when each byte of a stream began, as long as it may be asked for."""

    def __init__(self) -> None:
        self._pieces: deque[_Piece] = deque()
        self._end = 0
        self._floor = 0.0  # when the last forgotten byte began

    def add(
        self, count: int, read_time: float, byte_time: float, confidence_interval: float
    ) -> None:
        """Note that ``count`` bytes were read at ``read_time``."""
        start, self._end = self._end, self._end + count
        self._pieces.append(_Piece(start, self._end, read_time, byte_time, confidence_interval))

    def of(self, place: int) -> tuple[float, float]:
        """Return time and confidence interval of the byte at a place of the stream."""
        earliest = self._floor
        for piece in self._pieces:
            if place < piece.end:
                began = piece.read_time - (piece.end - place) * piece.byte_time
                # A byte can't begin before the bytes ahead of it were read.
                return min(max(began, earliest), piece.read_time), piece.confidence_interval
            earliest = piece.read_time - piece.byte_time
        return earliest, 0.0

    def forget_before(self, place: int | None) -> None:
        """Drop what is known of bytes before a place; None: of all bytes so far."""
        limit = self._end if place is None else place
        while self._pieces and self._pieces[0].end <= limit:
            piece = self._pieces.popleft()
            self._floor = piece.read_time - piece.byte_time
