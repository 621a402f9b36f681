"""What the script tells the hub first, through the hub's standard input.

The key never appears on a command line or in the environment, where other users could read it.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import msgspec

_LENGTH = struct.Struct("<I")


class Bootstrap(msgspec.Struct, forbid_unknown_fields=True):
    """Everything a hub needs to begin.

    Attributes:
        key: the secret both sides of every connection prove to know.
        folder: the private folder of the session (0700): socket and buffers.
        zero: the ``perf_counter`` reading that is 0 s.
        script_pid: process id of the script.
        plan: the checked launch plan as plain data.
        sys_path: the script's import path, so that both sides import the same modules.
        main_path: the script's file, or empty.
    """

    key: bytes
    folder: str
    zero: float
    script_pid: int
    plan: dict[str, Any]
    sys_path: list[str]
    main_path: str = ""


def send_frame(write: Any, data: Any) -> None:
    """Write one length-prefixed MessagePack frame by ``write(bytes)``."""
    body = msgspec.msgpack.encode(data)
    write(_LENGTH.pack(len(body)) + body)


def read_frame(stream: BinaryIO) -> bytes | None:
    """Read one frame's body, or return None at the end of the stream."""
    head = _read_exactly(stream, _LENGTH.size)
    if head is None:
        return None
    return _read_exactly(stream, _LENGTH.unpack(head)[0])


def _read_exactly(stream: BinaryIO, count: int) -> bytes | None:
    parts = []
    while count:
        part = stream.read(count)
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
