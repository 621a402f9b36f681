"""What the tests of the evdev backends share."""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from iohub_core.clock import SystemClock
from iohub_core.devices.backend import BackendContext
from iohub_evdev.keyboard import EvdevKeyboard
from iohub_evdev.mouse import EvdevMouse
from tests.evdev.kernel import FakeKernel


class Received:
    """Takes what a backend delivers."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Any] = queue.Queue()

    def __call__(self, natives: Sequence[Any]) -> None:
        for native in natives:
            self._queue.put(native)

    def take(self, count: int) -> list[Any]:
        """Wait for that many records."""
        return [self._queue.get(timeout=10) for _ in range(count)]

    def empty(self) -> bool:
        return self._queue.empty()


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[FakeKernel]:
    """An empty /dev/input."""
    made = FakeKernel(tmp_path)
    yield made
    made.close()


@pytest.fixture
def context() -> BackendContext:
    """A backend's context; a backend that fails makes the test fail."""

    def failed(message: str, trace: str) -> None:
        pytest.fail(f"{message}\n{trace}")

    return BackendContext(
        device_name="tested",
        clock=SystemClock(),
        log=logging.getLogger("iohub.test"),
        failed=failed,
    )


@pytest.fixture
def opened(kernel: FakeKernel, context: BackendContext) -> Iterator[Callable[..., Received]]:
    """Open a backend on the kernel; returns what takes its records."""
    backends: list[Any] = []

    def open_one(kind: type[EvdevKeyboard] | type[EvdevMouse] = EvdevKeyboard) -> Received:
        backend = kind(None, context, kernel.folder, kernel.open)
        backends.append(backend)
        received = Received()
        received.backend = backend  # type: ignore[attr-defined]
        backend.open(received)
        return received

    yield open_one
    for backend in backends:
        backend.close()
