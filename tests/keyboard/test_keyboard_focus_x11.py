"""Focus, layouts, held keys and faults on a real X server, without a hub."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from Xlib import X, Xatom, display

from iohub_core.clock import SystemClock
from iohub_core.plugins import BackendType
from iohub_core.testing.bench import DeviceBench
from iohub_keyboard.backends import usable
from iohub_keyboard.backends.pynput import PynputKeyboard
from iohub_keyboard.backends.x11 import X11Keyboard
from iohub_keyboard.plugin import iohub_device_types

from ..support.xserver import Injector, xvfb

# pynput notices only at the next key that it was stopped, or that the server has gone.
pytestmark = [
    pytest.mark.x11,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]
(KEYBOARD,) = iohub_device_types()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with xvfb("-screen", "0", "800x600x24") as name:
        monkeypatch.setenv("DISPLAY", name)
        yield name


@pytest.fixture
def fingers(server: str) -> Iterator[Injector]:
    made = Injector(server)
    yield made
    made.close()


@pytest.fixture
def bench(server: str) -> Iterator[DeviceBench]:
    made = DeviceBench(SystemClock())
    yield made
    made.close()


@pytest.fixture(params=[X11Keyboard, PynputKeyboard])
def backend(request: pytest.FixtureRequest) -> Any:
    return request.param


def open_keyboard(bench: DeviceBench, backend: Any, **settings: Any) -> Any:
    declared = BackendType(device="Keyboard", name="real", backend=backend)
    return bench.open(KEYBOARD, declared, settings)


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.002)


class Window:
    """A window that has the focus, of the process with the given id."""

    def __init__(self, server: str, process: int) -> None:
        self.display = display.Display(server)
        screen = self.display.screen()
        self.window = screen.root.create_window(10, 10, 100, 100, 0, screen.root_depth)
        pid = self.display.intern_atom("_NET_WM_PID")
        self.window.change_property(pid, Xatom.CARDINAL, 32, [process])
        self.window.change_attributes(event_mask=X.StructureNotifyMask)
        self.window.map()
        while self.display.next_event().type != X.MapNotify:
            pass
        self.focus()

    def focus(self) -> None:
        self.window.set_input_focus(X.RevertToNone, X.CurrentTime)
        self.display.sync()

    def close(self) -> None:
        self.display.close()


def test_only_keys_typed_into_windows_of_the_script_are_reported(
    bench: DeviceBench, server: str, fingers: Injector, backend: Any
) -> None:
    ours, other = Window(server, os.getpid()), Window(server, os.getppid())
    device = open_keyboard(bench, backend, report_system_wide_events=False)
    passed_on = device.backend.receive
    read: list[Any] = []

    def count(natives: Any) -> None:
        passed_on(natives)
        read.extend(natives)

    device.backend.receive = count
    fingers.tap("a")
    until(lambda: len(read) >= 2)  # the focus is asked for when a key is read
    ours.focus()
    fingers.tap("b")
    until(lambda: len(bench.events) >= 2)
    press, release = bench.take()
    assert (press.key, release.key) == ("b", "b")
    assert press.window_id == ours.window.id
    ours.close()
    other.close()


def test_a_registered_window_of_another_process_counts_as_the_scripts(
    bench: DeviceBench, server: str, fingers: Injector, backend: Any
) -> None:
    other = Window(server, os.getppid())
    device = open_keyboard(bench, backend, report_system_wide_events=False)
    device.registerWindowHandles(other.window.id)
    fingers.tap("a")
    until(lambda: len(bench.events) >= 2)
    device.unregisterWindowHandles(other.window.id)
    fingers.tap("b")
    assert [event.key for event in bench.take()] == ["a", "a"]
    other.close()


def test_events_tell_the_window_that_has_the_focus(
    bench: DeviceBench, server: str, fingers: Injector, backend: Any
) -> None:
    other = Window(server, os.getppid())
    open_keyboard(bench, backend)
    fingers.tap("a")
    until(lambda: len(bench.events) >= 2)
    assert {event.window_id for event in bench.take()} == {other.window.id}
    other.close()


def test_a_modifier_held_since_before_the_start_is_known(
    bench: DeviceBench, fingers: Injector, backend: Any
) -> None:
    fingers.press("Shift_L")
    device = open_keyboard(bench, backend)
    assert device.getCurrentDeviceState()["pressed_keys"] == {"lshift": None}
    fingers.tap("a")
    fingers.release("Shift_L")
    until(lambda: len(bench.events) >= 3)
    press, _, shift = bench.take()
    assert (press.char, press.modifiers) == ("A", 4)
    assert (shift.key, shift.modifiers, shift.press_event_id) == ("lshift", 0, 0)


def test_dead_keys_type_nothing_by_themselves_and_have_their_accents_name(
    bench: DeviceBench, server: str, fingers: Injector
) -> None:
    open_keyboard(bench, X11Keyboard)
    subprocess.run(["setxkbmap", "-display", server, "de"], check=True)
    german = Injector(server)
    german.tap("dead_circumflex", "y", "udiaeresis")
    german.close()
    until(lambda: len(bench.events) >= 6)
    presses = bench.take()[::2]
    assert [(one.key, one.char) for one in presses] == [("^", ""), ("y", "y"), ("ü", "ü")]


def test_a_second_layout_is_followed_when_it_is_switched_to(
    bench: DeviceBench, server: str, fingers: Injector
) -> None:
    subprocess.run(
        ["setxkbmap", "-display", server, "us,ru", "-option", "grp:menu_toggle"], check=True
    )
    switching = Injector(server)
    open_keyboard(bench, X11Keyboard)
    switching.tap("a", "ISO_Next_Group", "a")
    switching.close()
    until(lambda: len(bench.events) >= 6)
    first, _, second = bench.take()[::2]
    assert (first.key, first.char) == ("a", "a")
    assert (second.key, second.char) == ("ф", "ф")
    assert first.scan_code == second.scan_code


def test_a_fault_in_taking_a_key_is_told_and_the_next_key_comes(
    bench: DeviceBench, fingers: Injector, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = open_keyboard(bench, PynputKeyboard)
    taken = device.backend.receive

    def unlucky(natives: Any) -> None:
        device.backend.receive = taken
        raise RuntimeError("unlucky")

    device.backend.receive = unlucky
    fingers.tap("a", "b")
    until(lambda: any(event.key == "b" for event in bench.events))
    assert "RuntimeError: unlucky" in bench.failures[0]


def test_pynput_still_has_the_method_that_sees_native_events() -> None:
    from pynput.keyboard import _xorg  # needs no display once another test has imported it

    assert list(_xorg.Listener._handle_message.__code__.co_varnames[:4]) == [
        "self",
        "display",
        "event",
        "injected",
    ]


def test_keys_arrive_under_another_clients_grab(
    bench: DeviceBench, server: str, fingers: Injector
) -> None:
    open_keyboard(bench, X11Keyboard)
    other = Window(server, 1)
    status = other.window.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
    assert status == X.GrabSuccess
    fingers.tap("g")
    until(lambda: len(bench.events) >= 2)
    assert [event.key for event in bench.take()] == ["g", "g"]
    other.close()


def test_repeats_arrive_with_another_clients_window_in_focus_and_under_its_grab(
    bench: DeviceBench, server: str, fingers: Injector
) -> None:
    other = Window(server, 1)
    core_keys = X.KeyPressMask | X.KeyReleaseMask
    other.window.change_attributes(event_mask=core_keys)
    open_keyboard(bench, X11Keyboard, report_auto_repeat_press_events=True)
    for grabbed in (False, True):
        if grabbed:
            other.window.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
        other.display.sync()
        fingers.press("r")
        until(lambda: len(bench.events) >= 3)
        fingers.release("r")
        until(lambda: bench.events[-1].type == 23)
        *presses, _ = bench.take()
        assert [press.auto_repeated for press in presses] == list(range(len(presses)))
    other.close()


def test_a_server_that_goes_away_is_told(
    bench: DeviceBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with xvfb() as second:
        monkeypatch.setenv("DISPLAY", second)
        open_keyboard(bench, X11Keyboard)
    until(lambda: bench.failures)
    assert "its backend stopped" in bench.failures[0]


@pytest.mark.parametrize("name", ["x11", "pynput"])
def test_without_a_display_a_backend_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    assert "DISPLAY is not set" in (getattr(usable, name)() or "")
    monkeypatch.setenv("DISPLAY", ":47113")
    assert "can't be reached" in (getattr(usable, name)() or "")
