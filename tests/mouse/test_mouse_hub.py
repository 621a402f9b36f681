"""Mouse and monitor in a running hub, from the script's side."""

from __future__ import annotations

import random
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from iohub_core import EventConstants, launchHubServer

VIRTUAL = {"backend": "virtual"}


@pytest.fixture
def launch():
    """Launches a hub, and ends it with the test."""
    started = []

    def start(**settings):
        io = launchHubServer(**settings)
        started.append(io)
        return io

    yield start
    for io in started:
        io.quit()


@pytest.fixture
def io(launch):
    return launch(monitor_devices=[{"Monitor": VIRTUAL}, {"Mouse": VIRTUAL}])


def test_all_moves_between_two_reads_come_not_just_the_last(io):
    mouse = io.devices.mouse
    mouse.setPosition((0, 0))
    mouse.clearEvents()

    mouse.simulateMove([(0, 0), (100, 50)], rate=1000, duration=0.15, wait=True)

    events = mouse.getEvents()
    assert len(events) == 150
    assert (events[0].x_position, events[0].y_position) == (0, 0)
    assert (events[-1].x_position, events[-1].y_position) == (100, 50)
    assert {event.type for event in events} == {EventConstants.MOUSE_MOVE}
    assert [event.x_position for event in events] == sorted(e.x_position for e in events)


def test_positions_scrolls_and_buttons_can_be_asked_for(io):
    mouse = io.devices.mouse

    assert mouse.getPosition() == (-960, 540)
    assert mouse.getPosition(return_display_index=True) == ((-960, 540), 0)
    assert mouse.setPosition((3, 4)) == (3, 4)
    assert mouse.setPosition([10, -20]) == (10, -20)
    assert mouse.getPositionAndDelta() == ((10, -20), (7, -24))
    assert mouse.getPositionAndDelta(True) == ((10, -20), (7, -24), 0)
    assert mouse.getDisplayIndex() == 0
    assert mouse.getScroll() == 0
    mouse.simulate([("scroll", 3), ("scroll", 0, -2), ("press", "middle")])
    assert (mouse.getScroll(), mouse.getScroll("x")) == (3, -2)
    assert mouse.setScroll(-5) == -5
    assert (mouse.getScroll(), mouse.getScroll("x")) == (-5, -2)
    assert mouse.getCurrentButtonStates() == (False, True, False)
    with pytest.raises(ValueError, match="outside display 0"):
        mouse.setPosition((961, 0))


def test_a_drag_a_double_click_and_a_scroll_arrive_as_such(io):
    mouse = io.devices.mouse
    mouse.simulateDrag([(0, 0), (5, 5)], button="right")
    mouse.simulateClick("left", count=2, pos=(100, 100))
    mouse.simulateScroll(-1)

    names = [type(event).__name__ for event in mouse.getEvents()]

    assert names == [
        "MouseMoveEventNT",
        "MouseButtonPressEventNT",
        "MouseDragEventNT",
        "MouseButtonReleaseEventNT",
        "MouseMoveEventNT",
        "MouseButtonPressEventNT",
        "MouseButtonReleaseEventNT",
        "MouseButtonPressEventNT",
        "MouseMultiClickEventNT",
        "MouseButtonReleaseEventNT",
        "MouseScrollEventNT",
    ]


@pytest.mark.filterwarnings("ignore:the event buffer:UserWarning")  # it is meant to overflow
def test_a_full_buffer_keeps_the_newest_moves_and_counts_the_others(launch):
    io = launch(
        monitor_devices=[{"Monitor": VIRTUAL}, {"Mouse": {**VIRTUAL, "event_buffer_length": 50}}]
    )
    io.devices.mouse.simulate([("move", (x, 0)) for x in range(200)])
    events = io.devices.mouse.getEvents()

    assert [event.x_position for event in events] == list(range(150, 200))
    assert io.devices.mouse.getBufferStatus()["dropped"] == 150


def test_the_monitor_answers_in_tuples_under_both_names(io):
    monitor = io.devices.monitor

    assert io.devices.display is monitor
    assert monitor.getPixelResolution() == (1920, 1080)
    assert monitor.getBounds() == (0, 0, 1920, 1080)
    assert monitor.getCoordBounds() == (-960, 540, 960, -540)
    assert monitor.getRuntimeInfo()["pixel_resolution"] == (1920, 1080)
    assert monitor.getPixelsPerDegree() is None
    assert monitor.getIndex() == 0
    assert monitor.getDisplayCount() == 1
    assert monitor.getRetraceInterval() == pytest.approx(1 / 60)


def test_positions_convert_in_the_script_singly_and_as_arrays(io):
    monitor = io.devices.monitor

    assert monitor.convertPosition((960, 540), target="norm") == (1, 1)
    assert monitor.convertPosition([(1, 1), (0, 0)], "norm") == [(960, 540), (0, 0)]
    many = monitor.convertPosition(np.array([[40.0, 80.0]]), "pix", "cm")
    assert many.tolist() == [[1, 2]]


class Calibration:
    """Looks like a PsychoPy monitor."""

    name = "lab"

    def getWidth(self):
        return 48.0

    def getDistance(self):
        return 60.0

    def getSizePix(self):
        return [1920, 1080]


