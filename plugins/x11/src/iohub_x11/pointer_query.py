"""Asking an X server about its mice, and putting the pointer somewhere."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from typing import Any

import attrs
from Xlib import X, display, error
from Xlib.ext import xinput, xtest

# XI 2.2 or later: raw events then come under other clients' grabs too.
_XI_VERSION = (2, 3)
_FRAMES_DEEP = 3


class PointerUnreadableError(RuntimeError):
    """The X server's mice can't be watched; the message says why and what helps."""


@attrs.frozen
class Axis:
    """Brings one axis of a device to pixels.

    A device without a range gives pixels. One with a range (a tablet, a virtual machine's mouse)
    is spread over the screen, the range's upper end being part of it: rescaleValuatorAxis in the
    X server's getevents.c.
    """

    low: float = 0.0
    high: float = -1.0

    def pixel(self, value: float, size: int) -> int:
        """Return the pixel of an axis value on a screen of ``size`` pixels."""
        if self.low >= self.high:
            return int(value)
        return int((value - self.low) * size / (self.high + 1 - self.low))


class PointerQuery:
    """A connection for questions and orders; any thread may use it.

    Raises:
        PointerUnreadableError: if the server can't be reached, or lacks XInput 2.2.
    """

    def __init__(self, display_name: str | None = None) -> None:
        self._lock = threading.Lock()
        try:
            self.connection: Any = display.Display(display_name)
        except (error.DisplayError, error.ConnectionClosedError, OSError) as fault:
            raise PointerUnreadableError(
                f"the X server can't be reached ({fault}); check DISPLAY and access to it"
            ) from fault
        self.root = self.connection.screen().root
        announce(self.connection)

    def close(self) -> None:
        """Give the connection back."""
        with self._lock, contextlib.suppress(error.ConnectionClosedError, OSError):
            self.connection.close()

    def pointer(self) -> tuple[int, int, int, int]:
        """Return x, y, the mask of modifiers and buttons, and the top-level window's number."""
        with self._lock:
            found = self.root.query_pointer()
        return found.root_x, found.root_y, found.mask, getattr(found.child, "id", 0) or 0

    def owner(self, window: int) -> int:
        """Return the process that a window, or a window inside it, says it belongs to; or 0.

        Window managers put a client's window into a frame of their own, at most two deep.
        """
        with self._lock:
            atom = self.connection.intern_atom("_NET_WM_PID")
            level = [self.connection.create_resource_object("window", window)] if window else []
            for _ in range(_FRAMES_DEEP):
                deeper = []
                for one in level:
                    with contextlib.suppress(error.XError):  # it has gone meanwhile
                        found = one.get_full_property(atom, X.AnyPropertyType)
                        if found is not None and len(found.value):
                            return int(found.value[0])
                        deeper += one.query_tree().children
                level = deeper
        return 0

    def warp(self, x: int, y: int) -> None:
        """Put the pointer on a pixel of the root window; returns when it is there.

        By XTest's motion, which the server reports like a mouse's. What WarpPointer does (used
        where XTest is missing) is reported only once a mouse has moved before.
        """
        with self._lock:
            if self.connection.query_extension("XTEST") is None:
                self.root.warp_pointer(x, y)
            else:
                xtest.fake_input(self.connection, X.MotionNotify, 0, x=x, y=y)
            self.connection.sync()

    def button_map(self) -> list[int]:
        """Return the logical button of each physical one, counted from 1."""
        with self._lock:
            return list(self.connection.get_pointer_mapping())

    def keycodes_of(self, bits: Mapping[int, int]) -> dict[int, int]:
        """Return by keycode the bits of those keys that bear one of some keysyms.

        Args:
            bits: a bit for each keysym.
        """
        with self._lock:
            first = self.connection.display.info.min_keycode
            count = self.connection.display.info.max_keycode - first + 1
            rows = self.connection.get_keyboard_mapping(first, count)
        return {
            first + place: bits[row[0]] for place, row in enumerate(rows) if row and row[0] in bits
        }

    def keys_down(self) -> set[int]:
        """Return the keycodes of the keys that are down."""
        with self._lock:
            masks = self.connection.query_keymap()
        return {8 * i + bit for i, mask in enumerate(masks) for bit in range(8) if mask >> bit & 1}

    def screen_size(self) -> tuple[int, int]:
        """Return width and height of the root window."""
        with self._lock:
            geometry = self.root.get_geometry()
        return geometry.width, geometry.height

    def mice(self) -> dict[int, tuple[Axis, Axis]]:
        """Return the two axes of every slave pointer device."""
        with self._lock:
            devices = self.connection.xinput_query_device(xinput.AllDevices).devices
        found = {}
        for device in devices:
            if device.use in {xinput.SlavePointer, xinput.FloatingSlave}:
                axes = {
                    one.number: Axis(float(one.min), float(one.max))
                    for one in device.classes
                    if one.type == xinput.ValuatorClass
                }
                if 0 in axes and 1 in axes:
                    found[device.deviceid] = (axes[0], axes[1])
        return found


def announce(connection: Any) -> int:
    """Tell the server which XInput is spoken, and return the extension's opcode.

    Raises:
        PointerUnreadableError: if the server lacks XInput 2.2.
    """
    if connection.query_extension(xinput.extname) is None:
        raise PointerUnreadableError("the X server has no XInput extension")
    opcode: int = connection.display.get_extension_major(xinput.extname)
    # python-xlib's own helper announces 2.0.
    found = xinput.XIQueryVersion(
        display=connection.display,
        opcode=opcode,
        major_version=_XI_VERSION[0],
        minor_version=_XI_VERSION[1],
    )
    if (found.major_version, found.minor_version) < (2, 2):
        raise PointerUnreadableError(
            f"the X server has XInput {found.major_version}.{found.minor_version}; 2.2 is needed"
        )
    return opcode
