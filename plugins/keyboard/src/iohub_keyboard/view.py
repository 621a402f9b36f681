"""What a script holds of a keyboard."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from iohub_core.client.view import DeviceView
from iohub_core.constants import EventConstants
from iohub_keyboard.keys import KeyboardPress, KeyboardRelease, key_object

KeyEvent: TypeAlias = KeyboardPress | KeyboardRelease
Names: TypeAlias = str | Iterable[str] | None


class Keyboard(DeviceView):
    """A keyboard: `getKeys`, `waitForPresses` and the like, besides what every device has.

    `getKeys` and `getEvents` take from the same buffer: an event that one has returned, the other
    doesn't see.
    """

    KEY_PRESS = EventConstants.KEYBOARD_PRESS
    KEY_RELEASE = EventConstants.KEYBOARD_RELEASE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Events taken from the buffer that no call has claimed yet; bounded like the buffer.
        self._unclaimed: deque[KeyEvent] = deque(maxlen=self._reader.capacity)
        self._unclaimed_dropped = 0
        self._has_new = self._reader.has_new

    # -- reading --------------------------------------------------------------------------------

    def getKeys(
        self,
        keys: Names = None,
        chars: Names = None,
        ignoreKeys: Names = None,
        mods: Names = None,
        duration: float | None = None,
        etype: int | None = None,
        clear: bool = True,
    ) -> list[KeyEvent]:
        """Return key presses and releases that have not been returned yet, oldest first.

        Args:
            keys: only keys with these names.
            chars: only keys that typed these characters.
            ignoreKeys: no keys with these names.
            mods: only keys pressed with all of these modifiers held (`lctrl`, …).
            duration: only releases of keys held at least so long, s; a negative number means held
                less than that.
            etype: `KEY_PRESS` or `KEY_RELEASE` for one kind only.
            clear: True forgets the events that did not match; False leaves all of them, the
                matching ones too, for the next call.

        Returns:
            `KeyboardPress` and `KeyboardRelease` objects, which equal their key's name:
            `'q' in keyboard.getKeys()`.

        Raises:
            HubDiedError: if the hub is gone.
        """
        if not self._unclaimed and not self._has_new():
            self._check_alive()
            return []
        self._take()
        matches = _matcher(keys, chars, ignoreKeys, mods, duration, etype)
        found = [event for event in self._unclaimed if matches(event)]
        if clear:
            self._unclaimed.clear()
        return found

    def getPresses(
        self,
        keys: Names = None,
        chars: Names = None,
        ignoreKeys: Names = None,
        mods: Names = None,
        clear: bool = True,
    ) -> list[KeyEvent]:
        """Return presses only; see :meth:`getKeys`. Releases stay for later calls."""
        return self._of_kind(self.KEY_PRESS, clear, keys, chars, ignoreKeys, mods, None)

    def getReleases(
        self,
        keys: Names = None,
        chars: Names = None,
        ignoreKeys: Names = None,
        mods: Names = None,
        duration: float | None = None,
        clear: bool = True,
    ) -> list[KeyEvent]:
        """Return releases only; see :meth:`getKeys`. Presses stay for later calls."""
        return self._of_kind(self.KEY_RELEASE, clear, keys, chars, ignoreKeys, mods, duration)

    # -- waiting --------------------------------------------------------------------------------

    def waitForKeys(
        self,
        maxWait: float | None = None,
        keys: Names = None,
        chars: Names = None,
        mods: Names = None,
        duration: float | None = None,
        etype: int | None = None,
        clear: bool = True,
        checkInterval: float = 0.002,
    ) -> list[KeyEvent]:
        """Sleep until a matching key event happens, and return it.

        Args:
            maxWait: the longest wait, s; None waits as long as it takes.
            keys: see :meth:`getKeys`, as for the others.
            clear: True forgets unread events when the wait begins, so that only what happens from
                now on counts.
            checkInterval: kept for ioHub's scripts; the hub wakes the call, nothing is polled.

        Returns:
            The matching events; empty when the time ran out.

        Raises:
            HubDiedError: if the hub is gone.
        """
        if clear:
            self.clearEvents()
        now = self._connection.clock.now
        end = None if maxWait is None else now() + maxWait
        matches = _matcher(keys, chars, None, mods, duration, etype)
        while True:
            seen = self._reader.written()
            self._check_alive()
            self._take()
            found = [event for event in self._unclaimed if matches(event)]
            if found:
                for event in found:
                    self._unclaimed.remove(event)
                return found
            left = None if end is None else end - now()
            if left is not None and left <= 0:
                return []
            self._wait_for_new(seen, left)

    def waitForPresses(
        self,
        maxWait: float | None = None,
        keys: Names = None,
        chars: Names = None,
        mods: Names = None,
        duration: float | None = None,
        clear: bool = True,
        checkInterval: float = 0.002,
    ) -> list[KeyEvent]:
        """Sleep until a matching key goes down; see :meth:`waitForKeys`."""
        return self.waitForKeys(maxWait, keys, chars, mods, duration, self.KEY_PRESS, clear)

    def waitForReleases(
        self,
        maxWait: float | None = None,
        keys: Names = None,
        chars: Names = None,
        mods: Names = None,
        duration: float | None = None,
        clear: bool = True,
        checkInterval: float = 0.002,
    ) -> list[KeyEvent]:
        """Sleep until a matching key goes up; see :meth:`waitForKeys`."""
        return self.waitForKeys(maxWait, keys, chars, mods, duration, self.KEY_RELEASE, clear)

    # -- state ----------------------------------------------------------------------------------

    @property
    def state(self) -> dict[str, float]:
        """The keys that are down now, with the time each went down, s."""
        pressed: dict[str, float] = self._call("getCurrentDeviceState")["pressed_keys"]
        return pressed

    @property
    def reporting(self) -> bool:
        """Whether key events are reported; assign to switch it."""
        return bool(self._call("isReportingEvents"))

    @reporting.setter
    def reporting(self, enabled: bool) -> None:
        self._call("enableEventReporting", bool(enabled))

    def clearEvents(self, event_type: Any = None, filter_id: Any = None) -> None:
        """Forget unread key events; see :meth:`DeviceView.clearEvents`."""
        super().clearEvents(event_type, filter_id)
        if event_type is not None:
            kept = [event for event in self._unclaimed if event.type_id != event_type]
            self._unclaimed = deque(kept, self._unclaimed.maxlen)

    def getBufferStatus(self) -> dict[str, Any]:
        """Return the buffer's counters, those of unclaimed key events included."""
        status = super().getBufferStatus()
        status["unread"] += len(self._unclaimed)
        status["dropped"] += self._unclaimed_dropped
        return status

    # -- simulating -----------------------------------------------------------------------------

    def simulate(
        self,
        keys: str | Sequence[str],
        duration: float = 0.05,
        *,
        delay: float = 0.0,
        interval: float = 0.05,
        modifiers: Sequence[str] = (),
        press: bool = True,
        release: bool = True,
    ) -> None:
        """Press keys of a virtual keyboard, one after the other. Returns at once.

        Args:
            keys: a key's name, or a list of names and characters (`list("Hällo")` types a word,
                with Shift where it takes one).
            duration: how long each key is held, s.
            delay: seconds until the first goes down.
            interval: seconds from one key's release to the next one's press.
            modifiers: keys held all the while, e.g. `["lctrl"]`.
            press: False only releases.
            release: False leaves the keys down.

        Raises:
            TypeError: if this keyboard is a real one.
            ValueError: if a key is unknown.
        """
        from iohub_keyboard.script import typing

        listed = [keys] if isinstance(keys, str) else list(keys)
        actions = typing(listed, duration, delay, interval, modifiers, press=press, release=release)
        self._call("simulate", actions)

    # -- inside ---------------------------------------------------------------------------------

    def _take(self) -> None:
        """Move what is in the buffer to the unclaimed events."""
        taken = [key_object(codec.as_namedtuple(row), self) for codec, row in self._take_rows()]
        overflow = len(self._unclaimed) + len(taken) - self._reader.capacity
        self._unclaimed_dropped += max(0, overflow)
        self._unclaimed.extend(taken)

    def _of_kind(
        self,
        etype: int,
        clear: bool,
        keys: Names,
        chars: Names,
        ignore: Names,
        mods: Names,
        duration: float | None,
    ) -> list[KeyEvent]:
        if not self._unclaimed and not self._has_new():
            self._check_alive()
            return []
        self._take()
        matches = _matcher(keys, chars, ignore, mods, duration, etype)
        found = [event for event in self._unclaimed if matches(event)]
        if clear:
            kept = [event for event in self._unclaimed if event.type_id != etype]
            self._unclaimed = deque(kept, self._unclaimed.maxlen)
        return found

    def _clear_at(self, now: float) -> None:
        super()._clear_at(now)
        self._unclaimed.clear()

    def _check_alive(self) -> None:
        trouble = self._connection._process.trouble
        if trouble is not None:
            raise trouble


def _matcher(
    keys: Names,
    chars: Names,
    ignore: Names,
    mods: Names,
    duration: float | None,
    etype: int | None,
) -> Callable[[KeyEvent], bool]:
    """Return what tells the events a call asks for from the others."""
    tests: list[Callable[[KeyEvent], bool]] = []
    wanted, typed, ignored, held = _names(keys), _names(chars), _names(ignore), _names(mods)
    if etype is not None:
        tests.append(lambda event: event.type_id == etype)
    if wanted is not None:
        tests.append(lambda event: event.key in wanted)
    if typed is not None:
        tests.append(lambda event: event.char in typed)
    if ignored is not None:
        tests.append(lambda event: event.key not in ignored)
    if held is not None:
        tests.append(lambda event: held.issubset(event.modifiers))
    if duration is not None:
        tests.append(lambda event: _held_for(event, duration))
    return lambda event: all(test(event) for test in tests)


def _held_for(event: KeyEvent, duration: float) -> bool:
    if not isinstance(event, KeyboardRelease):
        return False
    return event.duration >= duration if duration >= 0 else event.duration < -duration


def _names(given: Names) -> frozenset[str] | None:
    if given is None:
        return None
    return frozenset([given]) if isinstance(given, str) else frozenset(given)
