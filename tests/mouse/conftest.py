"""A Mouse device with a Monitor device, put together without a hub."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from Xlib import X, display
from Xlib.ext import xtest

from iohub_core.clock import SystemClock, VirtualClock
from iohub_core.config.validate import settings_from
from iohub_core.devices import BackendContext, DeviceContext
from iohub_core.event import DeviceEvent
from iohub_monitor.backends.virtual import VirtualDisplays
from iohub_monitor.config import MonitorSettings
from iohub_monitor.device import MonitorDevice
from iohub_mouse.backends.virtual import VirtualMouse
from iohub_mouse.config import MouseSettings
from iohub_mouse.device import MouseDevice
from tests.support.xserver import xvfb as run_xvfb

LOG = logging.getLogger(__name__)


class Bench:
    """Devices on one table: what they publish and what they warn of."""

    def __init__(self, clock: SystemClock | VirtualClock) -> None:
        self.clock = clock
        self.devices: list[Any] = []
        self.events: list[DeviceEvent] = []
        self.warnings: list[str] = []
        self.failures: list[str] = []

    def provider(self, capability: Any) -> Any:
        return next((one for one in self.devices if isinstance(one, capability)), None)

    def _device(self, device: Any, settings_class: Any, backend: Any, settings: Any) -> Any:
        faults: list[Any] = []
        checked = settings_from(settings_class, settings, (), lambda *one: faults.append(one))
        assert checked is not None, faults
        name = device.__name__
        context = DeviceContext(
            name=name,
            class_name=name,
            clock=self.clock,
            log=LOG,
            publish=lambda device, events: self.events.extend(events),
            provider=self.provider,
            warn=self.warnings.append,
        )
        backend_context = BackendContext(
            device_name=name,
            clock=self.clock,
            log=LOG,
            failed=lambda text, trace: self.failures.append(text + trace),
        )
        made = device(checked, context, backend(checked, backend_context))
        made.open()
        self.devices.append(made)
        return made

    def monitor(self, backend: Any = VirtualDisplays, **settings: Any) -> MonitorDevice:
        made: MonitorDevice = self._device(MonitorDevice, MonitorSettings, backend, settings)
        return made

    def mouse(self, backend: Any = VirtualMouse, **settings: Any) -> MouseDevice:
        made: MouseDevice = self._device(MouseDevice, MouseSettings, backend, settings)
        return made

    def take(self) -> list[Any]:
        taken, self.events[:] = list(self.events), []
        return taken

    def close(self) -> None:
        for device in reversed(self.devices):
            device.close()
        assert self.failures == []


@pytest.fixture
def bench():
    made = Bench(VirtualClock(start=100.0))
    yield made
    made.close()


@pytest.fixture
def live_bench():
    made = Bench(SystemClock())
    yield made
    made.close()


class Xvfb:
    """An X server of the test's own."""

    def __init__(self, size: str) -> None:
        self._context = contextlib.ExitStack()
        self.name = self._context.enter_context(run_xvfb("-screen", "0", f"{size}x24", "-noreset"))

    def connect(self) -> Any:
        return display.Display(self.name)

    def xrandr(self, *arguments: str) -> None:
        subprocess.run(["xrandr", "-display", self.name, *arguments], check=True)

    def stop(self) -> None:
        self._context.close()


class Hand:
    """Moves and clicks through XTest, from outside of what is tested."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def _fake(self, kind: int, detail: int = 0, x: int = 0, y: int = 0) -> None:
        xtest.fake_input(self.connection, kind, detail, x=x, y=y)

    def move(self, *pixels: tuple[int, int]) -> None:
        for x, y in pixels:
            self._fake(X.MotionNotify, 0, x, y)
        self.connection.sync()

    def nudge(self, dx: int, dy: int) -> None:
        self._fake(X.MotionNotify, 1, dx, dy)
        self.connection.sync()

    def press(self, button: int) -> None:
        self._fake(X.ButtonPress, button)
        self.connection.sync()

    def release(self, button: int) -> None:
        self._fake(X.ButtonRelease, button)
        self.connection.sync()

    def burst(self, acts: list[tuple[int, int]]) -> None:
        """Do things (kind, button or keycode) as fast as the server takes them."""
        for kind, detail in acts:
            self._fake(kind, detail)
        self.connection.sync()

    def click(self, button: int) -> None:
        self.press(button)
        self.release(button)


@pytest.fixture
def xvfb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Xvfb]]:
    """Starts X servers and points DISPLAY to the latest."""
    started: list[Xvfb] = []

    def start(size: str = "1280x1024") -> Xvfb:
        server = Xvfb(size)
        started.append(server)
        monkeypatch.setenv("DISPLAY", server.name)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def server(xvfb: Callable[[str], Xvfb]) -> Xvfb:
    """One X server with one display."""
    return xvfb("1280x1024")


@pytest.fixture
def wide_server(xvfb: Callable[[str], Xvfb]) -> Xvfb:
    """One X server with two displays side by side; the main one is on the right."""
    made = xvfb("2304x1024")
    made.xrandr("--setmonitor", "LEFT", "1024/256x768/192+0+100", "none")
    made.xrandr("--setmonitor", "*RIGHT", "1280/320x1024/256+1024+0", "screen")
    return made


@pytest.fixture
def hand(request: pytest.FixtureRequest) -> Hand:
    """A hand on the mouse of the test's X server."""
    names = request.fixturenames
    made = request.getfixturevalue("wide_server" if "wide_server" in names else "server")
    return Hand(made.connect())


def wait_until(condition: Callable[[], Any], seconds: float = 10.0) -> None:
    """Return when the condition holds; fail when it doesn't in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.001)


@pytest.fixture
def until() -> Callable[..., None]:
    """What waits for a condition."""
    return wait_until
