"""The mouse on a real X server, moved from outside."""

from __future__ import annotations

import os
import random
import struct
import time

import pytest

Xlib = pytest.importorskip("Xlib")

from Xlib import XK, X  # noqa: E402
from Xlib.ext import xinput  # noqa: E402

from iohub_core.constants.keyboard import ModifierKeyCodes, modifier_names  # noqa: E402
from iohub_monitor.backends.x11 import X11Displays  # noqa: E402
from iohub_mouse.backends.pynput import PynputMouse  # noqa: E402
from iohub_mouse.backends.x11 import X11Mouse, native_from  # noqa: E402
from iohub_mouse.native import PRESS  # noqa: E402
from iohub_x11 import pointer  # noqa: E402

pytestmark = pytest.mark.x11


@pytest.fixture
def mouse(server, live_bench):
    live_bench.monitor(X11Displays)
    return live_bench.mouse(X11Mouse)


def pixels(events):
    """Global pixels of events on the display of 1280 x 1024."""
    return [(round(e.x_position + 640), round(512 - e.y_position)) for e in events]


def test_moves_have_the_positions_they_were_injected_with(mouse, hand, live_bench, until):
    path = [(100, 200), (101, 203), (0, 0), (1279, 1023), (640, 512)]

    hand.move(*path)

    until(lambda: len(live_bench.events) >= len(path))
    events = live_bench.take()
    assert pixels(events) == path
    assert [event.type for event in events] == [36] * len(path)
    assert (events[2].x_position, events[2].y_position) == (-640, 512)
    assert (events[-1].x_position, events[-1].y_position) == (0, 0)


@pytest.mark.parametrize(
    ("unit", "position"),
    [
        # pixel (960, 256): 320 right of and 256 above the centre; 32 pixels a cm, eye at 50 cm
        ("pix", (320, 256)),
        ("norm", (0.5, 0.5)),
        ("height", (0.3125, 0.25)),
        ("cm", (10, 8)),
        # 1° = 50 · tan(1°) = 0.8727532 cm
        ("deg", (11.457992, 9.166394)),
        # atan(10/√(50²+8²)), atan(8/√(50²+10²))
        ("degFlat", (11.171481, 8.916614)),
        ("degFlatPos", (11.171481, 8.916614)),
    ],
)
def test_every_unit_shows_the_hand_computed_value(server, hand, live_bench, until, unit, position):
    live_bench.monitor(
        X11Displays,
        reporting_unit_type=unit,
        physical_dimensions={"width": 40, "height": 32, "unit_type": "cm"},
        default_eye_distance={"surface_center": 50, "unit_type": "cm"},
    )
    mouse = live_bench.mouse(X11Mouse)

    hand.move((960, 256))

    until(lambda: live_bench.events)
    (event,) = live_bench.take()
    assert (event.x_position, event.y_position) == pytest.approx(position, abs=1e-5)
    assert mouse.getPosition()[0] == pytest.approx(list(position), abs=1e-5)
    hand.move((3, 3))
    assert mouse.setPosition(list(position)) == pytest.approx(list(position), abs=1e-5)
    assert hand.connection.screen().root.query_pointer().root_x == 960
    assert hand.connection.screen().root.query_pointer().root_y == 256


def test_five_thousand_moves_are_all_there_in_order_and_sorted_by_time(
    mouse, hand, live_bench, until
):
    chance = random.Random(5)
    path = [(chance.randrange(1280), chance.randrange(1024)) for _ in range(5000)]

    hand.move(*path)

    until(lambda: len(live_bench.events) >= 5000)
    events = live_bench.take()
    assert pixels(events) == path
    times = [event.time for event in events]
    assert times == sorted(times)
    native = [event.device_time for event in events]
    assert native == sorted(native)
    assert all(event.time <= event.logged_time for event in events)


def test_the_time_is_when_the_server_saw_it_to_a_millisecond(mouse, hand, live_bench, until):
    outside = 0
    for x in range(60):
        before = time.perf_counter()
        hand.move((x, 5))
        after = time.perf_counter()
        until(lambda: live_bench.events)
        (event,) = live_bench.take()
        half = event.confidence_interval
        # The server's clock is cut to milliseconds and stands still while it handles a request.
        assert before - 0.0011 <= event.time <= after + 0.001
        assert 0 < half < 0.0015
        outside += not (before - 0.00015 <= event.time + half and event.time - half <= after)
    assert outside <= 6, "the interval holds the true time with a probability of 95 %"


