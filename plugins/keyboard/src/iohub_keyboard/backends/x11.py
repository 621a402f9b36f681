"""The keyboards of an X server, through XInput 2."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from iohub_core.clocksync import ClockConverter
from iohub_core.constants import ModifierKeyCodes as Bits
from iohub_core.devices.backend import BackendContext, BackendThread, Receive
from iohub_core.errors import BackendUnavailableError
from iohub_keyboard.keynames import keysym_of_character
from iohub_keyboard.native import KeyboardBackend, NativeKey
from iohub_x11.keymap import CAPS_LOCK, KeyMap, KeyState
from iohub_x11.keys import KeyQuery, KeyReader, KeyRecord, KeysUnreadableError
from iohub_x11.keysyms import character, dead_accent, is_keypad


class X11Keyboard(KeyboardBackend):
    """Every key of every keyboard, stamped by the server in milliseconds.

    The server's clock is the machine's monotonic clock, cut to whole milliseconds, 32 bits; on a
    server elsewhere (DISPLAY with a host name) it is that machine's, and is estimated.
    """

    def __init__(self, settings: Any, context: BackendContext) -> None:
        super().__init__(settings, context)
        self._query: KeyQuery | None = None
        self._reader: KeyReader | None = None
        self._thread: BackendThread | None = None
        self._keymap: KeyMap | None = None
        self._stale = threading.Event()

    def converter(self) -> ClockConverter:
        """Return the converter of the server's milliseconds."""
        return ClockConverter(
            tick_s=0.001,
            resolution_s=0.001,
            wrap=2**32,
            monotonic_zero=self.context.clock.zero if _is_local() else None,
        )

    def open(self, receive: Receive[NativeKey]) -> None:
        """Connect and start reading.

        Raises:
            BackendUnavailableError: if there is no X server with XInput 2.2 and XKB.
        """
        super().open(receive)
        try:
            query = self._connected()
            self._keymap = query.keymap()
            self._reader = KeyReader(query, self.context.clock.now, self._stale.set)
        except KeysUnreadableError as error:
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

    def keys_down(self) -> Mapping[int, int]:
        """Ask the server which keys are down."""
        return keysyms_down(self._connected(), self._keymap, self._reader)

    def focus(self) -> tuple[int, int]:
        """Ask the server which window has the focus, and whose it is."""
        return self._connected().focus()

    def keyboards(self) -> dict[int, str]:
        """Ask the server for its physical keyboards."""
        return self._connected().keyboards()

    def _connected(self) -> KeyQuery:
        if self._query is None:
            self._query = KeyQuery()
        return self._query

    def _records(self, records: Sequence[KeyRecord]) -> None:
        if self._stale.is_set() or self._keymap is None:
            self._stale.clear()
            self._keymap = self._connected().keymap()
        keymap = self._keymap
        window = self._connected().focus_window()
        self.receive([native_from(record, keymap, window) for record in records])


def keysyms_down(
    query: KeyQuery, keymap: KeyMap | None, reader: KeyReader | None = None
) -> dict[int, int]:
    """Return keycode and keysym of the keys that are down."""
    mapping = keymap or query.keymap()
    state = KeyState() if reader is None else reader.state
    return {
        keycode: plain_keysym(mapping.meaning(keycode, state).keysym)
        for keycode in query.keys_down()
    }


def native_from(record: KeyRecord, keymap: KeyMap, window: int = 0) -> NativeKey:
    """Return what a record means; ``window`` is the one with the focus."""
    meaning = keymap.meaning(record.keycode, record.state)
    return NativeKey(
        pressed=record.pressed,
        scan_code=record.keycode,
        keysym=plain_keysym(meaning.keysym),
        char=meaning.char,
        arrival=record.arrival,
        tick=record.time_ms,
        repeat=record.repeat,
        locks=_locks(record.state.modifiers, keymap),
        device_id=record.source,
        window_id=window,
    )


def plain_keysym(keysym: int) -> int:
    """Bring the many keysyms of one character (national ones, dead accents) to a single one."""
    if is_keypad(keysym):
        return keysym
    char = character(keysym) or dead_accent(keysym)
    return keysym_of_character(char) if char else keysym


def _locks(modifiers: int, keymap: KeyMap) -> int:
    locks = Bits.capslock if modifiers & CAPS_LOCK else 0
    if modifiers & keymap.num_lock:
        locks |= Bits.numlock
    if modifiers & keymap.scroll_lock:
        locks |= Bits.scrolllock
    return locks


def _is_local() -> bool:
    """Return whether the X server runs on this machine, as DISPLAY is written."""
    host = os.environ.get("DISPLAY", "").partition(":")[0]
    return host in {"", "unix"} or host.startswith("/")
