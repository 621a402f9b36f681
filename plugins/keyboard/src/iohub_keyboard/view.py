"""What a script holds of a keyboard."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from iohub_core.client.view import DeviceView
from iohub_core.constants import EventConstants
from iohub_keyboard.keys import KeyboardPress, KeyboardRelease, KeyEvent, key_object
from iohub_keyboard.matching import Names, matcher
from iohub_keyboard.script import typing

__all__ = ["Keyboard", "KeyboardPress", "KeyboardRelease"]


class Keyboard(DeviceView):
    """A keyboard: `getKeys`, `waitForPresses` and the like, besides what every device has.

    `getKeys` and `getEvents` take from the same buffer: an event that one has returned, the other
    doesn't see. What `getKeys` and its kin have seen and not returned waits for their next call;
    it is bounded by `event_buffer_length`, and what had to go is counted in `getBufferStatus()`.
    """

    KEY_PRESS = EventConstants.KEYBOARD_PRESS
    KEY_RELEASE = EventConstants.KEYBOARD_RELEASE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Events taken from the buffer that no call has claimed yet; bounded like the buffer.
        self._unclaimed: deque[KeyEvent] = deque(maxlen=self._reader.capacity)
        self._unclaimed_dropped = 0
        self._claiming = threading.RLock()  # several threads of the script may ask
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
            clear: True takes the events that are returned; False leaves them for the next call.
                Events that did not match stay in any case, until they are asked for, or cleared.

        Returns:
            `KeyboardPress` and `KeyboardRelease` objects, which equal their key's name:
            `'q' in keyboard.getKeys()`.

        Raises:
            HubDiedError: if the hub is gone.
        """
        if not self._unclaimed and not self._has_new():
            self._check_alive()
            return []
        self._check_alive()
        return self._claim(matcher(keys, chars, ignoreKeys, mods, duration, etype), clear=clear)

    def getPresses(
        self,
        keys: Names = None,
        chars: Names = None,
        ignoreKeys: Names = None,
        mods: Names = None,
        clear: bool = True,
    ) -> list[KeyEvent]:
        """Return presses only; see :meth:`getKeys`."""
        return self.getKeys(keys, chars, ignoreKeys, mods, None, self.KEY_PRESS, clear)

    def getReleases(
        self,
        keys: Names = None,
        chars: Names = None,
        ignoreKeys: Names = None,
        mods: Names = None,
        duration: float | None = None,
        clear: bool = True,
    ) -> list[KeyEvent]:
        """Return releases only; see :meth:`getKeys`."""
        return self.getKeys(keys, chars, ignoreKeys, mods, duration, self.KEY_RELEASE, clear)

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
        """Sleep until there is a matching key event, and return it.

        One that happened before the call and was not returned yet counts too, and ends the wait
        at once; where only what happens from now on shall count, call :meth:`clearEvents` first.

        Args:
            maxWait: the longest wait, s; None waits as long as it takes, 0 does not wait.
            keys: see :meth:`getKeys`, as for the others.
            clear: True takes the events that are returned; False leaves them for the next call.
            checkInterval: kept for ioHub's scripts; the hub wakes the call, nothing is polled.

        Returns:
            The matching events; empty when the time ran out.

        Raises:
            HubDiedError: if the hub is gone.
        """
        now = self._connection.clock.now
        end = None if maxWait is None else now() + maxWait
        matches = matcher(keys, chars, None, mods, duration, etype)
        while True:
            seen = self._reader.written()
            self._check_alive()
            found = self._claim(matches, clear=clear)
            if found:
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
    def state(self) -> dict[str, float | None]:
        """The keys that are down now, with the time each went down, s.

        The hub asks the system, so a release that got lost does not show as a key held for ever.
        The time is None for a key that was down before the hub started, or whose press got lost.
        """
        pressed: dict[str, float | None] = self._call("getCurrentDeviceState")["pressed_keys"]
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
        if event_type is None and filter_id is None:
            return
        several = event_type if isinstance(event_type, (list, tuple, set)) else [event_type]
        numbers = {
            self._connection.events.type_id(one) if isinstance(one, str) else one
            for one in several
            if one is not None
        }
        with self._claiming:
            kept = [
                one
                for one in self._unclaimed
                if (numbers and one.type_id not in numbers)
                or (filter_id is not None and one.event.filter_id != filter_id)
            ]
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
            DeviceError: if this keyboard is a real one.
            ValueError: if a key is unknown.
        """
        listed = [keys] if isinstance(keys, str) else list(keys)
        actions = typing(listed, duration, delay, interval, modifiers, press=press, release=release)
        self._call("simulate", actions)

    # -- inside ---------------------------------------------------------------------------------

    def _claim(self, matches: Callable[[KeyEvent], bool], *, clear: bool) -> list[KeyEvent]:
        """Return the events that match, of those new and those seen before; oldest first."""
        with self._claiming:
            self._take()
            found = [event for event in self._unclaimed if matches(event)]
            if clear and found:
                taken = {id(event) for event in found}
                kept = [event for event in self._unclaimed if id(event) not in taken]
                self._unclaimed = deque(kept, self._unclaimed.maxlen)
        return found

    def _take(self) -> None:
        """Move what is in the buffer to the unclaimed events."""
        taken = [key_object(codec.as_namedtuple(row), self) for codec, row in self._take_rows()]
        if not taken:
            return
        overflow = len(self._unclaimed) + len(taken) - self._reader.capacity
        self._unclaimed_dropped += max(0, overflow)
        self._unclaimed.extend(taken)

    def _clear_at(self, now: float) -> None:
        with self._claiming:
            super()._clear_at(now)
            self._unclaimed.clear()

    def _check_alive(self) -> None:
        trouble = self._connection._process.trouble
        if trouble is not None:
            raise trouble
