"""Connections from the script: one thread each, requests in order, errors carried back."""

from __future__ import annotations

import builtins
import logging
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from multiprocess import connection as mp_connection

from iohub_core.config.problems import nearest
from iohub_core.devices.remote import remote_methods
from iohub_core.hub.service import HubService
from iohub_core.hub.threads import start_thread
from iohub_core.line import Line
from iohub_core.pipeline.wake import Waiter

if TYPE_CHECKING:
    from iohub_core.hub.hub import Hub

_log = logging.getLogger("iohub.requests")
_encode = msgspec.msgpack.Encoder().encode

HUB = ""  # the target of requests to the hub itself
RESULT = 0
ERROR = 1
WAIT = "wait"
CANCEL_WAIT = "cancel_wait"
# How long the end waits for answers under way: sending one takes well under a millisecond.
_LAST_ANSWERS_S = 0.3


class Request(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """One call of the script.

    Attributes:
        target: a device's name, or empty for the hub itself.
        method: the method's name.
        args: positional arguments.
        kwargs: keyword arguments.
    """

    target: str
    method: str
    args: list[Any] = []
    kwargs: dict[str, Any] = {}


_decode = msgspec.msgpack.Decoder(Request).decode


class Server:
    """Listens on a private socket and serves what connects with the right key.

    Args:
        hub: the hub.
        key: the secret of this session.
    """

    def __init__(self, hub: Hub, key: bytes) -> None:
        self._hub = hub
        self._service = HubService(hub)
        self._hub_methods = frozenset(remote_methods(HubService))
        family = mp_connection.default_family
        # A socket file can lie in the session's folder; a pipe's name is made by the system.
        address = str(Path(hub.folder) / "hub.sock") if family == "AF_UNIX" else None
        self._listener = mp_connection.Listener(address, family=family, authkey=key)
        self.address: str = self._listener.address
        self._connections: set[Any] = set()
        self._lock = threading.Lock()
        self._closing = False
        self._answering = 0
        self._answered = threading.Condition(self._lock)

    def start(self) -> None:
        """Accept connections from now on."""
        start_thread("listener", self._accept)

    def close(self) -> None:
        """Close all connections; calls that wait end, answers under way are sent first."""
        self._closing = True
        self._listener.close()
        with self._lock:
            # The call that asked for the stop is itself still being answered.
            self._answered.wait_for(lambda: not self._answering, _LAST_ANSWERS_S)
            for connection in self._connections:
                connection.close()

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection = Line(self._listener.accept())
            except mp_connection.AuthenticationError:
                self._hub.warn("a connection with a wrong key was refused")
                continue
            except (OSError, EOFError):
                continue  # the other side went away while connecting, or the listener was closed
            with self._lock:
                self._connections.add(connection)
            start_thread("requests", lambda connection=connection: self._serve(connection))

    def _serve(self, connection: Any) -> None:
        waiter: Waiter | None = None
        try:
            while True:
                request = _decode(connection.recv_bytes())
                if request.method == WAIT and request.target == HUB:
                    waiter = self._wait(connection, *request.args)
                elif request.method == CANCEL_WAIT and request.target == HUB:
                    if waiter is not None:
                        self._hub.wake.cancel(waiter)
                else:
                    self._reply(connection, request)
        except (EOFError, OSError):
            pass  # the script's thread closed its connection, or ended
        except msgspec.DecodeError as error:
            self._hub.warn(f"a malformed request was refused and its connection closed: {error}")
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def _reply(self, connection: Any, request: Request) -> None:
        with self._lock:
            self._answering += 1
        try:
            connection.send_bytes(self._answer(request))
        finally:
            with self._lock:
                self._answering -= 1
                if self._closing:
                    self._answered.notify_all()

    def _wait(self, connection: Any, buffer: str, seen: int) -> Waiter:
        def wake_up(news: bool) -> None:
            try:
                connection.send_bytes(_encode((RESULT, news)))
            except OSError:
                _log.debug("a waiting call was gone before it could be woken")

        return self._hub.wake.wait(buffer, seen, self._hub.buffers[buffer].written, wake_up)

    def _answer(self, request: Request) -> bytes:
        try:
            method = self._method(request)
            return _encode((RESULT, method(*request.args, **request.kwargs)))
        except Exception as error:  # noqa: BLE001 - the boundary of requests; carried to the script
            return _encode((ERROR, *_carried(error), traceback.format_exc()))

    def _method(self, request: Request) -> Any:
        name = request.method
        if request.target == HUB:
            if name not in self._hub_methods:
                raise AttributeError(
                    f"the hub has no method {name!r}{nearest(name, self._hub_methods)}"
                )
            return getattr(self._service, name)
        device = self._hub.devices.get(request.target)
        if device is None:
            raise KeyError(f"no device is called {request.target!r}")
        allowed = remote_methods_of(type(device))
        if name not in allowed:
            raise AttributeError(
                f"device {request.target!r} has no public method {name!r}{nearest(name, allowed)}"
            )
        return getattr(device, name)


_allowed: dict[type, frozenset[str]] = {}


def remote_methods_of(cls: type) -> frozenset[str]:
    """Return the public methods of a device class; looked up once for each class."""
    if cls not in _allowed:
        _allowed[cls] = frozenset(remote_methods(cls))
    return _allowed[cls]


def _carried(error: Exception) -> tuple[str, str]:
    """Return the class name and message the script raises it with."""
    for cls in type(error).__mro__:
        if getattr(builtins, cls.__name__, None) is cls or cls.__module__ == "iohub_core.errors":
            break
    message = error.args[0] if isinstance(error, KeyError) and error.args else error
    return cls.__name__, str(message)
