"""Every key of an X server's keyboards, read through XInput 2 and XKB.

Raw events of the master keyboards tell of every press and release, whichever window has the focus
and whoever has grabbed the keyboard, in the order they happened. They carry neither modifiers nor
layout; XKB's state events come on the same connection, in order, and say what is in force.
A held key shows there as pressed once and released once. Its repeats come as key events of the
slave devices, marked as such; like a mouse's moves they reach us through other clients' windows.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from typing import Any

import attrs
from Xlib import X, display, error
from Xlib.ext import xinput

from iohub_x11 import pointer_wire as wire
from iohub_x11.keymap import KeyMap, KeyState
from iohub_x11.pointer import PointerUnreadableError, announce

KEY_PRESS, RAW_KEY_PRESS, RAW_KEY_RELEASE = 2, 13, 14
_REPEAT_FLAG = 0x10000
_XKB_NAME = "XKEYBOARD"
_XKB_STATE_NOTIFY = 2
_USE_CORE_KEYBOARD = 0x100
# A key event from byte 12: time, keycode; windows and positions; source, flags (XI2proto.h).
_KEY = struct.Struct("<II32xH2xI")
# XkbStateNotify from byte 8: device, mods, base, latched, locked mods, group (XKBproto.h).
_XKB_STATE = struct.Struct("<BBBBBB")
# The reply to XkbGetState from byte 8: mods, base, latched, locked mods, group.
_XKB_GET_STATE = struct.Struct("<BBBBB")


class KeysUnreadableError(RuntimeError):
    """The X server's keyboards can't be watched; the message says why and what helps."""


@attrs.define(slots=True, eq=False)
class KeyRecord:
    """One key that went down or up.

    Attributes:
        pressed: whether it went down.
        keycode: the server's number of the key.
        time_ms: the server's time.
        arrival: when it was read, by the clock given.
        source: number of the physical keyboard.
        state: modifiers and layout just before.
        repeat: True for a press that the held key repeats.
    """

    pressed: bool
    keycode: int
    time_ms: int
    arrival: float
    source: int
    state: KeyState
    repeat: bool = False


class KeyQuery:
    """A connection for questions; any thread may use it.

    Raises:
        KeysUnreadableError: if the server can't be reached.
    """

    def __init__(self, display_name: str | None = None) -> None:
        self._lock = threading.Lock()
        self._connection = connect(display_name)
        self._pid_atom = self._connection.intern_atom("_NET_WM_PID")

    def close(self) -> None:
        """Give the connection back."""
        with self._lock, contextlib.suppress(error.ConnectionClosedError):  # the server has gone
            self._connection.close()

    def keymap(self) -> KeyMap:
        """Return the keyboard mapping in force."""
        with self._lock:
            first = self._connection.display.info.min_keycode
            count = self._connection.display.info.max_keycode - first + 1
            rows = self._connection.get_keyboard_mapping(first, count)
            modifiers = self._connection.get_modifier_mapping()
        return KeyMap(first, rows, modifiers)

    def keys_down(self) -> frozenset[int]:
        """Return the keycodes that are down now."""
        with self._lock:
            bits = self._connection.query_keymap()
        return frozenset(
            8 * place + bit
            for place, byte in enumerate(bits)
            for bit in range(8)
            if byte >> bit & 1
        )

    def focus_window(self) -> int:
        """Return the window that has the focus, 0 for none."""
        with self._lock:
            focus = self._connection.get_input_focus().focus
        return int(getattr(focus, "id", 0) or 0)

    def focus(self) -> tuple[int, int]:
        """Return the window that has the focus and the id of the process it says it belongs to.

        Both 0 where there is none, or where the window does not say.
        """
        with self._lock:
            window = self._connection.get_input_focus().focus
            number = int(getattr(window, "id", 0) or 0)
            while number and window is not None and hasattr(window, "get_full_property"):
                try:
                    found = window.get_full_property(self._pid_atom, X.AnyPropertyType)
                    if found is not None and len(found.value):
                        return number, int(found.value[0])
                    window = window.query_tree().parent
                except error.XError:
                    break  # the window has gone meanwhile
        return number, 0

    def keyboards(self) -> dict[int, str]:
        """Return number and name of every physical keyboard."""
        with self._lock:
            devices = self._connection.xinput_query_device(xinput.AllDevices).devices
        return {one.deviceid: one.name for one in devices if one.use == xinput.SlaveKeyboard}


class KeyReader:
    """Reads key events on a connection of its own.

    Args:
        query: for the physical keyboards.
        now: the clock that stamps arrivals.
        mapping_changed: called, in the reading thread, when the keyboard mapping has changed.
        display_name: the X server, None for the one that DISPLAY names.

    Raises:
        KeysUnreadableError: if the server can't be reached, or lacks XInput 2.2 or XKB.
    """

    def __init__(
        self,
        query: KeyQuery,
        now: Callable[[], float],
        mapping_changed: Callable[[], None],
        display_name: str | None = None,
    ) -> None:
        self._query = query
        self._now = now
        self._mapping_changed = mapping_changed
        self._connection = connect(display_name)
        try:
            self._opcode = announce(self._connection)
        except PointerUnreadableError as fault:
            raise KeysUnreadableError(str(fault)) from fault
        extension = self._connection.query_extension(_XKB_NAME)
        if extension is None:
            raise KeysUnreadableError("the X server has no XKEYBOARD extension")
        self._xkb_opcode, self._xkb_event = extension.major_opcode, extension.first_event
        self._root: int = self._connection.screen().root.id
        self._socket: socket.socket = self._connection.display.socket
        self._wake, self._waker = socket.socketpair()
        self._data = bytearray()
        self.state = KeyState()
        self._select()

    def run(self, receive: Callable[[Sequence[KeyRecord]], None]) -> None:
        """Read until closed; gives records in order, as many at a time as had arrived.

        Raises:
            ConnectionError: if the X server went away.
        """
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        wake = self._wake.fileno()
        while True:
            ready = poll.poll()
            arrival = self._now()
            if any(descriptor == wake for descriptor, _ in ready):
                return
            chunk = self._socket.recv(1 << 18)
            if not chunk:
                raise ConnectionError("the X server closed the connection")
            self._data += chunk
            records = self._records(arrival)
            if records:
                receive(records)

    def close(self) -> None:
        """Have ``run`` return; then call :meth:`release`. Any thread."""
        self._waker.send(b"x")

    def release(self) -> None:
        """Give the connection back, once ``run`` has returned."""
        with contextlib.suppress(error.ConnectionClosedError):  # the server has gone
            self._connection.close()
        self._wake.close()
        self._waker.close()

    def _records(self, arrival: float) -> list[KeyRecord]:
        records: list[KeyRecord] = []
        for packet in wire.packets(self._data):
            kind = packet[0] & 0x7F
            if kind == wire.GENERIC_EVENT and packet[1] == self._opcode:
                self._xinput(packet, packet[8], arrival, records)
            elif kind == self._xkb_event and packet[1] == _XKB_STATE_NOTIFY:
                _, modifiers, _, _, locked, group = _XKB_STATE.unpack_from(packet, 8)
                self.state = KeyState(modifiers, locked, group)
            elif kind in {self._xkb_event, wire.MAPPING_NOTIFY}:
                self._mapping_changed()
        return records

    def _xinput(self, packet: bytes, kind: int, arrival: float, records: list[KeyRecord]) -> None:
        if kind in {RAW_KEY_PRESS, RAW_KEY_RELEASE}:
            raw = wire.read_raw(packet, kind)
            pressed = kind == RAW_KEY_PRESS
            records.append(
                KeyRecord(pressed, raw.detail, raw.time_ms, arrival, raw.source, self.state)
            )
        elif kind == KEY_PRESS:
            time_ms, keycode, source, flags = _KEY.unpack_from(packet, 12)
            if flags & _REPEAT_FLAG:
                records.append(
                    KeyRecord(True, keycode, time_ms, arrival, source, self.state, repeat=True)
                )
        elif kind == wire.HIERARCHY_CHANGED:
            self._socket.sendall(self._repeats_of_slaves())

    def _repeats_of_slaves(self) -> bytes:
        """Return the requests that select key presses of every physical keyboard."""
        return b"".join(
            wire.select_events(self._opcode, self._root, number, (KEY_PRESS,))
            for number in self._query.keyboards()
        )

    def _select(self) -> None:
        """Select events, take in the state, and return when the server has done so."""
        self._socket.setblocking(True)
        xkb = self._xkb_opcode
        state, new_keyboard, new_map = 1 << _XKB_STATE_NOTIFY, 1 << 0, 1 << 1
        which = state | new_keyboard | new_map
        all_map_parts = 0xFF
        request = struct.pack("<BBHHH", xkb, 0, 2, 1, 0)  # XkbUseExtension 1.0
        request += struct.pack(  # XkbSelectEvents, all details of the three
            "<BBHHHHHHH",
            xkb,
            1,
            4,
            _USE_CORE_KEYBOARD,
            which,
            0,
            which,
            all_map_parts,
            all_map_parts,
        )
        request += wire.select_events(
            self._opcode, self._root, wire.ALL_MASTER_DEVICES, (RAW_KEY_PRESS, RAW_KEY_RELEASE)
        )
        request += wire.select_events(
            self._opcode, self._root, wire.ALL_DEVICES, (wire.HIERARCHY_CHANGED,)
        )
        request += self._repeats_of_slaves()
        request += struct.pack("<BBHHH", xkb, 4, 2, _USE_CORE_KEYBOARD, 0)  # XkbGetState
        self._socket.sendall(request)
        replies = 0
        kept = bytearray()
        while replies < 2:
            chunk = self._socket.recv(1 << 16)
            if not chunk:
                raise KeysUnreadableError("the X server closed the connection")
            self._data += chunk
            for packet in wire.packets(self._data):
                if not wire.is_reply(packet):
                    kept += packet  # an event that came meanwhile is not lost
                    continue
                replies += 1
                if replies == 2:
                    modifiers, _, _, locked, group = _XKB_GET_STATE.unpack_from(packet, 8)
                    self.state = KeyState(modifiers, locked, group)
        self._data = kept + self._data


def connect(display_name: str | None = None) -> Any:
    """Connect to an X server.

    Raises:
        KeysUnreadableError: if it can't be reached.
    """
    try:
        return display.Display(display_name)
    except (error.DisplayError, error.ConnectionClosedError, OSError) as fault:
        raise KeysUnreadableError(
            f"the X server can't be reached ({fault}); check DISPLAY and access to it"
        ) from fault
