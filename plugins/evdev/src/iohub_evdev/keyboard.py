"""The keyboards of the kernel."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iohub_core.clocksync import ClockConverter
from iohub_core.constants import ModifierKeyCodes as Bits
from iohub_core.devices.backend import BackendContext, Receive
from iohub_evdev import wire
from iohub_evdev.keys import LOCKS_BY_LED, X_OFFSET, key_of
from iohub_evdev.node import DeviceFile, Identity, Node, Opener
from iohub_evdev.source import FOLDER, DeviceSource
from iohub_evdev.timing import converter_for
from iohub_keyboard.modifiers import held_bit
from iohub_keyboard.native import KeyboardBackend, NativeKey

_SHIFTS = Bits.lshift | Bits.rshift
_REPEAT = 2


class EvdevKeyboard(KeyboardBackend):
    """Every key of every keyboard, stamped by the kernel in microseconds, told apart by device.

    Args:
        settings: the checked settings.
        context: what it may use of the hub.
        folder: where the device files are.
        opener: opens one; another in tests.
    """

    attends_experiment = True  # there are no windows here

    def __init__(
        self,
        settings: Any,
        context: BackendContext,
        folder: Path = FOLDER,
        opener: Opener = DeviceFile,
    ) -> None:
        super().__init__(settings, context)
        self._source = DeviceSource(
            context, _is_keyboard, self._take, self._unplugged, folder, opener
        )
        # Codes that are down on each device, each with the keysym it went down with.
        self._down: dict[int, dict[int, int]] = {}
        self._locks: dict[int, int] = {}

    def converter(self) -> ClockConverter:
        """Return the converter of the kernel's microseconds."""
        return converter_for(self._source.nodes(), self.context)

    def open(self, receive: Receive[NativeKey]) -> None:
        """Start reading.

        Raises:
            BackendUnavailableError: if there is no keyboard, or it may not be read.
        """
        super().open(receive)
        self._source.start()

    def close(self) -> None:
        """Stop reading."""
        self._source.close()
        super().close()

    def keyboards(self) -> dict[int, str]:
        """Return the keyboards that are plugged in."""
        if not self._source.nodes():
            self._source.find()
        return {node.identity.number: node.identity.name for node in self._source.nodes()}

    def keys_down(self) -> Mapping[int, int]:
        """Ask the kernel which keys are down."""
        down = {}
        for node in self._source.nodes():
            for code in node.keys_down():
                if not wire.FIRST_BUTTON <= code <= wire.LAST_BUTTON:
                    down[code + X_OFFSET] = key_of(code, self._locks_of(node)).keysym
        return down

    # -- in the reading thread ------------------------------------------------------------------

    def _take(self, node: Node, report: wire.Report, arrival: float) -> None:
        if report.lost:
            natives = self._resynchronised(node, report.tick, arrival)
        else:
            natives = []
            for kind, code, value in report.events:
                if kind == wire.EV_KEY and not wire.FIRST_BUTTON <= code <= wire.LAST_BUTTON:
                    natives.append(self._key(node, code, value, report.tick, arrival))
                elif kind == wire.EV_LED:
                    self._led(node, code, on=bool(value))
        if natives:
            self.receive(natives)

    def _key(self, node: Node, code: int, value: int, tick: int, arrival: float) -> NativeKey:
        number = node.identity.number
        locks = self._locks_of(node)
        key = key_of(code, locks)
        down = self._down.setdefault(number, {})
        held = 0
        for device in self._down.values():
            for keysym in device.values():
                held |= held_bit(keysym)
        char = key.char(shift=bool(held & _SHIFTS), caps=bool(locks & Bits.capslock))
        if value:
            down[code] = key.keysym
        else:
            down.pop(code, None)
        return NativeKey(
            pressed=bool(value),
            scan_code=key.scan_code,
            keysym=key.keysym,
            char=char,
            arrival=arrival,
            tick=tick,
            repeat=value == _REPEAT,
            locks=locks,
            device_id=number,
        )

    def _resynchronised(self, node: Node, tick: int, arrival: float) -> list[NativeKey]:
        """Return what must have happened while the kernel's buffer was full.

        The times are those of the loss's end: when it really happened is not known.
        """
        self.context.log.warning("the kernel dropped events of %r", node.identity.name)
        self._locks.pop(node.identity.number, None)
        known = set(self._down.get(node.identity.number, {}))
        now = node.keys_down()
        changes = [(code, 0) for code in sorted(known - now)]
        changes += [(code, 1) for code in sorted(now - known)]
        return [self._key(node, code, value, tick, arrival) for code, value in changes]

    def _unplugged(self, node: Node) -> None:
        """Release what was down on a keyboard that is gone."""
        number = node.identity.number
        now = self.context.clock.now()
        natives = [
            self._key(node, code, 0, round(self._monotonic(now) * 1e6), now)
            for code in tuple(self._down.get(number, {}))
        ]
        self._down.pop(number, None)
        self._locks.pop(number, None)
        if natives:
            self.receive(natives)

    def _monotonic(self, now: float) -> float:
        return now + self.context.clock.zero

    def _locks_of(self, node: Node) -> int:
        number = node.identity.number
        if number not in self._locks:
            try:
                lights = node.leds()
            except OSError:
                lights = frozenset()
            self._locks[number] = sum(bit for light, bit in LOCKS_BY_LED.items() if light in lights)
        return self._locks[number]

    def _led(self, node: Node, code: int, *, on: bool) -> None:
        bit = LOCKS_BY_LED.get(code, 0)
        locks = self._locks_of(node)
        self._locks[node.identity.number] = locks | bit if on else locks & ~bit


def _is_keyboard(identity: Identity) -> bool:
    return identity.keyboard
