"""Requests to the hub: each thread of the script has a connection of its own."""

from __future__ import annotations

import builtins
import os
import socket
import struct
import threading
from typing import Any

import msgspec
from multiprocess import connection as mp_connection

from iohub_core import errors
from iohub_core.client.hub_process import HubProcess
from iohub_core.errors import (
    HubRequestError,
    HubTimeoutError,
    HubTraceback,
    NotConnectedError,
)
from iohub_core.line import Line

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Any]).decode

CONNECTION_ERRORS = (EOFError, OSError)
ANSWER_TIMEOUT_S = 60


class Transport:
    """Sends requests and waits for their answers.

    Args:
        process: the hub's process.
        address: where it listens.
        key: the session's secret.
    """

    def __init__(self, process: HubProcess, address: str, key: bytes) -> None:
        self._process = process
        self._address = address
        self._key = key
        self._mine = threading.local()
        self._all: list[Any] = []
        self._lock = threading.Lock()
        self._closed = False

    def call(self, target: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a public method of a device, or with an empty target of the hub.

        Raises:
            HubDiedError: if the hub is gone.
            NotConnectedError: after the connection was closed.
            Exception: what the method raised in the hub, with the hub's traceback as its cause.
        """
        connection = self._connection()
        try:
            connection.send_bytes(_encode((target, method, args, kwargs)))
            answer = _decode(connection.recv_bytes())
        except BlockingIOError as error:
            self._drop(connection)  # an answer that still comes must not be taken for another's
            raise HubTimeoutError(
                f"the hub did not answer {target or 'hub'}.{method}() within {ANSWER_TIMEOUT_S} s; "
                "its process was stopped, or the method is blocked"
            ) from error
        except CONNECTION_ERRORS as error:
            raise self._broken() from error
        except BaseException:
            self._drop(connection)  # Ctrl-C: the answer must not be taken for the next request's
            raise
        if answer[0]:
            _raise(*answer[1:])
        return answer[1]

    def wait(self, buffer: str, seen: int, timeout: float | None) -> bool:
        """Sleep until a buffer has had more than ``seen`` events.

        Args:
            buffer: the buffer's name.
            seen: what the buffer's ``written`` counter showed when the caller looked last.
            timeout: the longest wait in seconds; None waits as long as it takes.

        Returns:
            Whether there is something new.
        """
        connection = self._connection()
        try:
            connection.send_bytes(_encode(("", "wait", (buffer, seen), {})))
            if not connection.poll(timeout):
                # From here exactly one answer comes: the cancelled wait's, or the wake-up's.
                connection.send_bytes(_encode(("", "cancel_wait", (), {})))
            return bool(_decode(connection.recv_bytes())[1])
        except CONNECTION_ERRORS as error:
            raise self._broken() from error
        except BaseException:
            # Ctrl-C while waiting: the answer would be taken for that of the next request.
            self._drop(connection)
            raise

    def close(self) -> None:
        """Close the connections of all threads."""
        self._closed = True
        with self._lock:
            for connection in self._all:
                connection.close()
            self._all.clear()

    def _connection(self) -> Any:
        if self._process.trouble is not None:
            raise self._process.trouble
        if self._closed:
            raise NotConnectedError("this connection was closed by quit(); launch a new hub")
        connection = getattr(self._mine, "connection", None)
        if connection is None or connection.closed:
            try:
                connection = Line(mp_connection.Client(self._address, authkey=self._key))
            except CONNECTION_ERRORS as error:
                raise self._broken() from error
            _limit_waiting(connection)
            self._mine.connection = connection
            with self._lock:
                self._all.append(connection)
        return connection

    def _drop(self, connection: Any) -> None:
        connection.close()
        with self._lock:
            if connection in self._all:
                self._all.remove(connection)
        self._mine.connection = None

    def _broken(self) -> Exception:
        if self._closed:
            return NotConnectedError("this connection was closed by quit(); launch a new hub")
        return self._process.died()


def _limit_waiting(connection: Any) -> None:
    """Have reads of a Unix socket end after ``ANSWER_TIMEOUT_S``; costs nothing per request.

    A named pipe (Windows) has no such limit; there only the death of the hub ends a request.
    """
    if mp_connection.default_family != "AF_UNIX":
        return
    with socket.socket(fileno=os.dup(connection.fileno())) as handle:
        limit = struct.pack("ll", ANSWER_TIMEOUT_S, 0)  # a timeval: seconds and microseconds
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)


def _raise(type_name: str, message: str, traceback: str) -> None:
    """Raise in the script what was raised in the hub."""
    cls = getattr(errors, type_name, None) or getattr(builtins, type_name, None)
    cause = HubTraceback(traceback)
    error: Exception
    if isinstance(cls, type) and issubclass(cls, Exception):
        try:
            error = cls(message)
        except TypeError:
            error = HubRequestError(f"{type_name}: {message}")
    else:
        error = HubRequestError(f"{type_name}: {message}")
    raise error from cause
