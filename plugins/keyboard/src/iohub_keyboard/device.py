"""The keyboard in the hub: native keys to paired presses and releases. No OS code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from iohub_core.clocksync import ClockConverter
from iohub_core.devices import Device, DeviceContext, remote_method
from iohub_keyboard.events import KeyboardInputEvent, KeyboardPressEvent, KeyboardReleaseEvent
from iohub_keyboard.focus import FocusFilter
from iohub_keyboard.keynames import key_name
from iohub_keyboard.modifiers import held_bit, lock_bit
from iohub_keyboard.native import KeyboardBackend, NativeKey
from iohub_keyboard.selection import accepted_keyboards


@attrs.define(slots=True, eq=False)
class _Held:
    """A key that is down.

    Attributes:
        name: its name.
        keysym: its keysym when it went down; its release has the same, whatever the layout is then.
        time: when it went down, s.
        press: its press event; None if that was not published.
        bit: the modifier bit it sets, 0 for other keys.
        repeats: how often it has repeated itself.
    """

    name: str
    keysym: int
    time: float
    press: KeyboardPressEvent | None
    bit: int
    repeats: int = 0


class Keyboard(Device):
    """A keyboard, or all keyboards together.

    A release belongs to the press of the same physical key: its `duration` and `press_event_id`
    tell. Where a release was lost (the server was switched away from, a hub was started while a
    key was down), the key's next press ends the old one silently, and a release without a known
    press is published with both 0.
    """

    backend: KeyboardBackend

    def __init__(self, settings: Any, context: DeviceContext, backend: KeyboardBackend) -> None:
        super().__init__(settings, context, backend)
        self._held: dict[tuple[int, int], _Held] = {}
        self._locks = 0
        self._names: dict[int, str] = {}
        self._converter: ClockConverter | None = None
        self._accepted: frozenset[int] | None = None
        self._focus = FocusFilter(backend.focus, everywhere=settings.report_system_wide_events)

    def open(self) -> None:
        """Start watching.

        Raises:
            DeviceError: if the settings select a physical keyboard that is not there.
        """
        self._converter = self.backend.converter()
        self._accepted = accepted_keyboards(self.settings, self.backend)
        super().open()

    def receive(self, natives: Sequence[NativeKey]) -> None:
        """Turn native keys into events. Called in the backend's thread."""
        events: list[KeyboardInputEvent] = []
        for native in natives:
            if self._accepted is not None and native.device_id not in self._accepted:
                continue
            if not native.pressed and events:
                # A release needs the event_id that its press gets when it is published.
                self.publish(events)
                events = []
            event = self._pressed(native) if native.pressed else self._released(native)
            if event is not None and self._focus.admits(native, event):
                events.append(event)
        if events:
            self.publish(events)

    # -- one key --------------------------------------------------------------------------------

    def _pressed(self, native: NativeKey) -> KeyboardPressEvent | None:
        key = (native.device_id, native.scan_code)
        known = self._held.get(key)
        repeats = known is not None and native.repeat is not False
        if repeats and known is not None:
            known.repeats += 1
            if not self.settings.report_auto_repeat_press_events:
                return None
        elif native.repeat:
            return None  # a repeat of a key that is up by now: reported late, and worth nothing
        self._locks = native.locks
        event = KeyboardPressEvent()
        held = known if repeats and known is not None else None
        if held is None:
            bit = held_bit(native.keysym)
            held = _Held(self._name(native.keysym), native.keysym, 0.0, event, bit)
            self._held[key] = held
        self._fill(event, native, held)
        event.modifiers |= lock_bit(native.keysym)
        event.char = native.char
        event.ucode = ord(native.char[0]) if native.char else 0
        if held.press is event:
            held.time = event.time
        return event

    def _released(self, native: NativeKey) -> KeyboardReleaseEvent:
        self._locks = native.locks
        held = self._held.pop((native.device_id, native.scan_code), None)
        event = KeyboardReleaseEvent()
        if held is None:
            held = _Held(self._name(native.keysym), native.keysym, 0.0, None, 0)
        self._fill(event, native, held)
        event.char = native.char
        event.ucode = ord(native.char[0]) if native.char else 0
        if held.press is not None:
            event.duration = max(0.0, event.time - held.time)
            event.press_event_id = held.press.event_id
        return event

    def _fill(self, event: KeyboardInputEvent, native: NativeKey, held: _Held) -> None:
        event.auto_repeated = held.repeats
        event.scan_code = native.scan_code
        event.key_id = held.keysym
        event.key = held.name
        event.modifiers = self.modifier_mask()
        event.window_id = native.window_id
        event.device_id = native.device_id
        event.logged_time = native.arrival
        if native.tick is None or self._converter is None:
            event.time = native.arrival
            return
        stamp = self._converter.stamp(native.tick, native.arrival)
        event.device_time = stamp.device_time
        event.time = stamp.time
        event.confidence_interval = stamp.confidence_interval

    def _name(self, keysym: int) -> str:
        name = self._names.get(keysym)
        if name is None:
            name = self._names[keysym] = key_name(keysym, self.settings.use_keymap)
        return name

    # -- what others ask ------------------------------------------------------------------------

    def modifier_mask(self) -> int:
        """Return the modifiers held and the locks in force now (see ModifierKeyCodes)."""
        mask = self._locks
        for held in tuple(self._held.values()):
            mask |= held.bit
        return mask

    @remote_method
    def getCurrentDeviceState(self) -> dict[str, Any]:
        """Return `pressed_keys` (name to press time in s) and `modifiers`, beside the usual.

        The backend is asked which keys are down, so a release that was lost does not stay.
        """
        self._forget_lost()
        return {
            **super().getCurrentDeviceState(),
            "pressed_keys": {held.name: held.time for held in tuple(self._held.values())},
            "modifiers": self.modifier_mask(),
        }

    @remote_method
    def getModifierState(self) -> int:
        """Return the modifiers held and the locks in force, as a bit mask."""
        self._forget_lost()
        return self.modifier_mask()

    @remote_method
    def getKeyboards(self) -> dict[str, str]:
        """Return number and name of every physical keyboard the backend can tell apart."""
        return {str(number): name for number, name in self.backend.keyboards().items()}

    @remote_method
    def getClockSync(self) -> dict[str, Any]:
        """Return how native stamps are brought to hub time; empty if there are none."""
        return {} if self._converter is None else self._converter.state()

    @remote_method
    def resetState(self) -> None:
        """Forget which keys are down."""
        self._held.clear()

    @remote_method
    def registerWindowHandles(self, *handles: Any) -> None:
        """Take windows for the experiment's own; see `report_system_wide_events`."""
        self._focus.add(handles)

    @remote_method
    def unregisterWindowHandles(self, *handles: Any) -> None:
        """Take windows for the experiment's own no more."""
        self._focus.remove(handles)

    @remote_method
    def simulate(self, actions: Sequence[Any]) -> None:
        """Have the virtual keyboard do something; see `Keyboard.simulate` of the view."""
        simulate = getattr(self.backend, "simulate", None)
        if simulate is None:
            raise TypeError(
                f"keyboard {self.name!r} is a real one; only `backend: virtual` simulates keys"
            )
        simulate(actions)

    def _forget_lost(self) -> None:
        down = self.backend.keys_down()
        if down is not None:
            for key in tuple(self._held):
                if key[1] not in down:
                    self._held.pop(key, None)