def test_moves_are_drags_only_between_press_and_release(mouse, hand, live_bench, until):
    hand.move((10, 10))
    hand.press(1)
    hand.move((11, 11), (12, 12))
    hand.release(1)
    hand.move((13, 13))

    until(lambda: len(live_bench.events) >= 6)
    events = live_bench.take()
    assert [event.type for event in events] == [36, 32, 37, 37, 33, 36]
    assert [event.pressed_buttons for event in events] == [0, 1, 1, 1, 0, 0]
    assert pixels(events) == [(10, 10), (10, 10), (11, 11), (12, 12), (12, 12), (13, 13)]


def test_the_wheel_turns_both_ways_on_both_axes(mouse, hand, live_bench, until):
    for button in (4, 4, 5, 7, 6, 6):
        hand.click(button)

    until(lambda: len(live_bench.events) >= 6)
    events = live_bench.take()
    assert [event.type for event in events] == [35] * 6
    assert [(e.scroll_dx, e.scroll_dy) for e in events] == [
        (0, 1), (0, 1), (0, -1), (1, 0), (-1, 0), (-1, 0),
    ]  # fmt: skip
    assert [(e.scroll_x, e.scroll_y) for e in events] == [
        (0, 1), (0, 2), (0, 1), (1, 1), (0, 1), (-1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("x_button", "bit"), [(1, 1), (2, 4), (3, 2), (8, 8), (9, 16), (10, 32)])
def test_buttons_have_the_ids_of_iohub(mouse, hand, live_bench, until, x_button, bit):
    hand.press(x_button)
    until(lambda: live_bench.events)
    assert mouse.getPressedButtons() == bit
    hand.release(x_button)

    until(lambda: len(live_bench.events) >= 2)
    assert [(e.type, e.button_id, e.pressed_buttons) for e in live_bench.take()] == [
        (32, bit, bit), (33, bit, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(("x_button", "bit"), [(11, 64), (12, 128), (13, 256)])
def test_the_last_buttons_have_ids_too(x_button, bit):
    record = pointer.PointerRecord(pointer.PRESS, 1, 2, 3, 0.0, button=x_button)

    made = native_from(record)

    assert made is not None
    assert (made.kind, made.button) == (PRESS, bit)


def test_a_left_handed_mapping_swaps_the_buttons(mouse, hand, live_bench, until):
    mapping = list(hand.connection.get_pointer_mapping())
    mapping[0], mapping[2] = 3, 1
    hand.connection.set_pointer_mapping(mapping)
    hand.connection.sync()

    hand.click(1)

    until(lambda: len(live_bench.events) >= 2)
    assert [event.button_id for event in live_bench.take()] == [2, 2]


def test_the_position_is_right_before_the_first_event(server, hand, live_bench):
    hand.move((700, 500))
    hand.press(3)
    live_bench.monitor(X11Displays)
    mouse = live_bench.mouse(X11Mouse)

    assert mouse.getPosition() == [[60, 12], 0]
    assert mouse.getCurrentButtonStates() == [False, False, True]
    assert live_bench.take() == []
    hand.release(3)


def test_two_displays_count_from_their_own_centres(wide_server, hand, live_bench, until):
    monitor = live_bench.monitor(X11Displays)
    mouse = live_bench.mouse(X11Mouse)

    # the main display is the right one, 1280 x 1024 at (1024, 0); the other 1024 x 768 at (0, 100)
    hand.move((1664, 512), (1024, 0), (512, 484), (0, 100), (1023, 867))

    until(lambda: len(live_bench.events) >= 5)
    assert [(e.display_id, e.x_position, e.y_position) for e in live_bench.take()] == [
        (0, 0, 0), (0, -640, 512), (1, 0, 0), (1, -512, 384), (1, 511, -383),
    ]  # fmt: skip
    assert monitor.getDisplayCount() == 2
    assert mouse.getPosition() == [[511, -383], 1]


def test_a_display_added_later_is_known_after_the_displays_are_read_anew(server, hand, live_bench):
    monitor = live_bench.monitor(X11Displays)
    mouse = live_bench.mouse(X11Mouse)
    server.xrandr("--setmonitor", "A", "640/160x1024/256+0+0", "screen")
    server.xrandr("--setmonitor", "B", "640/160x1024/256+640+0", "none")
    hand.move((960, 512))

    assert mouse.getPosition() == [[320, 0], 0]
    assert monitor.refreshDisplays() == 2
    assert mouse.getPosition() == [[0, 0], 1]
    assert mouse.getCurrentDeviceState()["display_index"] == 1


@pytest.mark.parametrize("unit", ["pix", "norm", "height", "cm", "deg", "degFlat", "degFlatPos"])
def test_where_it_is_put_on_two_displays_is_where_it_says_it_is(
    wide_server, hand, live_bench, unit
):
    monitor = live_bench.monitor(
        X11Displays, reporting_unit_type=unit, default_eye_distance={"surface_center": 600}
    )
    mouse = live_bench.mouse(X11Mouse)
    root = hand.connection.screen().root
    chance = random.Random(3)

    for index in (0, 1):
        left, top, right, bottom = monitor.display_bounds(index)
        for _ in range(20):
            pixel = chance.randrange(left, right), chance.randrange(top, bottom)
            position = list(monitor.pixel_to_display(*pixel, index))
            assert mouse.setPosition(position, index) == position
            assert mouse.getPosition() == [position, index]
            now = root.query_pointer()
            assert (now.root_x, now.root_y) == pixel


def test_outside_a_display_is_an_error_and_the_pointer_stays(wide_server, hand, live_bench):
    live_bench.monitor(X11Displays)
    mouse = live_bench.mouse(X11Mouse)
    hand.move((1500, 600))

    for position, index in [((641, 0), 0), ((-641, 0), 0), ((0, -513), 0), ((513, 0), 1)]:
        with pytest.raises(ValueError, match=f"outside display {index}"):
            mouse.setPosition(list(position), index)
    with pytest.raises(ValueError, match="no display 2"):
        mouse.setPosition([0, 0], 2)

    now = hand.connection.screen().root.query_pointer()
    assert (now.root_x, now.root_y) == (1500, 600)


def test_the_pointer_put_somewhere_by_anyone_is_reported(mouse, hand, live_bench, until):
    mouse.setPosition([10, 20])
    until(lambda: len(live_bench.events) >= 1)
    hand.connection.screen().root.warp_pointer(5, 6)
    hand.connection.sync()
    until(lambda: len(live_bench.events) >= 2)
    hand.nudge(2, -1)
    until(lambda: len(live_bench.events) >= 3)
    hand.nudge(-100, -100)

    until(lambda: len(live_bench.events) >= 4)
    assert pixels(live_bench.take()) == [(650, 492), (5, 6), (7, 5), (0, 0)]


def window(connection, **attributes):
    made = connection.screen().root.create_window(
        100, 100, 300, 300, 0, X.CopyFromParent, override_redirect=1, **attributes
    )
    made.map()
    connection.sync()
    return made


CORE = X.PointerMotionMask | X.ButtonPressMask | X.ButtonReleaseMask | X.ButtonMotionMask
XI2 = xinput.MotionMask | xinput.ButtonPressMask | xinput.ButtonReleaseMask
INSIDE = [(150, 150), (160, 170), (399, 399), (150, 151), (20, 20)]


@pytest.mark.parametrize("takes", ["core", "masters", "all devices", "grab"])
def test_no_other_client_can_keep_moves_and_buttons_from_us(
    mouse, hand, server, live_bench, until, takes
):
    other = server.connect()
    if takes == "core":
        window(other, event_mask=CORE)
    elif takes == "grab":
        root = other.screen().root
        root.grab_pointer(True, X.PointerMotionMask, X.GrabModeAsync, X.GrabModeAsync, 0, 0, 0)
        other.sync()
    else:
        device = xinput.AllMasterDevices if takes == "masters" else xinput.AllDevices
        window(other).xinput_select_events([(device, XI2)])
        other.sync()

    for at in INSIDE:
        hand.move(at)
        until(lambda: len(live_bench.events) >= 1)
        assert pixels(live_bench.take()) == [at]
    hand.move((150, 150))
    hand.click(1)

    until(lambda: len(live_bench.events) >= 3)
    events = live_bench.take()
    assert [event.type for event in events] == [36, 32, 33]
    assert pixels(events) == [(150, 150)] * 3
    other.close()


def test_a_burst_that_another_client_keeps_loses_positions_but_no_move(
    mouse, hand, server, live_bench, until
):
    other = server.connect()
    window(other).xinput_select_events([(xinput.AllDevices, XI2)])
    other.sync()
    hand.move((150, 150))
    until(lambda: live_bench.events)
    live_bench.take()

    hand.move(*[(150 + i % 100, 160) for i in range(500)])

    until(lambda: len(live_bench.events) >= 500)
    assert pixels(live_bench.take())[-1] == (150 + 499 % 100, 160)
    other.close()


def test_the_window_under_the_pointer_is_told(mouse, hand, server, live_bench, until):
    other = server.connect()
    theirs = window(other)

    hand.move((150, 150))
    hand.click(1)

    until(lambda: len(live_bench.events) >= 3)
    assert [event.window_id for event in live_bench.take()][1:] == [theirs.id, theirs.id]
    other.close()


def test_only_windows_of_the_script_are_reported_if_so_set(server, hand, live_bench, until):
    live_bench.monitor(X11Displays)
    mouse = live_bench.mouse(X11Mouse, report_system_wide_events=False)

    def click():
        hand.press(1)
        until(lambda: mouse.getPressedButtons() == 1)
        hand.release(1)
        until(lambda: mouse.getPressedButtons() == 0)

    other = server.connect()
    framed = window(other)  # as a window manager does: the client's window inside a frame
    client = framed.create_window(0, 0, 300, 300, 0, X.CopyFromParent)
    pid = other.intern_atom("_NET_WM_PID")
    client.change_property(pid, other.intern_atom("CARDINAL"), 32, [os.getpid()])
    client.map()
    foreign = other.screen().root.create_window(
        500, 100, 300, 300, 0, X.CopyFromParent, override_redirect=1
    )
    foreign.change_property(pid, other.intern_atom("CARDINAL"), 32, [1])
    foreign.map()
    other.sync()

    click()
    hand.move((600, 200))
    click()
    hand.move((150, 150))
    hand.press(1)
    until(lambda: live_bench.events)
    hand.move((1000, 900))
    until(lambda: len(live_bench.events) >= 2)
    hand.release(1)
    until(lambda: len(live_bench.events) >= 3)
    hand.move((1001, 900))
    click()

    assert [event.type for event in live_bench.take()] == [32, 37, 33]
    assert live_bench.warnings == []
    other.close()


def test_a_window_given_by_its_handle_alone_is_the_scripts(server, hand, live_bench, until):
    live_bench.monitor(X11Displays)
    mouse = live_bench.mouse(X11Mouse, report_system_wide_events=False)
    other = server.connect()
    theirs = window(other)
    mouse.registerWindowHandles(theirs.id)

    hand.move((150, 150))
    hand.click(1)
    until(lambda: len(live_bench.events) >= 2)
    mouse.unregisterWindowHandles(theirs.id)
    hand.press(1)
    until(lambda: mouse.getPressedButtons() == 1)

    assert [event.type for event in live_bench.take()] == [32, 33]
    other.close()


def test_a_mouse_plugged_in_later_is_listened_to_and_none_is_heard_twice(
    mouse, hand, server, live_bench, until
):
    other = server.connect()
    opcode = other.display.get_extension_major("XInputExtension")
    reader = mouse._source._reader
    before = len(reader._mice)
    # XIChangeHierarchy, adding a master named "new", which brings a mouse of its own.
    add = struct.pack("<HHHBB4s", 1, 3, 3, 0, 1, b"new")
    other.display.socket.sendall(struct.pack("<BBHB3x", opcode, 43, 2 + len(add) // 4, 1) + add)

    until(lambda: len(reader._mice) > before)
    hand.move((10, 10), (11, 11), (12, 12))
    until(lambda: len(live_bench.events) >= 3)
    hand.click(1)

    until(lambda: len(live_bench.events) >= 5)
    assert [event.type for event in live_bench.take()] == [36, 36, 36, 32, 33]
    other.close()


def test_modifiers_are_those_held_at_the_click_though_all_came_in_one_burst(
    mouse, hand, live_bench, until
):
    class Keyboard:  # reads in a thread of its own, and is late
        def modifier_mask(self):
            return ModifierKeyCodes.capslock | ModifierKeyCodes.lctrl

        def close(self): ...

    live_bench.devices.append(Keyboard())
    keycode = {
        name: hand.connection.keysym_to_keycode(XK.string_to_keysym(name))
        for name in ("Shift_L", "Shift_R", "Control_R")
    }

    hand.burst(
        [
            (X.KeyPress, keycode["Shift_L"]),
            (X.ButtonPress, 1),
            (X.KeyPress, keycode["Shift_R"]),
            (X.KeyRelease, keycode["Shift_L"]),
            (X.ButtonRelease, 1),
            (X.KeyPress, keycode["Control_R"]),
            (X.ButtonPress, 4),
            (X.KeyRelease, keycode["Shift_R"]),
            (X.KeyRelease, keycode["Control_R"]),
            (X.MotionNotify, 0),
        ]
    )

    until(lambda: len(live_bench.events) >= 4)
    assert [modifier_names(event.modifiers) for event in live_bench.take()] == [
        ["lshift", "capslock"],
        ["rshift", "capslock"],
        ["rctrl", "rshift", "capslock"],
        ["capslock"],
    ]


def test_without_a_monitor_device_pixels_count_from_the_desktops_corner(
    server, hand, live_bench, until
):
    mouse = live_bench.mouse(X11Mouse)
    mouse.mouse_may_look_around()

    hand.move((12, 34), (1279, 1023))

    until(lambda: len(live_bench.events) >= 2)
    assert [(e.x_position, e.y_position) for e in live_bench.take()] == [(12, 34), (1279, 1023)]
    with pytest.raises(ValueError, match="does not let the pointer go"):
        mouse.setPosition([1280, 0])
    assert mouse.getPosition()[0] == [1279, 1023]
    assert len(live_bench.warnings) == 1


def test_an_x_server_that_dies_is_a_reported_failure(mouse, server, live_bench, until):
    server.stop()

    until(lambda: live_bench.failures)
    assert "closed the connection" in live_bench.failures[0]
    live_bench.failures.clear()


def test_without_an_x_server_it_says_what_to_check(monkeypatch, live_bench):
    from iohub_core.errors import BackendUnavailableError

    monkeypatch.setenv("DISPLAY", ":32145")

    with pytest.raises(BackendUnavailableError, match="check DISPLAY"):
        live_bench.mouse(X11Mouse)
    with pytest.raises(BackendUnavailableError, match="check DISPLAY"):
        live_bench.monitor(X11Displays)


# pynput's own thread now and then raises when it is stopped.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_pynput_reports_the_same_things(server, hand, live_bench, until):
    live_bench.monitor(X11Displays)
    mouse = live_bench.mouse(PynputMouse)

    # One at a time: this library loses events that come in a burst.
    for number, act in enumerate(
        [
            lambda: hand.move((100, 200)),
            lambda: hand.press(1),
            lambda: hand.move((110, 200)),
            lambda: hand.release(1),
            lambda: hand.click(5),
        ],
        start=1,
    ):
        act()
        until(lambda count=number: len(live_bench.events) >= count)

    events = live_bench.take()
    assert [event.type for event in events] == [36, 32, 37, 33, 35]
    assert pixels(events) == [(100, 200), (100, 200), (110, 200), (110, 200), (110, 200)]
    assert events[-1].scroll_dy == -1
    assert [event.device_time for event in events] == [0] * 5
    assert mouse.setPosition([5, 5]) == [5, 5]
    assert mouse.getPosition() == [[5, 5], 0]

    thread = mouse._source._listener
    live_bench.close()
    live_bench.devices.clear()
    until(lambda: hand.move((7, 7)) or not thread.is_alive())


def test_an_event_that_pynput_brings_and_nobody_can_take_is_a_reported_failure(live_bench):
    def refuse(natives):
        raise RuntimeError("the disk is full")

    mouse = live_bench.mouse()
    backend = PynputMouse(mouse.settings, mouse._source.context)
    backend.receive = refuse

    backend._guarded(backend._moved)(1, 2, True)
    backend._guarded(backend._scrolled)(1, 2, 0.2, 0)  # less than a click is none

    assert len(live_bench.failures) == 1
    assert "RuntimeError: the disk is full" in live_bench.failures[0]
    live_bench.failures.clear()
