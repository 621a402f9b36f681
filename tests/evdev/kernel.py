"""A kernel for tests: device files whose bytes the test writes, in the kernel's own format."""

from __future__ import annotations

import os
from pathlib import Path

from iohub_evdev import wire
from iohub_evdev.node import Identity

KEY_A, KEY_B, KEY_LEFTSHIFT, KEY_CAPSLOCK, KEY_KP7 = 30, 48, 42, 58, 71


class FakeNode:
    """An open device file that reads from a pipe."""

    def __init__(self, identity: Identity, descriptor: int) -> None:
        self.identity = identity
        self.monotonic = True
        self._descriptor = descriptor
        self.down: set[int] = set()
        self.lights: set[int] = set()
        self.closed = False

    def fileno(self) -> int:
        return self._descriptor

    def read(self) -> bytes:
        return os.read(self._descriptor, 64 * wire.RECORD.size)

    def keys_down(self) -> frozenset[int]:
        return frozenset(self.down)

    def leds(self) -> frozenset[int]:
        return frozenset(self.lights)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            os.close(self._descriptor)


class FakeKernel:
    """A folder of device files, and what is plugged into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nodes: dict[str, FakeNode] = {}
        self._ends: dict[str, int] = {}
        self._waiting: dict[str, tuple[Identity, int]] = {}
        self.denied: set[str] = set()

    def plug(self, number: int, name: str, *, keyboard: bool = True, mouse: bool = False) -> str:
        """Plug a device in; returns its file's name."""
        file = f"event{number}"
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        self._ends[file] = writing
        identity = Identity(number=number + 1, name=name, keyboard=keyboard, mouse=mouse)
        self._waiting[file] = (identity, reading)
        (self.folder / file).touch()
        return file

    def unplug(self, file: str) -> None:
        """Pull a device out."""
        (self.folder / file).unlink()
        os.close(self._ends.pop(file))

    def open(self, path: Path) -> FakeNode:
        """Open a device file, as the backend does."""
        if path.name in self.denied:
            raise PermissionError(13, "Permission denied", str(path))
        identity, reading = self._waiting.pop(path.name)
        node = self.nodes[path.name] = FakeNode(identity, reading)
        return node

    def tell(self, file: str, time_s: float, *events: tuple[int, int, int]) -> None:
        """Write a report as the kernel does, ended by SYN_REPORT."""
        os.write(self._ends[file], report(time_s, *events))

    def close(self) -> None:
        """Close what the test left open."""
        for descriptor in self._ends.values():
            os.close(descriptor)
        for _, descriptor in self._waiting.values():
            os.close(descriptor)


def report(time_s: float, *events: tuple[int, int, int]) -> bytes:
    """Return the bytes of a report."""
    micros = round(time_s * 1e6)
    stamp = divmod(micros, 1_000_000)
    ended = (*events, (wire.EV_SYN, wire.SYN_REPORT, 0))
    return b"".join(wire.RECORD.pack(*stamp, *event) for event in ended)


def key(code: int, value: int) -> tuple[int, int, int]:
    """Return a key's event: 1 down, 0 up, 2 repeated."""
    return wire.EV_KEY, code, value
