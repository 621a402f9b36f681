"""What the Mouse device makes of what a (virtual) mouse does."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iohub_core.event import codec_of, columns_of
from iohub_mouse.events import (
    MouseButtonPressEvent,
    MouseButtonReleaseEvent,
    MouseDragEvent,
    MouseInputEvent,
    MouseMoveEvent,
    MouseMultiClickEvent,
    MouseScrollEvent,
)

BUTTONS = {
    "left": 1, "right": 2, "middle": 4, "button4": 8, "button5": 16, "button6": 32,
    "button7": 64, "button8": 128, "button9": 256,
}  # fmt: skip


def types(events):
    return [type(event) for event in events]


def positions(events):
    return [(event.x_position, event.y_position) for event in events]


def test_event_classes_have_the_numbers_names_and_table_of_iohub():
    found = {
        one.__name__: (one.EVENT_TYPE_ID, one.EVENT_TYPE_STRING, one.DEVICE, one.TABLE)
        for one in (MouseInputEvent, MouseButtonPressEvent, MouseMultiClickEvent, MouseDragEvent)
    }

    assert found == {
        "MouseInputEvent": (30, "MOUSE_INPUT", "mouse", "MouseInputEvent"),
        "MouseButtonPressEvent": (32, "MOUSE_BUTTON_PRESS", "mouse", "MouseInputEvent"),
        "MouseMultiClickEvent": (34, "MOUSE_MULTI_CLICK", "mouse", "MouseInputEvent"),
        "MouseDragEvent": (37, "MOUSE_DRAG", "mouse", "MouseInputEvent"),
    }
    assert [column.name for column in columns_of(MouseMoveEvent)][11:] == [
        "display_id", "button_state", "button_id", "pressed_buttons", "x_position", "y_position",
        "scroll_dx", "scroll_x", "scroll_dy", "scroll_y", "modifiers", "window_id",
    ]  # fmt: skip


def test_modifiers_are_a_mask_in_files_and_names_in_events():
    event = MouseMoveEvent(modifiers=1 | 8)
    codec = codec_of(MouseMoveEvent)

    assert codec.as_namedtuple(list(codec.row(event))).modifiers == ["lctrl", "rshift"]


def test_a_move_is_a_drag_only_between_press_and_release(bench):
    bench.monitor()
    mouse = bench.mouse()

    mouse.simulate([["move", [1, 1]], ["drag", [[2, 2], [3, 3], [4, 4]]], ["move", [5, 5]]])

    events = bench.take()
    assert types(events) == [
        MouseMoveEvent, MouseMoveEvent, MouseButtonPressEvent, MouseDragEvent, MouseDragEvent,
        MouseButtonReleaseEvent, MouseMoveEvent,
    ]  # fmt: skip
    assert positions(events) == [(1, 1), (2, 2), (2, 2), (3, 3), (4, 4), (4, 4), (5, 5)]
    assert [event.pressed_buttons for event in events] == [0, 0, 1, 1, 1, 0, 0]


def test_a_drag_lasts_until_the_last_button_is_up(bench):
    bench.monitor()
    mouse = bench.mouse()

    mouse.simulate(
        [["press", "left"], ["press", "right"], ["release", "left"], ["move", [1, 0]],
         ["release", "right"], ["move", [2, 0]]]
    )  # fmt: skip

    moves = [event for event in bench.take() if isinstance(event, MouseMoveEvent)]
    assert types(moves) == [MouseDragEvent, MouseMoveEvent]
    assert [event.pressed_buttons for event in moves] == [2, 0]


@pytest.mark.parametrize(("button", "bit"), BUTTONS.items())
def test_every_button_has_its_bit(bench, button, bit):
    mouse = bench.mouse()

    mouse.simulate([["click", button]])

    press, release = bench.take()
    assert (press.type, press.button_id, press.button_state, press.pressed_buttons) == (
        32, bit, 1, bit,
    )  # fmt: skip
    assert (release.type, release.button_id, release.button_state, release.pressed_buttons) == (
        33, bit, 0, 0,
    )  # fmt: skip


def test_all_nine_buttons_can_be_down_together(bench):
    mouse = bench.mouse()

    mouse.simulate([["press", button] for button in BUTTONS])

    assert bench.take()[-1].pressed_buttons == 511
    assert mouse.getCurrentButtonStates() == [True, True, True]
    mouse.simulate([["release", "middle"], ["release", 1]])
    assert mouse.getCurrentButtonStates() == [False, False, True]
    assert mouse.getPressedButtons() == 511 - 4 - 1


def test_scrolls_count_up_and_right(bench):
    mouse = bench.mouse()

    mouse.simulate([["scroll", 1], ["scroll", 1], ["scroll", -3], ["scroll", 0, 2]])

    events = bench.take()
    assert types(events) == [MouseScrollEvent] * 4
    assert [(e.scroll_dx, e.scroll_dy) for e in events] == [(0, 1), (0, 1), (0, -3), (2, 0)]
    assert [(e.scroll_x, e.scroll_y) for e in events] == [(0, 1), (0, 2), (0, -1), (2, -1)]


def test_a_scroll_counter_goes_on_from_where_it_is_set(bench):
    mouse = bench.mouse()

    assert mouse.setScroll(None, 40) == [0, 40]
    mouse.simulate([["scroll", -1]])

    assert mouse.getScroll() == [0, 39]
    assert bench.take()[0].scroll_y == 39


@pytest.mark.parametrize(("gap_s", "clicks"), [(0.0, 2), (0.4, 2), (0.5, 2), (0.501, 0), (3.0, 0)])
def test_a_second_press_within_the_interval_is_a_multi_click(bench, gap_s, clicks):
    mouse = bench.mouse()

    for _ in range(3):
        mouse.simulate([["click", "left"]])
        bench.clock.advance(gap_s)

    events = bench.take()
    multi = [event for event in events if isinstance(event, MouseMultiClickEvent)]
    assert len(multi) == clicks
    assert all(event.button_id == 1 and event.button_state == 1 for event in multi)


@pytest.mark.parametrize(
    "between",
    [
        [["click", "right"]],  # another button begins a new row
        [["move", [6, 0]]],  # too far away
    ],
)
def test_presses_with_something_between_are_single_clicks(bench, between):
    bench.monitor()
    mouse = bench.mouse()

    mouse.simulate([["click", "left"], *between, ["click", "left"]])

    assert MouseMultiClickEvent not in types(bench.take())


def test_the_multi_click_interval_and_distance_are_settings(bench):
    bench.monitor()
    mouse = bench.mouse(multi_click_interval=2.0, multi_click_distance=10.0)

    mouse.simulate([["move", [0, 0]], ["click", "left"]])
    bench.clock.advance(1.9)
    mouse.simulate([["move", [10, 10]], ["click", "left"]])

    assert types(bench.take())[-3:] == [
        MouseButtonPressEvent, MouseMultiClickEvent, MouseButtonReleaseEvent,
    ]  # fmt: skip


def test_the_keyboards_modifiers_are_on_mouse_events(bench):
    class Keyboard:
        mask = 0

        def modifier_mask(self) -> int:
            return self.mask

        def close(self) -> None: ...

    mouse = bench.mouse()
    mouse.simulate([["click", "left"]])
    keyboard = Keyboard()
    bench.devices.append(keyboard)  # opened after the mouse
    keyboard.mask = 4 | 512
    mouse.simulate([["click", "left"]])
    keyboard.mask = 0
    mouse.simulate([["scroll", 1]])

    assert [event.modifiers for event in bench.take()] == [0, 0, 516, 516, 516, 0]


def test_events_come_in_order_of_time_and_never_later_than_logged(bench):
    bench.monitor()
    mouse = bench.mouse()

    for x in range(50):
        bench.clock.advance(0.00013)
        mouse.simulate([["move", [x, 0]], ["click", "left"]])

    events = bench.take()
    times = [event.time for event in events]
    assert times == sorted(times)
    assert all(event.time <= event.logged_time for event in events)


def test_a_mouse_without_native_stamps_says_that_nothing_is_known_of_the_error(bench):
    from iohub_mouse.native import MOVE, NativeMouse

    mouse = bench.mouse()
    mouse.receive([NativeMouse(kind=MOVE, x=1, y=2, arrival=99.5)])

    (event,) = bench.take()
    assert (event.time, event.device_time, event.confidence_interval) == (99.5, 0, 0)


def test_resetting_forgets_counters_and_clicks(bench):
    mouse = bench.mouse()
    mouse.simulate([["scroll", 5], ["click", "left"], ["press", "right"]])

    mouse.resetState()
    mouse.simulate([["click", "left"]])

    assert mouse.getScroll() == [0, 0]
    assert mouse.getPressedButtons() == 2, "the right button is still down"
    assert MouseMultiClickEvent not in types(bench.take())


acts = st.one_of(
    st.tuples(st.just("move"), st.tuples(st.integers(-900, 900), st.integers(-500, 500))),
    st.tuples(st.sampled_from(["press", "release"]), st.sampled_from(list(BUTTONS))),
    st.tuples(st.just("scroll"), st.integers(-5, 5), st.integers(-5, 5)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, max_size=40))
def test_whatever_is_done_state_and_events_agree(bench, script):
    bench.devices.clear()
    bench.take()
    bench.monitor()
    mouse = bench.mouse(multi_click_distance=0.0, multi_click_interval=1e-9)
    pressed, scroll, position = 0, [0, 0], (-960, 540)

    for name, *rest in script:
        bench.clock.advance(1.0)
        mouse.simulate([[name, *rest]])
        (event,) = bench.take()
        if name == "move":
            position = rest[0]
            assert type(event) is (MouseDragEvent if pressed else MouseMoveEvent)
        elif name == "scroll":
            scroll[1] += rest[0]
            scroll[0] += rest[1]
        else:
            bit = BUTTONS[rest[0]]
            pressed = pressed | bit if name == "press" else pressed & ~bit
            assert (event.button_id, event.button_state) == (bit, int(name == "press"))
        assert event.pressed_buttons == pressed == mouse.getPressedButtons()
        assert [event.scroll_x, event.scroll_y] == scroll == mouse.getScroll()
        assert (event.x_position, event.y_position) == position
        assert mouse.getPosition()[0] == list(position)


@pytest.mark.parametrize(
    ("action", "says"),
    [
        (["jump", 3], "lists that begin with move, press"),
        ("move", "lists that begin with"),
        ([], "lists that begin with"),
        (["press", "lef"], "no button 'lef'"),
        (["press", 3], "no button 3"),
        (["move"], "wrong arguments"),
        (["move", [1, 2, 3]], "two numbers"),
        (["move", [float("nan"), 0]], "finite"),
        (["move", [5000, 0]], "outside display 0"),
        (["wait", -1], "negative"),
    ],
)
def test_an_action_that_is_none_is_an_error_and_nothing_is_done(bench, action, says):
    bench.monitor()
    mouse = bench.mouse()

    with pytest.raises(ValueError, match=says):
        mouse.simulate([["move", [1, 1]], action])
    assert bench.take() == []
