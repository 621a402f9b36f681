"""The keyboard on a real X server, with keys injected from outside."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from iohub_core import Computer, ioHubConnection, launchHubServer

from ..support.xserver import Injector, xvfb

pytestmark = pytest.mark.x11
OFF = {"enable": False}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with xvfb("-screen", "0", "800x600x24") as name:
        yield name


@pytest.fixture
def fingers(server: str) -> Iterator[Injector]:
    injector = Injector(server)
    yield injector
    injector.close()


@pytest.fixture(params=["x11", "pynput"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def start(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Launch a hub with one keyboard on the test's X server."""
    monkeypatch.setenv("DISPLAY", server)

    def launch(**settings: Any) -> ioHubConnection:
        return launchHubServer(Keyboard=settings, Mouse=OFF, Monitor=OFF)

    yield launch
    active = ioHubConnection.getActiveConnection()
    if active is not None:
        active.quit()


def collect(io: ioHubConnection, count: int, within_s: float = 10.0) -> list[Any]:
    """Return events of the keyboard once there are ``count`` of them."""
    keyboard: Any = io.devices.keyboard
    events: list[Any] = []
    end = time.monotonic() + within_s
    while len(events) < count:
        assert time.monotonic() < end, f"only {len(events)} of {count} events came: {events[-4:]}"
        keyboard._wait_for_new(keyboard._reader.written() - 0, 0.05)
        events += keyboard.getEvents()
    return events


def test_presses_and_releases_come_paired_and_named(
    start: Callable[..., Any], fingers: Injector, backend: str
) -> None:
    io = start(backend=backend)
    fingers.tap("a", "space", "Return", "Left", "F5", "Escape", "bracketleft", "Tab", "BackSpace")
    events = collect(io, 18)
    names = ["a", " ", "return", "left", "f5", "escape", "[", "tab", "backspace"]
    assert [event.key for event in events[::2]] == names
    assert [event.key for event in events[1::2]] == names
    assert [event.char for event in events[:6:2]] == ["a", " ", ""]
    for press, release in zip(events[::2], events[1::2], strict=True):
        assert release.press_event_id == press.event_id
        assert release.duration == pytest.approx(release.time - press.time, abs=1e-6)
        assert press.scan_code == release.scan_code > 0


def test_psychopy_names(start: Callable[..., Any], fingers: Injector, backend: str) -> None:
    io = start(backend=backend, use_keymap="psychopy")
    fingers.tap("space", "grave", "slash", "Prior", "KP_Add", "KP_Prior", "equal")
    names = ["space", "quoteleft", "slash", "pageup", "num_add", "num_page_up", "equal"]
    assert [event.key for event in collect(io, 14)[::2]] == names


def test_modifiers_list_themselves_on_press_and_not_on_release(
    start: Callable[..., Any], fingers: Injector, backend: str
) -> None:
    io = start(backend=backend)
    fingers.press("Shift_L")
    fingers.tap("a")
    fingers.release("Shift_L")
    shift, press, release, shift_up = collect(io, 4)
    assert (shift.key, shift.modifiers) == ("lshift", ["lshift"])
    assert (press.key, press.char, press.modifiers) == ("a", "A", ["lshift"])
    assert release.modifiers == ["lshift"]
    assert (shift_up.key, shift_up.modifiers) == ("lshift", [])


def test_locks_and_keypad(start: Callable[..., Any], fingers: Injector, backend: str) -> None:
    io = start(backend=backend)
    fingers.tap("Caps_Lock", "a", "Caps_Lock", "KP_Begin", "Num_Lock", "KP_Begin", "Num_Lock")
    events = collect(io, 14)
    caps, letter = events[0], events[2]
    assert (caps.key, caps.modifiers) == ("capslock", ["capslock"])
    assert (letter.key, letter.char, letter.modifiers) == ("a", "A", ["capslock"])
    assert (events[6].key, events[6].char) == ("num_begin", "")
    assert (events[10].key, events[10].char) == ("num_5", "5")
    assert events[10].modifiers == ["numlock"]


def test_auto_repeat_is_suppressed_by_default(
    start: Callable[..., Any], fingers: Injector, backend: str
) -> None:
    io = start(backend=backend)
    fingers.press("b")
    time.sleep(0.9)  # the server's own repeat begins after 0.66 s
    fingers.release("b")
    press, release = collect(io, 2)
    assert (press.auto_repeated, release.press_event_id) == (0, press.event_id)
    assert release.duration > 0.8
    assert io.devices.keyboard.getEvents() == []


