"""``struct input_event`` and the numbers in it (linux/input.h, linux/input-event-codes.h)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import attrs

EV_SYN, EV_KEY, EV_REL, EV_LED = 0x00, 0x01, 0x02, 0x11
SYN_REPORT, SYN_DROPPED = 0, 3
REL_X, REL_Y, REL_HWHEEL, REL_WHEEL = 0, 1, 6, 8
LED_NUML, LED_CAPSL, LED_SCROLLL = 0, 1, 2
KEY_A, KEY_SPACE, BTN_LEFT = 30, 57, 0x110
FIRST_BUTTON, LAST_BUTTON = 0x100, 0x15F

RECORD = struct.Struct("@llHHi")
"""Seconds, microseconds, type, code, value; native sizes."""


@attrs.define(slots=True)
class Report:
    """What one device told at one moment: the events up to a SYN_REPORT.

    Attributes:
        tick: the kernel's stamp in microseconds.
        events: type, code and value of each, in order.
        lost: True if the kernel's buffer was full before it, so that events are missing: the
            state has to be asked for.
    """

    tick: int
    events: list[tuple[int, int, int]]
    lost: bool = False


class Reports:
    """Cuts a device's byte stream into reports, whatever pieces it comes in.

    After a SYN_DROPPED everything up to and with the next SYN_REPORT is worthless
    (Documentation/input/event-codes.rst); a report without events and ``lost`` set stands for it.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._events: list[tuple[int, int, int]] = []
        self._dropping = False

    def feed(self, data: bytes) -> Iterator[Report]:
        """Take bytes; yield the reports they complete."""
        data = self._rest + data
        whole = len(data) - len(data) % RECORD.size
        self._rest = data[whole:]
        for seconds, micros, kind, code, value in RECORD.iter_unpack(data[:whole]):
            if kind != EV_SYN:
                self._events.append((kind, code, value))
            elif code == SYN_DROPPED:
                self._dropping = True
            elif code == SYN_REPORT:
                events, self._events = self._events, []
                tick = seconds * 1_000_000 + micros
                if self._dropping:
                    self._dropping = False
                    yield Report(tick, [], lost=True)
                elif events:
                    yield Report(tick, events)
