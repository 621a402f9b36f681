"""The keyboard's view on a virtual keyboard, in a running hub."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from iohub_core import Computer, EventConstants, launchHubServer
from iohub_core.client.keyboard import Keyboard, KeyboardPress, KeyboardRelease
from iohub_core.errors import DeviceError, HubDiedError


@pytest.fixture
def start() -> Iterator[Callable[..., Any]]:
    """Launches a hub with a virtual keyboard; returns its view."""
    started: list[Any] = []

    def launch(**settings: Any) -> Any:
        settings = {"backend": "virtual", **settings}
        started.append(launchHubServer(monitor_devices=[{"Keyboard": settings}]))
        return started[-1].devices.keyboard

    yield launch
    for io in started:
        io.quit()


@pytest.fixture
def keyboard(start: Callable[..., Any]) -> Any:
    return start()


def tap(keyboard: Any, *keys: str, **more: Any) -> None:
    """Tap keys at once: their events are in the buffers when this returns."""
    keyboard.simulate(keys, 0.0, interval=0.0, **more)


def test_a_key_object_equals_its_keys_name(keyboard: Any) -> None:
    tap(keyboard, "q")
    found = keyboard.getKeys()
    assert "q" in found
    assert {"q"}.issuperset(found)
    press, release = found
    assert press == "q"
    assert press != release
    assert (type(press), type(release)) == (KeyboardPress, KeyboardRelease)
    assert (press.type, release.type) == ("KEYBOARD_PRESS", "KEYBOARD_RELEASE")
    assert (press.key, press.char, press.modifiers) == ("q", "q", [])
    assert press.device is keyboard
    assert (release.pressEventID, type(keyboard)) == (press.id, Keyboard)
    assert repr(press).startswith("<KeyboardPress 'q' at ")


def test_what_one_call_returns_no_other_does_and_the_rest_stays(keyboard: Any) -> None:
    tap(keyboard, "a", "b", "c")
    assert keyboard.getPresses(keys=["b"]) == ["b"]
    assert keyboard.getPresses(clear=False) == ["a", "c"]
    assert keyboard.getPresses() == ["a", "c"]
    assert keyboard.getKeys() == ["a", "b", "c"]
    assert keyboard.getKeys() == []


@pytest.mark.parametrize(
    ("selection", "found"),
    [
        ({"keys": "b"}, ["b", "b"]),
        ({"chars": ["Ä"]}, ["ä", "ä"]),
        ({"ignoreKeys": ["a", "b", "lshift"]}, ["ä", "ä"]),
        ({"mods": ["lshift"]}, ["lshift", "ä", "ä"]),
        ({"etype": EventConstants.KEYBOARD_PRESS, "keys": ["a", "b"]}, ["a", "b"]),
        ({"etype": Keyboard.KEY_RELEASE, "chars": "a"}, ["a"]),
        ({"keys": ["nothing"]}, []),
    ],
)
def test_calls_select_by_name_character_modifier_and_kind(
    keyboard: Any, selection: dict[str, Any], found: list[str]
) -> None:
    tap(keyboard, "a", "b", "Ä")
    assert keyboard.getKeys(**selection) == found


def test_releases_select_by_how_long_a_key_was_held(keyboard: Any) -> None:
    keyboard.simulate(["s"], 0.02)
    keyboard.simulate(["l"], 0.2)
    assert keyboard.waitForReleases(maxWait=10, duration=0.1) == ["l"]
    (short,) = keyboard.getReleases(duration=-0.1)
    assert short == "s"
    assert short.duration == pytest.approx(0.02, abs=0.1)


def test_words_are_typed_with_the_shift_they_need(keyboard: Any) -> None:
    tap(keyboard, *"Hällo, Welt! Жα")
    presses = keyboard.getPresses()
    assert "".join(press.char for press in presses) == "Hällo, Welt! Жα"
    capital = next(press for press in presses if press.char == "H")
    assert (capital.key, capital.modifiers) == ("h", ["lshift"])


def test_locks_keypad_and_modifiers_of_the_virtual_keyboard(keyboard: Any) -> None:
    tap(keyboard, "capslock", "x", "capslock", "num_begin", "num_5", "return")
    tap(keyboard, "c", modifiers=["lctrl"])
    presses = keyboard.getPresses()
    names = ["capslock", "x", "capslock", "num_begin", "num_5", "return", "lctrl", "c"]
    assert presses == names
    assert (presses[1].char, presses[1].modifiers) == ("X", ["capslock"])
    assert presses[4].char == "5"
    assert presses[7].modifiers == ["lctrl"]


def test_psychopy_names_are_understood_and_given(start: Callable[..., Any]) -> None:
    keyboard = start(use_keymap="psychopy")
    tap(keyboard, "space", "pageup", " ", "num_page_down", "num_add", "bracketleft")
    presses = keyboard.getPresses()
    assert presses == ["space", "pageup", "space", "num_page_down", "num_add", "bracketleft"]


def test_a_waiting_call_is_woken_by_the_key_it_waits_for(keyboard: Any) -> None:
    keyboard.simulate(["x", "q"], 0.01, delay=0.05)
    (press,) = keyboard.waitForPresses(keys=["q"], maxWait=10)
    assert press == "q"
    assert press.time <= Computer.getTime()
    assert keyboard.getPresses() == ["x"]
    assert keyboard.waitForKeys(maxWait=10, keys="q", etype=keyboard.KEY_RELEASE) == ["q"]


def test_a_wait_takes_what_is_there_and_ends_when_its_time_is_up(keyboard: Any) -> None:
    tap(keyboard, "a")
    assert keyboard.waitForPresses(maxWait=0) == ["a"]
    before = Computer.getTime()
    assert keyboard.waitForPresses(maxWait=0.1) == []
    assert Computer.getTime() - before >= 0.1


def test_nothing_before_a_clear_is_returned_after_it(keyboard: Any) -> None:
    tap(keyboard, "a")
    keyboard.getKeys(keys=["z"])  # seen, not returned
    tap(keyboard, "b")
    keyboard.clearEvents()
    tap(keyboard, "c")
    assert keyboard.getPresses() == ["c"]


def test_clearing_one_kind_leaves_the_other(keyboard: Any) -> None:
    tap(keyboard, "a")
    keyboard.getKeys(clear=False)
    keyboard.clearEvents("KEYBOARD_PRESS")
    assert [key.type for key in keyboard.getKeys()] == ["KEYBOARD_RELEASE"]


def test_state_shows_the_keys_that_are_down(keyboard: Any) -> None:
    keyboard.simulate(["lshift", "a"], release=False, interval=0.0)
    presses = keyboard.getPresses()
    assert keyboard.state == {press.key: press.time for press in presses}
    assert keyboard.getCurrentDeviceState()["modifiers"] == 4
    keyboard.simulate(["a", "lshift"], press=False, interval=0.0)
    assert keyboard.state == {}


def test_state_is_true_after_a_release_was_lost(keyboard: Any) -> None:
    keyboard._call("simulate", [{"key": "a", "at": 0.0, "pressed": True}])
    assert list(keyboard.state) == ["a"]
    keyboard._call("simulate", [{"key": "a", "at": 0.0, "pressed": False, "lost": True}])
    assert keyboard.state == {}
    assert keyboard.getReleases() == []


def test_held_keys_repeat_and_repeats_are_reported_when_asked_for(
    start: Callable[..., Any],
) -> None:
    keyboard = start(
        report_auto_repeat_press_events=True,
        virtual={"repeat_delay": 0.05, "repeat_interval": 0.01},
    )
    keyboard.simulate(["a"], 0.2)
    (release,) = keyboard.waitForReleases(maxWait=10)
    repeats = [press.event.auto_repeated for press in keyboard.getPresses()]
    assert repeats == list(range(len(repeats)))
    assert len(repeats) > 2
    assert release.event.auto_repeated == len(repeats) - 1


def test_nothing_is_reported_while_reporting_is_off(keyboard: Any) -> None:
    keyboard.reporting = False
    assert not keyboard.reporting
    tap(keyboard, "a")
    keyboard.reporting = True
    tap(keyboard, "b")
    assert keyboard.getPresses() == ["b"]


def test_unclaimed_events_are_bounded_and_what_had_to_go_is_counted(
    start: Callable[..., Any],
) -> None:
    keyboard = start(event_buffer_length=8)
    for _ in range(3):
        tap(keyboard, "a", "b")
        assert keyboard.getKeys(keys=["nothing"]) == []
    status = keyboard.getBufferStatus()
    assert (status["unread"], status["dropped"]) == (8, 4)
    assert len(keyboard.getKeys()) == 8


def test_latency_and_an_own_clock_are_brought_to_hub_time(start: Callable[..., Any]) -> None:
    keyboard = start(virtual={"latency": 0.05, "tick": 0.004})
    before = Computer.getTime()
    keyboard.simulate(["a"], 0.0)
    (press,) = keyboard.waitForPresses(maxWait=10)
    assert press.event.delay >= 0.045
    assert 0.002 <= press.confidence_interval < 0.004
    assert press.time + press.confidence_interval >= before


def test_an_unknown_key_is_refused_with_the_nearest_name(keyboard: Any) -> None:
    with pytest.raises(ValueError, match="did you mean 'return'"):
        keyboard.simulate("retrun")
    assert keyboard.getKeys() == []


def test_all_keys_of_a_virtual_keyboard_are_for_the_experiment(start: Callable[..., Any]) -> None:
    keyboard = start(report_system_wide_events=False)
    tap(keyboard, "a")
    assert keyboard.getPresses() == ["a"]


def test_several_threads_share_the_events_without_losing_one(start: Callable[..., Any]) -> None:
    keyboard = start(event_buffer_length=1000)
    found: list[Any] = []

    def read() -> None:
        while True:
            taken = keyboard.waitForPresses(maxWait=10)
            found.extend(taken)
            if not taken or len(found) >= 100:
                return

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(100):
        tap(keyboard, "a")
    tap(keyboard, "b")
    for _ in threads:
        tap(keyboard, "c")
    for thread in threads:
        thread.join(20)
    left = keyboard.getPresses()
    numbers = [press.id for press in [*found, *left]]
    assert len(numbers) == len(set(numbers)) == 104


def test_a_dead_hub_is_told_by_the_next_question(start: Callable[..., Any]) -> None:
    import psutil

    io = launchHubServer(monitor_devices=[{"Keyboard": {"backend": "virtual"}}])
    keyboard = io.devices.keyboard
    psutil.Process(io.iohub_process_id).kill()
    with pytest.raises(HubDiedError):
        keyboard.waitForKeys(maxWait=10)
    with pytest.raises(HubDiedError):
        keyboard.getKeys()
    with pytest.raises(HubDiedError):
        io.quit()


@pytest.mark.x11
def test_only_a_virtual_keyboard_simulates(monkeypatch: pytest.MonkeyPatch) -> None:
    from ..support.xserver import xvfb

    with xvfb() as server:
        monkeypatch.setenv("DISPLAY", server)
        with launchHubServer(monitor_devices=[{"Keyboard": {}}]) as io:
            with pytest.raises(DeviceError, match="backend: virtual"):
                io.devices.keyboard.simulate("a")
            assert list(io.devices.keyboard.getKeyboards().values())