def test_auto_repeats_are_reported_and_counted_when_asked_for(
    start: Callable[..., Any], fingers: Injector, backend: str
) -> None:
    io = start(backend=backend, report_auto_repeat_press_events=True)
    fingers.press("b")
    time.sleep(0.9)
    fingers.release("b")
    events = collect(io, 4)
    time.sleep(0.2)
    events = sorted([*events, *io.devices.keyboard.getEvents()], key=lambda event: event.time)
    presses = [event for event in events if event.type == 22]
    assert len(presses) > 2
    assert [event.auto_repeated for event in presses] == list(range(len(presses)))
    assert events[-1].type == 23
    assert events[-1].press_event_id == presses[0].event_id


def test_a_burst_of_5000_key_events_arrives_whole(
    start: Callable[..., Any], fingers: Injector
) -> None:
    io = start(backend="x11", event_buffer_length=6000)
    fingers.burst("c", 2500)
    events = collect(io, 5000)
    assert [event.type for event in events] == [22, 23] * 2500
    assert [event.time for event in events] == sorted(event.time for event in events)


def test_state_is_true_after_a_lost_release(start: Callable[..., Any], fingers: Injector) -> None:
    io = start(backend="x11")
    keyboard: Any = io.devices.keyboard
    fingers.press("d")
    collect(io, 1)
    assert list(keyboard.state) == ["d"]
    fingers.release("d")
    collect(io, 1)
    assert keyboard.state == {}


@pytest.mark.parametrize(
    ("layout", "key", "names", "char"),
    [
        ("de", "odiaeresis", "ö", "ö"),
        ("fr", "eacute", "é", "é"),
        ("gr", "Greek_alpha", "α", "α"),
        ("ru", "Cyrillic_a", "а", "а"),
    ],
)
def test_keys_of_other_layouts(
    start: Callable[..., Any], server: str, layout: str, key: str, names: str, char: str
) -> None:
    io = start(backend="x11")
    subprocess.run(["setxkbmap", "-display", server, layout], check=True)
    fingers = Injector(server)
    try:
        fingers.tap(key)
        press, release = collect(io, 2)
        assert (press.key, press.char, release.key) == (names, char, names)
        assert press.ucode == ord(char)
    finally:
        fingers.close()
        subprocess.run(["setxkbmap", "-display", server, "us"], check=True)


def test_get_keys_and_waits_see_injected_keys(
    start: Callable[..., Any], server: str, fingers: Injector, backend: str
) -> None:
    io = start(backend=backend)
    keyboard: Any = io.devices.keyboard
    tapping = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(
                f"""
            import time
            time.sleep(0.3)
            import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})
            from support.xserver import Injector
            fingers = Injector({server!r})
            fingers.tap("x", "q")
            """
            ),
        ],
        env=dict(os.environ),
    )
    (press,) = keyboard.waitForPresses(maxWait=10, keys=["q"])
    assert press == "q"
    assert press.time <= Computer.getTime()
    (release,) = keyboard.waitForReleases(maxWait=10, keys=["q"], clear=False)
    assert release.pressEventID == press.id
    assert tapping.wait(10) == 0


def test_times_lie_between_injection_and_arrival(
    start: Callable[..., Any], fingers: Injector
) -> None:
    io = start(backend="x11")
    zero = io.clock.zero
    injected = []
    for _ in range(100):
        injected.append(fingers.press("e") - zero)
        fingers.release("e")
        time.sleep(0.003)
    presses = [event for event in collect(io, 200) if event.type == 22]
    for event, truth in zip(presses, injected, strict=True):
        assert event.time <= event.logged_time
        assert abs(event.time - truth) < 0.1  # gross faults only; benchmarks measure the error
    errors = [event.time - truth for event, truth in zip(presses, injected, strict=True)]
    print(f"median error {statistics.median(errors) * 1e6:.0f} µs")


def test_without_a_display_a_launch_fails_soon_and_names_the_ways_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    before = time.monotonic()
    with pytest.raises(Exception, match="DISPLAY is not set") as caught:
        launchHubServer()
    assert time.monotonic() - before < 3.0
    text = str(caught.value)
    assert "backend: virtual" in text
    assert "enable: false" in text


def test_two_keyboards_of_one_session_have_buffers_of_their_own(
    server: str, fingers: Injector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", server)
    devices = [
        {"Keyboard": {"name": "injected", "model_name": "Virtual core XTEST keyboard"}},
        {"Keyboard": {"name": "other", "model_name": "Xvfb keyboard"}},
    ]
    with launchHubServer(monitor_devices=devices) as io:
        injected: Any = io.devices.injected
        names = injected.getKeyboards()
        fingers.tap("z")
        (press,) = injected.waitForPresses(maxWait=10, keys=["z"], clear=False)
        assert names[str(press.event.device_id)] == "Virtual core XTEST keyboard"
        assert io.devices.other.getEvents() == []
    with pytest.raises(Exception, match="no keyboard has the model_name 'None such'"):
        launchHubServer(monitor_devices=[{"Keyboard": {"model_name": "None such"}}])
