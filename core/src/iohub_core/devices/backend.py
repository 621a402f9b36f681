"""The contract of a backend: the part of a device that talks to an operating system or a port."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import attrs

from iohub_core.clock import SystemClock, VirtualClock

N = TypeVar("N")
Receive = Callable[[Sequence[N]], None]


@attrs.frozen(kw_only=True)
class BackendContext:
    """What a backend may use.

    Attributes:
        device_name: the device's name, for messages.
        clock: the hub's clock; ``clock.now()`` first thing when something arrives.
        log: logger of this backend.
        failed: call it with a sentence and a traceback when the backend can't go on.
    """

    device_name: str
    clock: SystemClock | VirtualClock
    log: logging.Logger
    failed: Callable[[str, str], None]


class Backend(Generic[N]):
    """A source of native events of type ``N``.

    A backend stamps each native event with ``context.clock.now()`` before anything else and hands
    it on by ``self.receive([native, …])``, from whatever thread it likes; it knows nothing of
    event classes, buffers or files. Backends are made and opened in the hub.
    """

    def __init__(self, settings: Any, context: BackendContext) -> None:
        self.settings = settings
        self.context = context
        self.receive: Receive[N] = _nobody

    def open(self, receive: Receive[N]) -> None:
        """Start delivering; return when events are being watched.

        Raises:
            BackendUnavailableError: if the source can't be reached; says why and what helps.
        """
        self.receive = receive

    def close(self) -> None:
        """Stop delivering and give everything back. Called once; must not raise."""
        self.receive = _nobody


class BackendThread:
    """A daemon thread that runs a backend's loop and reports its end if it raises.

    Args:
        context: the backend's context; its ``failed`` is told of an exception.
        loop: the function to run, once; it returns when the backend closes.
    """

    def __init__(self, context: BackendContext, loop: Callable[[], None]) -> None:
        self._context = context
        self._loop = loop
        self._thread = threading.Thread(
            target=self._run, name=f"iohub-{context.device_name}", daemon=True
        )

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def join(self, timeout: float = 1.0) -> None:
        """Wait at most ``timeout`` seconds for the loop to return; from the loop itself: don't."""
        if threading.current_thread() is not self._thread and self._thread.ident is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        try:
            self._loop()
        except Exception as error:  # noqa: BLE001 - the boundary to foreign code; it is reported
            self._context.failed(
                f"its backend stopped: {type(error).__name__}: {error}", traceback.format_exc()
            )


def _nobody(natives: Sequence[Any]) -> None:
    """Take natives that arrive before open or after close; there is nobody to give them to."""
