"""A mouse without hands or hardware: it does what a script asks for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from typing import Any

from iohub_core.clocksync import ClockConverter
from iohub_core.devices.backend import BackendContext, BackendThread, Receive
from iohub_core.errors import DeviceError
from iohub_mouse.backends.base import MouseBackend
from iohub_mouse.config import VirtualClockSettings
from iohub_mouse.native import MOVE, PRESS, NativeMouse, PointerState
from iohub_mouse.native import RELEASE as _RELEASE
from iohub_mouse.script import Step

# Its own clock, unless the settings give it another: the hub's time in microseconds.
_TICK_S = 1e-6


class VirtualMouse(MouseBackend):
    """Plays steps at once, or one after another at a rate in a thread of its own."""

    def __init__(self, settings: Any, context: BackendContext) -> None:
        super().__init__(settings, context)
        self._x, self._y, self._buttons = 0, 0, 0
        self._lock = threading.RLock()  # one step at a time, whichever thread plays
        self._plays: queue.Queue[_Play | None] = queue.Queue()
        self._closing = threading.Event()
        self._thread = BackendThread(context, self._loop)

    def open(self, receive: Receive[NativeMouse]) -> None:
        """Start the thread that plays."""
        super().open(receive)
        self._thread.start()

    def close(self) -> None:
        """Stop playing."""
        self._closing.set()
        self._plays.put(None)
        self._thread.join()
        super().close()

    def converter(self) -> ClockConverter:
        """Return the converter of the clock that the settings describe."""
        clock: VirtualClockSettings | None = self.settings.virtual_clock
        if clock is None:
            return ClockConverter(tick_s=_TICK_S, resolution_s=_TICK_S, monotonic_zero=0.0)
        own = clock.offset_s != 0 or clock.drift_ppm != 0
        return ClockConverter(
            tick_s=clock.tick_s,
            resolution_s=clock.tick_s,
            wrap=clock.wrap,
            monotonic_zero=None if own else 0.0,
        )

    def query(self) -> PointerState:
        """Return where the virtual pointer is."""
        with self._lock:
            return PointerState(self._x, self._y, self._buttons)

    def warp(self, x: int, y: int) -> None:
        """Put the pointer on a pixel; it reports a move, as a system does."""
        self._do(Step(MOVE, pixel=(x, y)), self.context.clock.now())

    def play(self, steps: Sequence[Step], rate: float | None, wait: bool) -> float:
        """Do things, at once or at a rate.

        Args:
            steps: what to do.
            rate: steps a second; None does all at once, waits included.
            wait: with a rate, whether to return only when all is done.

        Returns:
            Seconds from the first step to the last.

        Raises:
            ValueError: if the rate is not above 0.
            DeviceError: if the mouse was closed while it played.
        """
        if rate is None:
            self._do_all(steps, self.context.clock.now())
            return 0.0
        if not rate > 0:
            raise ValueError(f"a rate is a number above 0, found {rate!r}")
        play = _Play(steps, rate)
        self._plays.put(play)
        if wait:
            play.done.wait()
            if self._closing.is_set():
                raise DeviceError(f"{self.context.device_name} was closed while it played")
        return play.dues[-1] if play.dues else 0.0

    def _loop(self) -> None:
        while not self._closing.is_set():
            play = self._plays.get()
            if play is None:
                break
            self._play(play)
            play.done.set()
        while not self._plays.empty():  # those that wait must not wait for ever
            left = self._plays.get()
            if left is not None:
                left.done.set()

    def _play(self, play: _Play) -> None:
        clock, latency = self.context.clock, self._latency()
        start = clock.now()
        for step, due in zip(play.steps, play.dues, strict=True):
            happens = start + due
            if self._closing.wait(max(0.0, happens + latency - clock.now())):
                return
            self._do(step, happens)

    def _do_all(self, steps: Sequence[Step], now: float) -> None:
        with self._lock:
            made = [self._native(step, now) for step in steps if step.kind is not None]
        if made:
            self.receive(made)

    def _do(self, step: Step, happens: float) -> None:
        if step.kind is not None:
            self._do_all([step], happens)

    def _native(self, step: Step, happens: float) -> NativeMouse:
        """Move the pointer and return the record of it; arrival is now."""
        arrival = self.context.clock.now()
        if step.kind == MOVE:
            self._x, self._y = step.pixel
        elif step.kind == PRESS:
            self._buttons |= step.button
        elif step.kind == _RELEASE:
            self._buttons &= ~step.button
        return NativeMouse(
            kind=step.kind or MOVE,
            x=self._x,
            y=self._y,
            arrival=arrival,
            tick=self._tick(min(happens, arrival - self._latency())),
            button=step.button,
            dx=step.dx,
            dy=step.dy,
        )

    def _latency(self) -> float:
        clock: VirtualClockSettings | None = self.settings.virtual_clock
        return clock.latency_s if clock else 0.0

    def _tick(self, happened: float) -> float:
        """Return what the virtual device's clock shows at a hub time."""
        clock: VirtualClockSettings | None = self.settings.virtual_clock
        if clock is None:
            return happened // _TICK_S
        seconds = clock.offset_s + happened * (1 + clock.drift_ppm * 1e-6)
        ticks = seconds // clock.tick_s
        return ticks % clock.wrap if clock.wrap else ticks


class _Play:
    """Steps to be played at a rate.

    Attributes:
        dues: when each step is due, in seconds from the first; a wait puts off what follows.
        done: set when all was played.
    """

    def __init__(self, steps: Sequence[Step], rate: float) -> None:
        self.steps = steps
        self.dues: list[float] = []
        self.done = threading.Event()
        due = 0.0
        for step in steps:
            self.dues.append(due)
            due += step.wait_s if step.kind is None else 1 / rate
