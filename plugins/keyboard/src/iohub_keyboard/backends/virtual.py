"""A keyboard without hands: keys come from the script, with realistic time stamps."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import attrs

from iohub_core.clocksync import ClockConverter
from iohub_core.devices.backend import BackendContext, BackendThread, Receive
from iohub_keyboard.layout import Key, key_called
from iohub_keyboard.modifiers import held_bit, lock_bit
from iohub_keyboard.native import KeyboardBackend, NativeKey

_SHIFT_BITS = held_bit(0xFFE1) | held_bit(0xFFE2)
_CAPS_BIT = lock_bit(0xFFE5)


@attrs.frozen(kw_only=True)
class Action:
    """One thing to do with a key.

    Attributes:
        key: its name or character.
        at: seconds from now.
        pressed: whether it goes down or up.
        lost: True for an event that never reaches the hub, as when the focus is taken away.
    """

    key: str
    at: float
    pressed: bool
    lost: bool = False


class VirtualKeyboard(KeyboardBackend):
    """Does what :meth:`simulate` is told, at the times it is told.

    It stamps each key with the machine's clock cut to whole microseconds (or with the clock that
    the settings describe), and delivers it ``latency`` later; held keys repeat; CapsLock, NumLock
    and ScrollLock lock.
    """

    attends_experiment = True

    def __init__(self, settings: Any, context: BackendContext) -> None:
        super().__init__(settings, context)
        self._behaviour = settings.virtual
        self._down: dict[int, Key] = {}
        self._held_bits = 0
        self._locks = 0
        self._due: list[tuple[float, int, Callable[[float], None]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        self._thread: BackendThread | None = None

    def converter(self) -> ClockConverter:
        """Return the converter of the clock that the settings describe."""
        tick, own = self._behaviour.tick, self._behaviour
        ours = not own.clock_offset and not own.clock_drift_ppm
        return ClockConverter(tick_s=tick, resolution_s=tick, monotonic_zero=0.0 if ours else None)

    def open(self, receive: Receive[NativeKey]) -> None:
        """Start taking actions."""
        super().open(receive)
        self._thread = BackendThread(self.context, self._run)
        self._thread.start()

    def close(self) -> None:
        """Stop; actions that are still to come never happen."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        super().close()

    def keys_down(self) -> Mapping[int, int]:
        """Return scan code and keysym of the keys that are down."""
        with self._changed:
            return {code: key.keysym for code, key in self._down.items()}

    def keyboards(self) -> dict[int, str]:
        """Return the one keyboard there is."""
        return {1: "virtual keyboard"}

    def simulate(self, actions: Sequence[Any]) -> None:
        """Do actions, each a map of :class:`Action`'s fields; those due now before it returns.

        Raises:
            ValueError: if a key is unknown; nothing is done then.
            TypeError: if an action has an unknown field.
        """
        checked = [Action(**action) for action in actions]
        keys = [key_called(action.key) for action in checked]
        now = self.context.clock.now()
        for action, key in zip(checked, keys, strict=True):
            if action.at <= 0 and not self._behaviour.latency:
                self._act(action, key, now)
            else:
                self._later(now + action.at, partial(self._act, action, key))

    def _tick(self, happened: float) -> int:
        own = self._behaviour
        shown: float = own.clock_offset + happened * (1 + own.clock_drift_ppm * 1e-6)
        return int(shown // own.tick)

    # -- in its own thread ----------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._closed:
                    wait = self._due[0][0] - self.context.clock.now() if self._due else None
                    if wait is not None and wait <= 0:
                        break
                    self._changed.wait(wait)
                if self._closed:
                    return
                when, _, action = heapq.heappop(self._due)
            action(when)

    def _later(self, when: float, action: Callable[[float], None]) -> None:
        with self._changed:
            heapq.heappush(self._due, (when, next(self._numbers), action))
            self._changed.notify()

    def _act(self, action: Action, key: Key, when: float) -> None:
        happened = max(when, self.context.clock.now() - self._behaviour.latency)
        with self._changed:
            locks = self._locks
            char = key.char(
                shift=bool(self._held_bits & _SHIFT_BITS), caps=bool(self._locks & _CAPS_BIT)
            )
            if action.pressed:
                first = key.scan_code not in self._down
                self._down[key.scan_code] = key
                self._held_bits |= held_bit(key.keysym)
                self._locks ^= lock_bit(key.keysym)
            else:
                first = False
                self._down.pop(key.scan_code, None)
                self._held_bits &= ~held_bit(key.keysym)
        if not action.lost:
            self._deliver(key, char, locks, happened, pressed=action.pressed, repeat=False)
        if first and not held_bit(key.keysym) and not lock_bit(key.keysym):
            next_repeat = happened + self._behaviour.repeat_delay
            self._later(next_repeat, lambda due: self._repeat(key, due))

    def _repeat(self, key: Key, when: float) -> None:
        with self._changed:
            if self._down.get(key.scan_code) is not key:
                return
            locks = self._locks
            char = key.char(shift=bool(self._held_bits & _SHIFT_BITS), caps=bool(locks & _CAPS_BIT))
        self._deliver(key, char, locks, when, pressed=True, repeat=True)
        following = when + self._behaviour.repeat_interval
        self._later(following, lambda due: self._repeat(key, due))

    def _deliver(
        self, key: Key, char: str, locks: int, happened: float, *, pressed: bool, repeat: bool
    ) -> None:
        """Hand a key on, ``latency`` after it happened."""
        native = NativeKey(
            pressed=pressed,
            scan_code=key.scan_code,
            keysym=key.keysym,
            char=char,
            arrival=0.0,
            tick=self._tick(happened),
            repeat=repeat,
            locks=locks,
            device_id=1,
        )

        def arrive(_: float) -> None:
            native.arrival = self.context.clock.now()
            self.receive([native])

        if self._behaviour.latency:
            self._later(happened + self._behaviour.latency, arrive)
        else:
            arrive(happened)
