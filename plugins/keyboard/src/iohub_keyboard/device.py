"""The keyboard in the hub: native keys to paired presses and releases. No OS code."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import attrs

from iohub_core.clocksync import ClockConverter
from iohub_core.devices import Device, DeviceContext, remote_method
from iohub_core.errors import DeviceError
from iohub_keyboard.events import KeyboardInputEvent, KeyboardPressEvent, KeyboardReleaseEvent
from iohub_keyboard.focus import FocusFilter
from iohub_keyboard.keynames import key_name
from iohub_keyboard.modifiers import held_bit, lock_bit
from iohub_keyboard.native import KeyboardBackend, NativeKey
from iohub_keyboard.selection import accepted_keyboards

# Where repeats are not marked, a press this long after the last is no repeat: its release got lost.
# Systems let users set at most 2 s until the first repeat.
LONGEST_REPEAT_GAP_S = 2.5


@attrs.define(slots=True, eq=False)
class _Held:
    """A key that is down.

    Attributes:
        name: its name.
        keysym: its keysym when it went down; its release has the same, whatever the layout is then.
        time: when it went down, s; None if its press was not seen.
        press: its press event; None if that was not published.
        bit: the modifier bit it sets, 0 for other keys.
        repeats: how often it has repeated itself.
        seen: when its last press or repeat arrived, s.
        up: True if the system says that it is up by now; its release is under way, or got lost.
    """

    name: str
    keysym: int
    time: float | None
    press: KeyboardPressEvent | None
    bit: int
    repeats: int = 0
    seen: float = 0.0
    up: bool = False


class Keyboard(Device):
    """A keyboard, or all keyboards together.

    A release belongs to the press of the same physical key: its `duration` and `press_event_id`
    tell. No event is made up. Where a release got lost, the key's next press, or a question for
    the state, ends the old one without an event. A release whose press was not seen (the key was
    down before the hub started, say) is published with `duration` and `press_event_id` 0.

    Backend threads and remote calls may run at the same time; a lock keeps presses, releases and
    their publication in one order.
    """

    backend: KeyboardBackend

    def __init__(self, settings: Any, context: DeviceContext, backend: KeyboardBackend) -> None:
        super().__init__(settings, context, backend)
        self._lock = threading.RLock()
        # By number of the physical keyboard (0: not known) and scan code.
        self._held: dict[tuple[int, int], _Held] = {}
        self._locks = 0
        self._latest = float("-inf")
        self._names: dict[int, str] = {}
        self._converter: ClockConverter | None = None
        self._accepted: frozenset[int] | None = None
        everywhere = settings.report_system_wide_events or backend.attends_experiment
        self._focus = FocusFilter(backend.focus, everywhere=everywhere)
        self._needs_focus = not everywhere

    def open(self) -> None:
        """Start watching.

        Raises:
            DeviceError: if the settings select a physical keyboard that is not there, or ask for
                the experiment's keys alone where the focus can't be told.
        """
        self._converter = self.backend.converter()
        self._accepted = accepted_keyboards(self.settings, self.backend)
        super().open()
        if self._needs_focus and self.backend.focus() is None:
            raise DeviceError(
                "report_system_wide_events is off, and this backend can't tell which window has "
                "the focus; set report_system_wide_events: true, or choose another backend"
            )
        self._reconcile()

    def receive(self, natives: Sequence[NativeKey]) -> None:
        """Turn native keys into events. Any thread."""
        with self._lock:
            self._receive(natives)

    def _receive(self, natives: Sequence[NativeKey]) -> None:
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
        if native.repeat is False:
            self._held.pop((0, native.scan_code), None)  # its earlier release got lost
        known = self._held.get(key) or self._held.get((0, native.scan_code))
        repeats = known is not None and _is_repeat(native, known)
        if repeats and known is not None:
            known.repeats += 1
            known.seen = native.arrival
            if not self.settings.report_auto_repeat_press_events:
                return None
        elif native.repeat:
            return None  # a repeat of a key that is up by now: reported late, and worth nothing
        self._locks = native.locks
        event = KeyboardPressEvent()
        held = known if repeats and known is not None else None
        if held is None:
            bit = held_bit(native.keysym)
            held = _Held(self._name(native.keysym), native.keysym, None, event, bit)
            held.seen = native.arrival
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
        if held is None:  # down before the hub started, on whichever keyboard
            held = self._held.pop((0, native.scan_code), None)
        event = KeyboardReleaseEvent()
        if held is None:
            held = _Held(self._name(native.keysym), native.keysym, None, None, 0)
        self._fill(event, native, held)
        event.char = native.char
        event.ucode = ord(native.char[0]) if native.char else 0
        if held.press is not None and held.time is not None:
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
        # Estimates of keys within one tick can come out in the wrong order; the order itself is
        # known, so a time never lies before the last one's, and is as much less certain.
        event.time = min(max(stamp.time, self._latest), native.arrival)
        event.confidence_interval = stamp.confidence_interval + abs(event.time - stamp.time)
        self._latest = event.time

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
            mask |= 0 if held.up else held.bit
        return mask

    @remote_method
    def getCurrentDeviceState(self) -> dict[str, Any]:
        """Return `pressed_keys` (name to press time in s) and `modifiers`, beside the usual.

        The backend is asked which keys are down, so a release that got lost does not stay. The
        time is None for a key whose press was not seen.
        """
        with self._lock:
            self._reconcile()
            return {
                **super().getCurrentDeviceState(),
                "pressed_keys": {
                    held.name: held.time for held in self._held.values() if not held.up
                },
                "modifiers": self.modifier_mask(),
            }

    @remote_method
    def getModifierState(self) -> int:
        """Return the modifiers held and the locks in force, as a bit mask."""
        with self._lock:
            self._reconcile()
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
        """Forget the presses seen; which keys are down is asked of the system anew."""
        with self._lock:
            self._held.clear()
            self._reconcile()

    @remote_method
    def registerWindowHandles(self, *handles: Any) -> None:
        """Take windows for the experiment's own; see `report_system_wide_events`."""
        with self._lock:
            self._focus.add(handles)

    @remote_method
    def unregisterWindowHandles(self, *handles: Any) -> None:
        """Take windows for the experiment's own no more."""
        with self._lock:
            self._focus.remove(handles)

    @remote_method
    def simulate(self, actions: Sequence[Any]) -> None:
        """Have the virtual keyboard do something; see `Keyboard.simulate` of the view."""
        simulate = getattr(self.backend, "simulate", None)
        if simulate is None:
            raise DeviceError(
                f"{self.name} watches a real keyboard; set backend: virtual to simulate one"
            )
        simulate(actions)

    def _reconcile(self) -> None:
        """Bring what is known to be down to what the system says is down."""
        down = self.backend.keys_down()
        if down is None:
            return
        with self._lock:
            for (_, scan_code), held in self._held.items():
                held.up = scan_code not in down  # kept: its release may be on the way
            if self._accepted is not None:
                return  # the system does not say on which keyboard a key is down
            known = {scan_code for _, scan_code in self._held}
            for scan_code in down.keys() - known:
                keysym = down[scan_code]
                held = _Held(self._name(keysym), keysym, None, None, held_bit(keysym))
                self._held[0, scan_code] = held


def _is_repeat(native: NativeKey, known: _Held) -> bool:
    """Return whether a press of a key that is known to be down is its repeat."""
    if native.repeat is None:  # the backend can't tell
        return not known.up and native.arrival - known.seen <= LONGEST_REPEAT_GAP_S
    return native.repeat
