"""Injecting events and taking them back, for the timing self-test."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from iohub_core.cli.timing_stats import Trial
from iohub_core.computer import Computer
from iohub_core.plugins.declarations import resolve

X_INJECTOR = "iohub_x11.inject:KeyInjector"
LONGEST_WAIT_S = 1.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.006, 0.016


class Source(Protocol):
    """Makes events happen, and gets them back from the hub."""

    def inject(self) -> None:
        """Make one event happen."""

    def take(self) -> Any | None:
        """Wait for the event and return it; None if it does not come within a second."""

    def settle(self) -> None:
        """Undo the injection, and leave nothing unread."""

    def close(self) -> None:
        """Give everything back."""


class InjectedKeys:
    """A key of the X server that is pressed by XTEST."""

    def __init__(self, keyboard: Any) -> None:
        self._keyboard = keyboard
        self._injector = resolve(X_INJECTOR)()

    def inject(self) -> None:
        """Press the key."""
        self._injector.press()

    def take(self) -> Any | None:
        """Return the press."""
        presses = self._keyboard.waitForPresses(maxWait=LONGEST_WAIT_S)
        return presses[0].event if presses else None

    def settle(self) -> None:
        """Release the key."""
        self._injector.release()
        self._keyboard.waitForReleases(maxWait=LONGEST_WAIT_S)
        self._keyboard.clearEvents()

    def close(self) -> None:
        """Let the key go and disconnect."""
        self._injector.release()
        self._injector.close()


class SimulatedKeys:
    """A key of the virtual keyboard."""

    def __init__(self, keyboard: Any) -> None:
        self._keyboard = keyboard

    def inject(self) -> None:
        """Press the key."""
        self._keyboard.simulate("rctrl", 0.0, release=False)

    def take(self) -> Any | None:
        """Return the press."""
        presses = self._keyboard.waitForPresses(maxWait=LONGEST_WAIT_S)
        return presses[0].event if presses else None

    def settle(self) -> None:
        """Release the key."""
        self._keyboard.simulate("rctrl", 0.0, press=False)
        self._keyboard.waitForReleases(maxWait=LONGEST_WAIT_S)
        self._keyboard.clearEvents()

    def close(self) -> None:
        """Nothing is held."""


class LoopedBytes:
    """A serial port whose output is wired to its own input."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def inject(self) -> None:
        """Write a byte; returns when the system has taken it."""
        self._port.write(b"i")

    def take(self) -> Any | None:
        """Return the byte's event."""
        end = Computer.getTime() + LONGEST_WAIT_S
        while Computer.getTime() < end:
            events = self._port.getEvents()
            if events:
                return events[0]
            time.sleep(0.0005)
        return None

    def settle(self) -> None:
        """Leave nothing unread."""
        self._port.clearEvents()

    def close(self) -> None:
        """Nothing is held."""


def run(source: Source, seconds: float, progress: Callable[[], None]) -> tuple[list[Trial], int]:
    """Inject events for some seconds; returns what came back, and how many were injected."""
    chance = random.Random()
    trials: list[Trial] = []
    injected = 0
    now = Computer.getTime
    end = now() + seconds
    while now() < end:
        time.sleep(chance.uniform(SHORTEST_PAUSE_S, LONGEST_PAUSE_S))
        before = now()
        source.inject()
        after = now()
        event = source.take()
        returned = now()
        injected += 1
        if event is not None:
            trials.append(
                Trial(
                    before=before,
                    after=after,
                    time=event.time,
                    confidence_interval=event.confidence_interval,
                    logged_time=event.logged_time,
                    returned=returned,
                )
            )
        source.settle()
        progress()
    return trials, injected


@contextlib.contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep that many processors busy."""
    burning = [
        subprocess.Popen([sys.executable, "-S", "-c", "while True: sum(range(1000))"])
        for _ in range(processes)
    ]
    try:
        yield
    finally:
        for one in burning:
            one.kill()
            one.wait()
