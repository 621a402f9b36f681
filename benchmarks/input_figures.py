"""From a key's injection into an X server to the script, idle and with both cores busy."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import attrs
from figures import Figure, figure

from iohub_core import Computer, launchHubServer


@attrs.frozen
class Tap:
    """One injected press, times in s of the experiment's clock."""

    before: float
    after: float
    event: Any
    returned: float


@contextlib.contextmanager
def xvfb() -> Iterator[str]:
    """Run an Xvfb on a free number and make it the display."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    old = os.environ.get("DISPLAY")
    try:
        with os.fdopen(reading) as pipe:
            os.environ["DISPLAY"] = f":{pipe.readline().strip()}"
        yield os.environ["DISPLAY"]
    finally:
        os.environ.pop("DISPLAY")
        if old is not None:
            os.environ["DISPLAY"] = old
        server.terminate()
        server.wait(10)


def _burn() -> None:
    while True:
        sum(range(1000))


@contextlib.contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep cores busy."""
    context = multiprocessing.get_context("fork")
    burners = [context.Process(target=_burn, daemon=True) for _ in range(processes)]
    for one in burners:
        one.start()
    time.sleep(0.3)
    try:
        yield
    finally:
        for one in burners:
            one.kill()
            one.join()


def taps(io: Any, count: int) -> list[Tap]:
    """Inject presses one at a time and wait for each."""
    from Xlib import X, display
    from Xlib.ext import xtest

    keyboard = io.devices.keyboard
    connection = display.Display()
    keycode = connection.keysym_to_keycode(0x61)
    chance = random.Random(1)
    done = []
    for _ in range(count):
        # Not right before the press: its time may be estimated a little before a clear.
        keyboard.clearEvents()
        time.sleep(chance.uniform(0.004, 0.012))
        before = Computer.getTime()
        xtest.fake_input(connection, X.KeyPress, keycode)
        connection.flush()
        after = Computer.getTime()
        presses = keyboard.waitForPresses(maxWait=2.0)
        returned = Computer.getTime()
        if presses:
            done.append(Tap(before, after, presses[0].event, returned))
        xtest.fake_input(connection, X.KeyRelease, keycode)
        connection.flush()
        keyboard.waitForReleases(maxWait=2.0)
    connection.close()
    return done


def _error(tap: Tap) -> float:
    """Return how far a time lies outside the bracket of its injection, or inside it 0."""
    return max(tap.before - tap.event.time, tap.event.time - tap.after, 0.0)


def _spread(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return float((sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5)


def keys(count: int = 1500) -> list[Figure]:
    """Measure on an Xvfb, with the native X backend."""
    with xvfb(), launchHubServer(Keyboard={"backend": "x11"}, Experiment={}) as io:
        taps(io, 50)
        idle = taps(io, count)
        with busy(2):
            loaded = taps(io, count)
    return [*_idle(idle, count), *_loaded(loaded, count)]


def _idle(done: list[Tap], count: int) -> list[Figure]:
    errors = [tap.event.time - tap.before for tap in done]
    return [
        figure(
            "key injected → `waitForPresses` returns",
            [tap.returned - tap.before for tap in done],
            "ms",
            reach=0.5,
            note=f"{count - len(done)} of {count} lost; p99 to reach: 2 ms",
        ),
        figure("error of a key's `time`, idle", map(abs, errors), "ms", reach=0.15),
        Figure(what="SD of that error", median=_spread(errors) * 1e3, unit="ms", reach=0.1),
        _coverage(done, "idle"),
    ]


def _loaded(done: list[Tap], count: int) -> list[Figure]:
    away = sorted(abs(tap.event.time - tap.event.device_time - _offset()) for tap in done)
    arrival = sorted(tap.returned - tap.event.logged_time for tap in done)
    place = int(len(done) * 0.99)
    return [
        figure(
            "error of a key's `time`, both cores busy",
            [abs(tap.event.time - tap.before) for tap in done],
            "ms",
            note=f"{count - len(done)} of {count} lost",
        ),
        Figure(
            what="`time` from the native stamp, both cores busy, p99",
            median=away[place] * 1e3,
            worst=away[-1] * 1e3,
            unit="ms",
            reach=1.0,
        ),
        Figure(
            what="arrival to script, both cores busy, p99",
            median=arrival[place] * 1e3,
            worst=arrival[-1] * 1e3,
            unit="ms",
            reach=10.0,
        ),
        _coverage(done, "both cores busy"),
    ]


def _offset() -> float:
    """Return what brings a native stamp to the experiment's clock: both are CLOCK_MONOTONIC."""
    return -float(Computer.global_clock.zero)


def _coverage(done: list[Tap], load: str) -> Figure:
    held = sum(_error(tap) <= tap.event.confidence_interval for tap in done)
    return Figure(
        what=f"`confidence_interval` holds the injection, {load}",
        median=100 * held / len(done),
        unit="%",
        reach=95.0,
        more_is_better=True,
    )
