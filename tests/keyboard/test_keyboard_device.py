"""The keyboard device, fed with native keys at exact times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_core.clocksync import ClockConverter
from iohub_core.constants import ModifierKeyCodes as Bits
from iohub_core.constants.keyboard import modifier_names
from iohub_core.errors import DeviceError
from iohub_core.event import codec_of
from iohub_core.plugins import BackendType
from iohub_core.testing.bench import DeviceBench
from iohub_keyboard.device import LONGEST_REPEAT_GAP_S
from iohub_keyboard.native import KeyboardBackend, NativeKey
from iohub_keyboard.plugin import iohub_device_types

(KEYBOARD,) = iohub_device_types()
A, SHIFT, CAPS = (38, 0x61), (50, 0xFFE1), (66, 0xFFE5)


class Fingers(KeyboardBackend):
    """A backend that says what a test tells it."""

    down: Mapping[int, int] | None = None
    focused: tuple[int, int] | None = None
    known: Mapping[int, str] = {}

    def converter(self) -> ClockConverter:
        return ClockConverter(tick_s=0.001, resolution_s=0.001, monotonic_zero=0.0)

    def keys_down(self) -> Mapping[int, int] | None:
        return self.down

    def focus(self) -> tuple[int, int] | None:
        return self.focused

    def keyboards(self) -> dict[int, str]:
        return dict(self.known)

    def key(
        self, key: tuple[int, int], at: float, *, pressed: bool, char: str = "", **more: Any
    ) -> None:
        tick = round(at * 1000)
        native = NativeKey(
            pressed=pressed,
            scan_code=key[0],
            keysym=key[1],
            char=char,
            arrival=at + 0.002,
            tick=tick,
            **more,
        )
        self.receive([native])


def open_keyboard(bench: DeviceBench, prepare: Any = None, **settings: Any) -> tuple[Any, Fingers]:
    made: list[Fingers] = []

    def backend(checked: Any, context: Any) -> Fingers:
        fingers = Fingers(checked, context)
        if prepare is not None:
            prepare(fingers)
        made.append(fingers)
        return fingers

    declared = BackendType(device="Keyboard", name="fingers", backend=backend)
    device = bench.open(KEYBOARD, declared, settings)
    return device, made[0]


@pytest.fixture
def bench() -> Iterator[DeviceBench]:
    made = DeviceBench()
    yield made
    made.close()


def test_a_release_has_its_presss_number_and_the_time_between_them(bench: DeviceBench) -> None:
    _, fingers = open_keyboard(bench)
    fingers.key(A, 1.000, pressed=True, char="a")
    fingers.key(A, 1.250, pressed=False, char="a")
    press, release = bench.take()
    assert (press.type, release.type) == (22, 23)
    assert (press.duration, press.press_event_id) == (0.0, 0)
    assert release.duration == pytest.approx(0.25)
    assert release.press_event_id == press.event_id
    assert (press.ucode, press.key_id, press.scan_code) == (97, 0x61, 38)


def test_times_come_from_the_native_stamp_not_from_the_arrival(bench: DeviceBench) -> None:
    _, fingers = open_keyboard(bench)
    fingers.key(A, 1.000, pressed=True)
    (press,) = bench.take()
    assert press.time == pytest.approx(1.0005, abs=0.0005)
    assert 0.0005 <= press.confidence_interval < 0.001
    assert (press.device_time, press.logged_time) == (1.0, 1.002)


def test_keys_of_one_tick_keep_their_order(bench: DeviceBench) -> None:
    device, _ = open_keyboard(bench)
    for code, arrival in [(38, 1.0001), (39, 1.0002), (40, 1.00021), (41, 1.003), (42, 1.0031)]:
        device.receive(
            [NativeKey(pressed=True, scan_code=code, keysym=code, arrival=arrival, tick=1000)]
        )
    events = bench.take()
    times = [event.time for event in events]
    assert times == sorted(times)
    assert all(event.time <= event.logged_time for event in events)


def test_a_press_and_its_release_in_one_batch_are_paired(bench: DeviceBench) -> None:
    device, _ = open_keyboard(bench)
    device.receive(
        [
            NativeKey(pressed=pressed, scan_code=38, keysym=0x61, arrival=at, tick=at * 1000)
            for pressed, at in [(True, 1.0), (False, 1.1), (True, 1.2), (False, 1.3)]
        ]
    )
    first, first_up, second, second_up = bench.take()
    assert first_up.press_event_id == first.event_id
    assert second_up.press_event_id == second.event_id


def test_a_release_whose_press_was_not_seen_says_so(bench: DeviceBench) -> None:
    _, fingers = open_keyboard(bench)
    fingers.key(A, 2.0, pressed=False)
    (release,) = bench.take()
    assert (release.key, release.duration, release.press_event_id) == ("a", 0.0, 0)


def test_a_key_keeps_its_name_between_press_and_release_though_the_layout_changes(
    bench: DeviceBench,
) -> None:
    _, fingers = open_keyboard(bench)
    fingers.key(A, 1.0, pressed=True, char="a")
    fingers.key((38, 0x71), 1.1, pressed=False, char="q")
    press, release = bench.take()
    assert release.key == press.key == "a"
    assert release.press_event_id == press.event_id


@pytest.mark.parametrize("marked", [True, False])
def test_repeats_are_counted_and_left_out_by_default(bench: DeviceBench, marked: bool) -> None:
    _, fingers = open_keyboard(bench)
    first, again = (False, True) if marked else (None, None)
    fingers.key(A, 1.0, pressed=True, repeat=first)
    for number in range(5):
        fingers.key(A, 1.5 + number / 30, pressed=True, repeat=again)
    fingers.key(A, 1.8, pressed=False)
    press, release = bench.take()
    assert (press.auto_repeated, release.auto_repeated) == (0, 5)
    assert release.duration == pytest.approx(0.8)


def test_repeats_that_are_reported_carry_their_number(bench: DeviceBench) -> None:
    _, fingers = open_keyboard(bench, report_auto_repeat_press_events=True)
    for number in range(3):
        fingers.key(A, 1.0 + number / 2, pressed=True, repeat=number > 0)
    fingers.key(A, 3.0, pressed=False)
    *presses, release = bench.take()
    assert [one.auto_repeated for one in presses] == [0, 1, 2]
    assert release.press_event_id == presses[0].event_id
    assert release.duration == pytest.approx(2.0)


def test_a_press_after_a_lost_release_is_a_press_of_its_own(bench: DeviceBench) -> None:
    _, fingers = open_keyboard(bench)
    fingers.key(A, 1.0, pressed=True, repeat=False)
    fingers.key(A, 2.0, pressed=True, repeat=False)
    fingers.key(A, 2.1, pressed=False)
    first, second, release = bench.take()
    assert first.auto_repeated == second.auto_repeated == 0
    assert release.press_event_id == second.event_id


def test_where_repeats_are_not_marked_a_long_pause_tells_a_lost_release(bench: DeviceBench) -> None:
    _, fingers = open_keyboard(bench)
    fingers.key(A, 1.0, pressed=True)
    fingers.key(A, 1.1 + LONGEST_REPEAT_GAP_S, pressed=True)
    assert len(bench.take()) == 2


def test_state_is_what_the_system_says_after_a_lost_release(bench: DeviceBench) -> None:
    device, fingers = open_keyboard(bench)
    fingers.key(SHIFT, 1.0, pressed=True)
    fingers.key(A, 1.1, pressed=True)
    fingers.down = {38: 0x61}
    state = device.getCurrentDeviceState()
    assert state["pressed_keys"] == {"a": pytest.approx(1.1005, abs=0.0005)}
    assert state["modifiers"] == 0
    assert device.modifier_mask() == 0


def test_a_release_that_comes_after_the_question_for_the_state_is_still_paired(
    bench: DeviceBench,
) -> None:
    device, fingers = open_keyboard(bench)
    fingers.key(A, 1.0, pressed=True)
    fingers.down = {}
    assert device.getCurrentDeviceState()["pressed_keys"] == {}
    fingers.key(A, 1.2, pressed=False)
    press, release = bench.take()
    assert release.press_event_id == press.event_id


def test_keys_held_before_the_start_are_in_the_state_without_a_time(bench: DeviceBench) -> None:
    def hold(fingers: Fingers) -> None:
        fingers.down = {50: 0xFFE1}

    device, fingers = open_keyboard(bench, hold)
    assert device.getCurrentDeviceState()["pressed_keys"] == {"lshift": None}
    fingers.key(A, 1.0, pressed=True, device_id=7)
    fingers.key(SHIFT, 1.1, pressed=False, device_id=7)
    press, release = bench.take()
    assert modifier_names(press.modifiers) == ["lshift"]
    assert (release.modifiers, release.duration) == (0, 0.0)


def test_modifiers_and_locks_are_in_the_mask(bench: DeviceBench) -> None:
    device, fingers = open_keyboard(bench)
    fingers.key(SHIFT, 1.0, pressed=True)
    fingers.key(CAPS, 1.1, pressed=True)
    fingers.key(CAPS, 1.2, pressed=False, locks=Bits.capslock)
    fingers.key(SHIFT, 1.3, pressed=False, locks=Bits.capslock)
    assert [modifier_names(event.modifiers) for event in bench.take()] == [
        ["lshift"],
        ["lshift", "capslock"],
        ["lshift", "capslock"],
        ["capslock"],
    ]
    assert device.modifier_mask() == Bits.capslock


def test_only_keys_for_the_experiments_windows_are_reported_when_asked_for(
    bench: DeviceBench,
) -> None:
    def somewhere(fingers: Fingers) -> None:
        fingers.focused = (77, 1)

    device, fingers = open_keyboard(bench, somewhere, report_system_wide_events=False)
    fingers.key(A, 1.0, pressed=True)
    fingers.key(A, 1.1, pressed=False)
    assert bench.take() == []
    device.registerWindowHandles({"handle": 77, "size": [1, 1]})
    fingers.key(A, 2.0, pressed=True)
    fingers.focused = (5, 1)
    fingers.key(A, 2.1, pressed=False)  # goes the way of its press
    fingers.key(A, 2.2, pressed=True)
    press, release = bench.take()
    assert press.window_id == 77
    assert release.press_event_id == press.event_id


def test_keys_of_the_experiment_alone_are_refused_where_the_focus_is_not_known(
    bench: DeviceBench,
) -> None:
    with pytest.raises(DeviceError, match="report_system_wide_events: true"):
        open_keyboard(bench, report_system_wide_events=False)


@pytest.mark.parametrize(
    ("settings", "reported"),
    [
        ({"model_name": "Right"}, [9]),
        ({"device_number": 1}, [4]),
        ({"model_name": "Left", "device_number": 1}, [4]),
        ({}, [4, 9]),
    ],
)
def test_one_physical_keyboard_can_be_selected(
    bench: DeviceBench, settings: dict[str, Any], reported: list[int]
) -> None:
    def two(fingers: Fingers) -> None:
        fingers.known = {4: "Left", 9: "Right"}

    _, fingers = open_keyboard(bench, two, **settings)
    for number in (4, 9):
        fingers.key(A, float(number), pressed=True, device_id=number)
    assert [event.device_id for event in bench.take()] == reported


def test_a_keyboard_that_is_not_there_is_refused_with_those_that_are(bench: DeviceBench) -> None:
    def one(fingers: Fingers) -> None:
        fingers.known = {4: "Left"}

    with pytest.raises(DeviceError, match="did you mean 'Left'"):
        open_keyboard(bench, one, model_name="Lef")


def test_every_field_of_the_sheet_is_there_in_its_order(bench: DeviceBench) -> None:
    _, fingers = open_keyboard(bench)
    fingers.key(A, 1.0, pressed=True)
    (press,) = bench.take()
    assert codec_of(type(press)).names[11:] == (
        "auto_repeated",
        "scan_code",
        "key_id",
        "ucode",
        "key",
        "modifiers",
        "window_id",
        "char",
        "duration",
        "press_event_id",
    )


@given(
    st.lists(
        st.tuples(
            st.integers(10, 14),
            st.booleans(),
            st.sampled_from([True, False, None]),
            st.integers(1, 3),
        ),
        max_size=60,
    )
)
def test_whatever_comes_each_release_has_at_most_one_press_and_it_is_the_last_of_its_key(
    acts: list[tuple[int, bool, bool | None, int]],
) -> None:
    bench = DeviceBench()
    _, fingers = open_keyboard(bench)
    for place, (code, pressed, repeat, keyboard) in enumerate(acts):
        key = (code, 0x61 + code)
        fingers.key(key, place / 10, pressed=pressed, repeat=repeat, device_id=keyboard)
    events = bench.take()
    bench.close()
    assert bench.failures == []
    last: dict[tuple[int, int], Any] = {}
    for event in events:
        key = (event.device_id, event.scan_code)
        if event.type == 22:
            last[key] = event
        else:
            press = last.pop(key, None)
            assert event.press_event_id == (press.event_id if press else 0)
            assert event.duration == pytest.approx(event.time - press.time if press else 0)
