"""What a port tells a device, and what a device may ask of a port."""

from __future__ import annotations

from typing import Protocol

import attrs


@attrs.frozen(slots=True)
class Chunk:
    """Bytes that were read together.

    Attributes:
        data: the bytes, at least one.
        read_time: hub time right after the reader woke up.
        byte_time: seconds one byte takes on the line; 0 where there is no line.
        confidence_interval: half-width of what can't be known of the bytes' times, in seconds;
            0 if it is not known.
    """

    data: bytes
    read_time: float
    byte_time: float
    confidence_interval: float


@attrs.frozen(slots=True)
class PortChange:
    """The port went away or came back.

    Attributes:
        connected: whether it is there now.
        text: what happened, as a sentence.
        expected: True if the script asked for it.
    """

    connected: bool
    text: str
    expected: bool = False


Native = Chunk | PortChange


class Port(Protocol):
    """What a serial device uses of its backend. Called in threads of requests."""

    @property
    def name(self) -> str:
        """The port's name or URL."""
        ...

    @property
    def connected(self) -> bool:
        """Whether the port is open."""
        ...

    def write(self, data: bytes) -> int:
        """Hand bytes to the port and return how many; raises DeviceError if it can't."""
        ...

    def flush_input(self) -> None:
        """Drop what the system has received and nobody has read."""
        ...

    def flush_output(self) -> None:
        """Drop what was written and not yet sent."""
        ...

    def set_connected(self, wanted: bool) -> bool:
        """Open or close the port; returns whether it is open now."""
        ...
