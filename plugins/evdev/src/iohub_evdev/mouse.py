"""The mice of the kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from iohub_core.clocksync import ClockConverter
from iohub_core.devices.backend import BackendContext, Receive
from iohub_evdev import wire
from iohub_evdev.node import DeviceFile, Identity, Node, Opener
from iohub_evdev.source import FOLDER, DeviceSource
from iohub_evdev.timing import converter_for
from iohub_mouse.backends.base import MouseBackend
from iohub_mouse.native import MOVE, PRESS, RELEASE, SCROLL, NativeMouse, PointerState

_BITS = {wire.BTN_LEFT + place: 1 << place for place in range(9)}


class EvdevMouse(MouseBackend):
    """Every step and button of every mouse, stamped by the kernel in microseconds.

    The kernel knows steps, not a pointer: the position counts the steps of all mice from (0, 0),
    without acceleration, and knows no edges.

    Args:
        settings: the checked settings.
        context: what it may use of the hub.
        folder: where the device files are.
        opener: opens one; another in tests.
    """

    def __init__(
        self,
        settings: Any,
        context: BackendContext,
        folder: Path = FOLDER,
        opener: Opener = DeviceFile,
    ) -> None:
        super().__init__(settings, context)
        self._source = DeviceSource(context, _is_mouse, self._take, self._unplugged, folder, opener)
        self._x = self._y = 0.0
        self._down: dict[int, set[int]] = {}

    def converter(self) -> ClockConverter:
        """Return the converter of the kernel's microseconds."""
        return converter_for(self._source.nodes(), self.context)

    def open(self, receive: Receive[NativeMouse]) -> None:
        """Start reading.

        Raises:
            BackendUnavailableError: if there is no mouse, or it may not be read.
        """
        super().open(receive)
        self._source.start()

    def close(self) -> None:
        """Stop reading."""
        self._source.close()
        super().close()

    def query(self) -> PointerState:
        """Return the counted position, and the buttons that are down on any mouse."""
        buttons = 0
        for codes in tuple(self._down.values()):
            for code in tuple(codes):
                buttons |= _BITS[code]
        return PointerState(self._x, self._y, buttons)

    def warp(self, x: int, y: int) -> None:
        """Count from another position; no pointer is moved."""
        self._x, self._y = float(x), float(y)

    # -- in the reading thread ------------------------------------------------------------------

    def _take(self, node: Node, report: wire.Report, arrival: float) -> None:
        natives: list[NativeMouse] = []

        def add(kind: int, button: int = 0, dx: int = 0, dy: int = 0) -> None:
            natives.append(
                NativeMouse(
                    kind=kind,
                    x=self._x,
                    y=self._y,
                    arrival=arrival,
                    tick=report.tick,
                    button=button,
                    dx=dx,
                    dy=dy,
                    device_id=node.identity.number,
                )
            )

        steps = dict.fromkeys((wire.REL_X, wire.REL_Y, wire.REL_HWHEEL, wire.REL_WHEEL), 0)
        changes = self._changes(node) if report.lost else []
        for kind, code, value in report.events:
            if kind == wire.EV_REL and code in steps:
                steps[code] += value
            elif kind == wire.EV_KEY and code in _BITS and value in {0, 1}:
                changes.append((code, value))
        if steps[wire.REL_X] or steps[wire.REL_Y]:
            self._x += steps[wire.REL_X]
            self._y += steps[wire.REL_Y]
            add(MOVE)
        for code, value in changes:
            self._set(node, code, down=bool(value))
            add(PRESS if value else RELEASE, button=_BITS[code])
        if steps[wire.REL_HWHEEL] or steps[wire.REL_WHEEL]:
            add(SCROLL, dx=steps[wire.REL_HWHEEL], dy=steps[wire.REL_WHEEL])
        if natives:
            self.receive(natives)

    def _changes(self, node: Node) -> list[tuple[int, int]]:
        """Return the buttons that changed while the kernel's buffer was full."""
        self.context.log.warning("the kernel dropped events of %r", node.identity.name)
        known = self._down.get(node.identity.number, set())
        now = {code for code in node.keys_down() if code in _BITS}
        changes = [(code, 0) for code in sorted(known - now)]
        return changes + [(code, 1) for code in sorted(now - known)]

    def _set(self, node: Node, code: int, *, down: bool) -> None:
        codes = self._down.setdefault(node.identity.number, set())
        if down:
            codes.add(code)
        else:
            codes.discard(code)

    def _unplugged(self, node: Node) -> None:
        """Release what was down on a mouse that is gone."""
        now = self.context.clock.now()
        tick = round((now + self.context.clock.zero) * 1e6)
        codes = sorted(self._down.get(node.identity.number, set()))
        events = [(wire.EV_KEY, code, 0) for code in codes]
        self._take(node, wire.Report(tick, events), now)
        self._down.pop(node.identity.number, None)


def _is_mouse(identity: Identity) -> bool:
    return identity.mouse
