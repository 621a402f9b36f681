"""What comes in: found by the parser, placed in time, counted, and kept for who reads bytes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

from iohub_core.event import DeviceEvent
from iohub_serial.native import Chunk
from iohub_serial.parsers import Parser
from iohub_serial.timing import StreamTimes

MAX_UNREAD_BYTES = 65536
"""Bytes kept for ``read()``; the oldest go first, and are counted."""


class Intake:
    """The stream of one port.

    Chunks arrive in the backend's thread, requests in others; one lock keeps the parser, the
    stream's times and the unread bytes together.

    Args:
        name: the device's name, for messages.
        parser: finds messages.
        max_length: the setting, for messages.
        log: logger of the device.
        warn: tells the user a sentence.
    """

    def __init__(
        self,
        name: str,
        parser: Parser[Any],
        max_length: int,
        log: logging.Logger,
        warn: Callable[[str], None],
    ) -> None:
        self._name = name
        self._parser = parser
        self._max_length = max_length
        self._log = log
        self._warn = warn
        self._times = StreamTimes()
        self._unread = bytearray()
        self._lock = threading.Lock()
        self._warned: set[str] = set()
        self._received = self._messages = self._unread_dropped = self._parser_errors = 0

    def take(
        self, chunk: Chunk, make_events: Callable[[Any, Chunk], Sequence[DeviceEvent]]
    ) -> list[DeviceEvent]:
        """Take a chunk and return the events of what it completed, in the backend's thread.

        Args:
            chunk: the bytes.
            make_events: makes events of one thing found; may ask :meth:`time_of`.
        """
        with self._lock:
            self._times.add(
                len(chunk.data), chunk.read_time, chunk.byte_time, chunk.confidence_interval
            )
            self._keep(chunk.data)
            events = self._found(chunk, make_events)
            self._times.forget_before(self._parser.pending_start())
        if self._parser.overlong:
            self._warn_once(
                "overlong",
                f"{self._name}: a message reached max_length ({self._max_length} bytes) without "
                "its end and was cut there; are baud rate and delimiter right? Further ones are "
                "only counted (overlong in getCurrentDeviceState())",
            )
        return events

    def time_of(self, place: int) -> tuple[float, float]:
        """Return time and confidence interval of the byte at a place of the stream."""
        return self._times.of(place)

    def read(self, length: int | None) -> bytes:
        """Take at most ``length`` unread bytes; None takes all."""
        with self._lock:
            count = len(self._unread) if length is None else max(0, length)
            data = bytes(self._unread[:count])
            del self._unread[:count]
        return data

    def reset(self, *, unread: bool) -> None:
        """Forget an unfinished message, and with ``unread`` the unread bytes."""
        with self._lock:
            self._parser.reset()
            if unread:
                self._unread.clear()

    def counts(self) -> dict[str, int]:
        """Return what was counted since the start."""
        with self._lock:
            return {
                "bytes_received": self._received,
                "messages": self._messages,
                "overlong": self._parser.overlong,
                "skipped_bytes": self._parser.skipped,
                "parser_errors": self._parser_errors,
                "unread_dropped": self._unread_dropped,
            }

    def _found(
        self, chunk: Chunk, make_events: Callable[[Any, Chunk], Sequence[DeviceEvent]]
    ) -> list[DeviceEvent]:
        try:
            found = self._parser.feed(chunk.data, chunk.read_time)
        except Exception as error:  # noqa: BLE001 - a parser function of the user; it is reported
            self._parser_errors += 1
            self._log.error("the parser raised", exc_info=error)
            self._warn_once(
                "parser",
                f"{self._name}: the parser function raised {type(error).__name__}: {error}; the "
                "bytes it was given are lost. It is called again for the next ones; further "
                "errors are only counted (parser_errors in getCurrentDeviceState())",
            )
            return []
        self._messages += len(found)
        return [event for one in found for event in make_events(one, chunk)]

    def _keep(self, data: bytes) -> None:
        self._received += len(data)
        self._unread += data
        if len(self._unread) > MAX_UNREAD_BYTES:
            # Not worth a warning: who reads events never reads bytes.
            self._unread_dropped += len(self._unread) - MAX_UNREAD_BYTES
            del self._unread[:-MAX_UNREAD_BYTES]

    def _warn_once(self, key: str, text: str) -> None:
        if key not in self._warned:
            self._warned.add(key)
            self._warn(text)