def test_a_window_given_to_the_launch_sets_unit_size_and_distance(launch):
    window = SimpleNamespace(
        units="deg", screen=0, monitor=Calibration(), size=(800, 600), pos=(10, 20), _hw_handle=99
    )
    io = launch(window=window, monitor_devices=[{"Monitor": VIRTUAL}, {"Mouse": VIRTUAL}])

    assert io.devices.monitor.getCoordinateType() == "deg"
    assert io.devices.monitor.getPsychopyMonitorName() == "lab"
    assert io.devices.monitor.getPixelsPerDegree() == pytest.approx((41.892157, 41.892157))
    assert io.devices.mouse.setPosition((2, -1)) == pytest.approx((2, -1), abs=0.02)
    event = io.devices.mouse.getEvents()[-1]
    assert event.x_position == pytest.approx(2, abs=0.02)
    assert event.window_id == 0  # 84 pixels right of the centre: not in the window


def test_windows_registered_later_report_in_their_own_units(launch):
    io = launch(
        monitor_devices=[{"Monitor": VIRTUAL}, {"Mouse": {**VIRTUAL, "enable_multi_window": True}}]
    )
    io.registerWindowHandles({"handle": 7, "pos": [0, 0], "size": [200, 100], "units": "norm"})
    mouse = io.devices.mouse

    mouse.simulate([("move", (-860, 490))])  # global pixel (100, 50), the window's centre
    io.updateWindowPos(7, 50, 0)
    mouse.simulate([("move", (-860, 490))])
    io.unregisterWindowHandles(7)
    mouse.simulate([("move", (-860, 490))])

    assert [(e.x_position, e.y_position, e.window_id) for e in mouse.getEvents()] == [
        (0, 0, 7), (-0.5, 0, 7), (-860, 490, 0),
    ]  # fmt: skip


def test_a_mouse_without_a_monitor_says_so_once(launch):
    with pytest.warns(UserWarning, match="no Monitor device") as told:
        io = launch(monitor_devices=[{"Mouse": VIRTUAL}])
        io.devices.mouse.simulate([("move", (10, 20)), ("move", (11, 22))])
        events = io.devices.mouse.getEvents()
        io.quit()

    assert [(event.x_position, event.y_position) for event in events] == [(10, 20), (11, 22)]
    assert len([one for one in told if "no Monitor device" in str(one.message)]) == 1


@pytest.mark.parametrize("order", [["Mouse", "Monitor"], ["Monitor", "Mouse"]])
def test_the_order_of_devices_in_the_configuration_does_not_matter(launch, order):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        io = launch(monitor_devices=[{name: VIRTUAL} for name in order])

        assert io.devices.getNames()[:2] == ["monitor", "mouse"]
        assert io.devices.mouse.setPosition((0, 0)) == (0, 0)
        assert io.devices.mouse.getEvents()[-1].x_position == 0


@pytest.mark.x11
def test_five_thousand_real_moves_reach_the_script_all_in_order(server, hand, launch, until):
    io = launch(
        global_event_buffer=8192,
        monitor_devices=[{"Monitor": {}}, {"Mouse": {"event_buffer_length": 8192}}],
    )
    chance = random.Random(11)
    path = [(chance.randrange(1280), chance.randrange(1024)) for _ in range(5000)]

    hand.move(*path)

    events = []
    until(lambda: events.extend(io.devices.mouse.getEvents()) or len(events) >= 5000)
    assert [(round(e.x_position + 640), round(512 - e.y_position)) for e in events] == path
    times = [event.time for event in events]
    assert times == sorted(times)
    assert [event.event_id for event in events] == list(range(1, 5001))
    overall = [event for event in io.getEvents() if event.type == EventConstants.MOUSE_MOVE]
    assert [event.event_id for event in overall] == list(range(1, 5001))
    status = io.devices.mouse.getBufferStatus()
    assert (status["written"], status["dropped"]) == (5000, 0)


@pytest.mark.x11
def test_on_two_real_screens_the_mouse_is_where_it_is(wide_server, hand, launch, until):
    io = launch(monitor_devices=[{"Mouse": {}}, {"Display": {"reporting_unit_type": "norm"}}])
    mouse = io.devices.mouse
    assert io.devices.monitor.getDisplayCount() == 2

    hand.move((1664, 512), (512, 484), (0, 100))

    events = []
    until(lambda: events.extend(mouse.getEvents()) or len(events) >= 3)
    assert [(e.display_id, e.x_position, e.y_position) for e in events] == [
        (0, 0, 0), (1, 0, 0), (1, -1, 1),
    ]  # fmt: skip
    assert mouse.setPosition((0.5, 0.5), 0) == (0.5, 0.5)
    assert mouse.getPosition(True) == ((0.5, 0.5), 0)
    pointer = hand.connection.screen().root.query_pointer()
    assert (pointer.root_x, pointer.root_y) == (1024 + 960, 256)


@pytest.mark.x11
def test_the_keyboards_modifiers_are_on_real_mouse_events(server, hand, launch, until):
    pytest.importorskip("iohub_keyboard")
    from Xlib import XK, X

    io = launch(monitor_devices=[{"Keyboard": {}}, {"Monitor": {}}, {"Mouse": {}}])
    shift = hand.connection.keysym_to_keycode(XK.XK_Shift_R)

    hand.burst(
        [(X.KeyPress, shift), (X.ButtonPress, 1), (X.ButtonRelease, 1), (X.KeyRelease, shift),
         (X.ButtonPress, 3), (X.ButtonRelease, 3)]
    )  # fmt: skip

    events = []
    until(lambda: events.extend(io.devices.mouse.getEvents()) or len(events) >= 4)
    assert [event.modifiers for event in events] == [["rshift"], ["rshift"], [], []]


@pytest.mark.x11
def test_mouse_and_monitor_are_default_devices(server, launch):
    io = launch()

    assert {"mouse", "monitor"} <= set(io.devices.getNames())
    assert io.devices.mouse.getPosition() == (0, 0)  # a new X server puts it in the middle
