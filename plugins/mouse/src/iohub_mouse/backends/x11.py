"""The mice of an X server, through XInput 2."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from iohub_core.clocksync import ClockConverter
from iohub_core.constants import ModifierKeyCodes as Bits
from iohub_core.devices.backend import BackendContext, BackendThread, Receive
from iohub_core.errors import BackendUnavailableError
from iohub_mouse.backends.base import MouseBackend
from iohub_mouse.native import MOVE, PRESS, RELEASE, SCROLL, NativeMouse, PointerState
from iohub_x11 import pointer
from iohub_x11.pointer import PointerQuery, PointerReader, PointerRecord, PointerUnreadableError

# X counts 1 left, 2 middle, 3 right, 4 to 7 wheel up, down, left, right, 8 on for the others.
_BITS = {1: 1, 2: 4, 3: 2, 8: 8, 9: 16, 10: 32, 11: 64, 12: 128, 13: 256}
_WHEEL = {4: (0, 1), 5: (0, -1), 6: (-1, 0), 7: (1, 0)}
# The core protocol's mask knows the first three that are no wheel.
_MASKS = {1 << 8: 1, 1 << 9: 4, 1 << 10: 2}
# The keysyms of modifier keys and their bits, as ModifierKeyCodes numbers them.
_MODIFIERS = {
    0xFFE1: Bits.lshift,
    0xFFE2: Bits.rshift,
    0xFFE3: Bits.lctrl,
    0xFFE4: Bits.rctrl,
    0xFFE7: Bits.lalt,
    0xFFE8: Bits.ralt,
    0xFFE9: Bits.lalt,
    0xFFEA: Bits.ralt,
    0xFE03: Bits.ralt,
    0xFF7E: Bits.ralt,
    0xFFEB: Bits.lcmd,
    0xFFEC: Bits.rcmd,
}


class X11Mouse(MouseBackend):
    """Every move and button of every mouse, stamped by the server in milliseconds.

    The server's clock is the machine's monotonic clock, cut to whole milliseconds, 32 bits; on a
    server elsewhere (DISPLAY with a host name) it is that machine's, and is estimated.
    """

    def __init__(self, settings: Any, context: BackendContext) -> None:
        super().__init__(settings, context)
        self._query: PointerQuery | None = None
        self._reader: PointerReader | None = None
        self._thread: BackendThread | None = None

    def converter(self) -> ClockConverter:
        """Return the converter of the server's milliseconds."""
        local = _is_local()
        return ClockConverter(
            tick_s=0.001,
            resolution_s=0.001,
            wrap=2**32,
            monotonic_zero=self.context.clock.zero if local else None,
        )

    def open(self, receive: Receive[NativeMouse]) -> None:
        """Connect and start reading.

        Raises:
            BackendUnavailableError: if there is no X server with XInput 2.2.
        """
        super().open(receive)
        try:
            self._query = PointerQuery()
            self._reader = PointerReader(self._query, self.context.clock.now, _MODIFIERS)
        except PointerUnreadableError as error:
            raise BackendUnavailableError(str(error)) from error
        reader = self._reader
        self._thread = BackendThread(self.context, lambda: reader.run(self._records))
        self._thread.start()

    def close(self) -> None:
        """Stop reading and disconnect."""
        super().close()
        if self._reader is not None and self._thread is not None:
            self._reader.close()
            self._thread.join()
            self._reader.release()
        if self._query is not None:
            self._query.close()

    def query(self) -> PointerState:
        """Ask the server where the pointer is."""
        x, y, mask, _ = self._opened().pointer()
        buttons = sum(bit for core, bit in _MASKS.items() if mask & core)
        return PointerState(x, y, buttons)

    def warp(self, x: int, y: int) -> None:
        """Put the pointer on a pixel; the server reports it as a move."""
        self._opened().warp(x, y)

    def owner(self, window_id: int) -> int:
        """Ask for the process of a top-level window, or of the client window framed by it."""
        return self._opened().owner(window_id)

    def _opened(self) -> PointerQuery:
        if self._query is None:
            raise BackendUnavailableError(f"{self.context.device_name} is not open")
        return self._query

    def _records(self, records: Sequence[PointerRecord]) -> None:
        natives = [one for one in map(native_from, records) if one is not None]
        if natives:
            self.receive(natives)


def native_from(record: PointerRecord) -> NativeMouse | None:
    """Return what a record means; None for a wheel's release and buttons beyond the ninth."""
    kind, button, dx, dy = MOVE, 0, 0, 0
    if record.kind != pointer.MOVE:
        if record.button in _WHEEL:
            if record.kind == pointer.RELEASE:
                return None
            kind, (dx, dy) = SCROLL, _WHEEL[record.button]
        elif record.button in _BITS:
            kind = PRESS if record.kind == pointer.PRESS else RELEASE
            button = _BITS[record.button]
        else:
            return None
    return NativeMouse(
        kind=kind,
        x=record.x,
        y=record.y,
        arrival=record.arrival,
        tick=record.time_ms,
        button=button,
        dx=dx,
        dy=dy,
        device_id=record.source,
        window_id=record.child,
        held=record.held,
    )


def _is_local() -> bool:
    """Return whether the X server runs on this machine, as DISPLAY is written."""
    host = os.environ.get("DISPLAY", "").partition(":")[0]
    return host in {"", "unix"} or host.startswith("/")
