"""One device file of /dev/input: what it is, and what is down on it now."""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import attrs

from iohub_evdev import wire

_NAME_BYTES = 256
_KEY_BYTES = 96  # 0x2FF keys, a bit each


def _ioc_read(number: int, size: int) -> int:
    """Return the request number of ``_IOC(_IOC_READ, 'E', number, size)`` (asm-generic/ioctl.h)."""
    return 2 << 30 | size << 16 | ord("E") << 8 | number


_EVIOCSCLOCKID = 1 << 30 | 4 << 16 | ord("E") << 8 | 0xA0
_GET_NAME, _GET_PHYS, _GET_UNIQ, _GET_KEYS, _GET_LEDS, _GET_BITS = 6, 7, 8, 0x18, 0x19, 0x20


@attrs.frozen(kw_only=True)
class Identity:
    """What a device says of itself.

    Attributes:
        number: the N of /dev/input/eventN, plus 1, so that 0 stays "not known".
        name: its name.
        phys: where it is plugged in.
        uniq: its serial number, mostly empty.
        keyboard: whether it has the keys of a keyboard.
        mouse: whether it moves and has a left button.
    """

    number: int
    name: str
    phys: str = ""
    uniq: str = ""
    keyboard: bool = False
    mouse: bool = False


class Node(Protocol):
    """An open device file."""

    identity: Identity
    monotonic: bool

    def fileno(self) -> int:
        """Return the descriptor to poll."""

    def read(self) -> bytes:
        """Return what is there, without waiting; raises OSError when unplugged."""

    def keys_down(self) -> frozenset[int]:
        """Return the codes of the keys and buttons that are down now."""

    def leds(self) -> frozenset[int]:
        """Return the codes of the lights that are on."""

    def close(self) -> None:
        """Give it back."""


Opener = Callable[[Path], Node]


class DeviceFile:
    """A file of /dev/input, its stamps on CLOCK_MONOTONIC.

    Args:
        path: the file.

    Raises:
        OSError: if it can't be opened or is no input device.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self.identity = self._identify(int(path.name.removeprefix("event")) + 1)
            self.monotonic = self._use_monotonic()
        except BaseException:
            os.close(self._descriptor)
            raise

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def read(self) -> bytes:
        """Return up to 64 records."""
        return os.read(self._descriptor, 64 * wire.RECORD.size)

    def keys_down(self) -> frozenset[int]:
        """Ask the kernel."""
        return bits(self._ask(_GET_KEYS, _KEY_BYTES))

    def leds(self) -> frozenset[int]:
        """Ask the kernel."""
        return bits(self._ask(_GET_LEDS, 8))

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _identify(self, number: int) -> Identity:
        kinds = bits(self._ask(_GET_BITS, 8))
        keys = bits(self._ask(_GET_BITS + wire.EV_KEY, _KEY_BYTES))
        steps = bits(self._ask(_GET_BITS + wire.EV_REL, 8)) if wire.EV_REL in kinds else frozenset()
        return Identity(
            number=number,
            name=self._text(_GET_NAME) or f"input device {number - 1}",
            phys=self._text(_GET_PHYS),
            uniq=self._text(_GET_UNIQ),
            keyboard={wire.KEY_A, wire.KEY_SPACE} <= keys,
            mouse={wire.REL_X, wire.REL_Y} <= steps and wire.BTN_LEFT in keys,
        )

    def _use_monotonic(self) -> bool:
        try:
            fcntl.ioctl(self._descriptor, _EVIOCSCLOCKID, struct.pack("@i", time.CLOCK_MONOTONIC))
        except OSError:
            return False
        return True

    def _text(self, number: int) -> str:
        try:
            return self._ask(number, _NAME_BYTES).split(b"\0", 1)[0].decode("utf-8", "replace")
        except OSError:  # a device without a place or serial number has no such answer
            return ""

    def _ask(self, number: int, size: int) -> bytes:
        answer = bytearray(size)
        fcntl.ioctl(self._descriptor, _ioc_read(number, size), answer)
        return bytes(answer)


def bits(mask: bytes) -> frozenset[int]:
    """Return the numbers of the bits that are set."""
    return frozenset(
        8 * place + bit for place, byte in enumerate(mask) for bit in range(8) if byte >> bit & 1
    )
