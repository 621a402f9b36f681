"""One end of a connection between script and hub: whole messages, quickly.

A :class:`multiprocess.connection.Connection` that both ends have authenticated, read and written
with one system call a message where it is a Unix socket: the library's own methods take two reads
and copy through a stream, which costs 2 µs more an end. The bytes on the wire are the same
(a 4-byte length, then the message).
"""

from __future__ import annotations

import os
import struct
from typing import Any

from multiprocess import connection as mp_connection

_LENGTH = struct.Struct("!i")
_LONGEST_QUICK = 1 << 16
_unpack = _LENGTH.unpack_from
_pack = _LENGTH.pack


class Line:
    """Sends and receives messages; used by one thread at a time in each direction.

    Args:
        connection: the connection; closed with the line.
    """

    __slots__ = ("_connection", "_descriptor", "_quick", "_rest")

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._descriptor: int = connection.fileno()
        # A named pipe (Windows) can't be read this way.
        self._quick = isinstance(connection, mp_connection.Connection)
        self._rest = b""

    @property
    def closed(self) -> bool:
        """Whether it was closed on this end."""
        return bool(self._connection.closed)

    def fileno(self) -> int:
        """Return the descriptor.

        Raises:
            OSError: if the line is closed.
        """
        return int(self._connection.fileno())

    def send_bytes(self, message: bytes) -> None:
        """Send a message.

        Raises:
            OSError: if the other end is gone, or the line is closed.
        """
        connection = self._connection
        if not self._quick or len(message) > _LONGEST_QUICK:
            connection.send_bytes(message)
            return
        if connection.closed:
            raise OSError("handle is closed")
        frame = _pack(len(message)) + message
        sent = os.write(self._descriptor, frame)
        while sent < len(frame):
            sent += os.write(self._descriptor, frame[sent:])

    def recv_bytes(self) -> bytes:
        """Wait for a message and return it.

        Raises:
            EOFError: if the other end is gone.
            OSError: if the line is closed, or broke.
        """
        if not self._quick:
            return bytes(self._connection.recv_bytes())
        data = self._rest
        while len(data) < _LENGTH.size:
            data += self._read(_LONGEST_QUICK, data)
        end = _LENGTH.size + _unpack(data)[0]
        if len(data) < end:
            data = self._read_all(data, end)
        if len(data) == end:
            self._rest = b""
            return data[_LENGTH.size :]
        self._rest = data[end:]
        return data[_LENGTH.size : end]

    def _read_all(self, data: bytes, end: int) -> bytes:
        """Return ``data`` and what follows it, ``end`` bytes in all."""
        parts, have = [data], len(data)
        while have < end:
            try:
                parts.append(self._read(min(end - have, 1 << 20), data))
            except BaseException:
                self._rest = b"".join(parts)
                raise
            have += len(parts[-1])
        return b"".join(parts)

    def _read(self, most: int, before: bytes) -> bytes:
        if self._connection.closed:
            raise OSError("handle is closed")
        try:
            data = os.read(self._descriptor, most)
        except BaseException:
            self._rest = before  # what came already is not lost to a later call
            raise
        if data:
            return data
        if before:
            raise OSError("got end of file during message")
        raise EOFError

    def poll(self, timeout: float | None = 0.0) -> bool:
        """Return whether there is something to receive, waiting for it up to ``timeout`` s."""
        return bool(self._rest) or bool(self._connection.poll(timeout))

    def close(self) -> None:
        """Close it; may be called again."""
        self._connection.close()
