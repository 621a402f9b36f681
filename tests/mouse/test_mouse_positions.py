"""Where the mouse says it is: units, displays, windows."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

UNITS = ["pix", "norm", "height", "cm", "deg", "degFlat", "degFlatPos"]
SIDE_BY_SIDE = [
    {"width": 1920, "height": 1080, "width_mm": 480.0, "primary": True},
    {"x": -1280, "y": -200, "width": 1280, "height": 1024, "width_mm": 376.0},
    {"x": 1920, "y": 100, "width": 801, "height": 601, "width_mm": 200.0},
]
EYE = {"surface_center": 600}


def test_the_position_is_right_before_the_first_event(bench):
    bench.monitor()
    mouse = bench.mouse()

    assert mouse.getPosition() == [[-960, 540], 0]
    assert mouse.getPositionAndDelta() == [[-960, 540], [0, 0], 0]


@pytest.mark.parametrize(
    ("unit", "position"),
    [
        # pixel (1680, 270) of 1920 x 1080: 720 right of and 270 above the centre;
        # 4 pixels a mm, eye at 60 cm: 1° = 60·tan(1°) cm = 1.047304 cm = 41.892156 pixels
        ("pix", (720, 270)),
        ("norm", (0.75, 0.5)),
        ("height", (2 / 3, 0.25)),
        ("cm", (18, 6.75)),
        ("deg", (17.186989, 6.445121)),
        # atan(18/√(60²+6.75²)), atan(6.75/√(60²+18²))
        ("degFlat", (16.600339, 6.150202)),
        ("degFlatPos", (16.600339, 6.150202)),
    ],
)
def test_positions_are_the_hand_computed_values_in_every_unit(bench, unit, position):
    bench.monitor(reporting_unit_type=unit, default_eye_distance=EYE)
    mouse = bench.mouse()

    reached = mouse.setPosition(list(position))

    (event,) = bench.take()
    assert (event.x_position, event.y_position) == pytest.approx(position, abs=1e-6)
    assert reached == pytest.approx(list(position), abs=1e-6)
    assert mouse._source.query().x == 1680
    assert mouse._source.query().y == 270


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(UNITS), st.integers(0, 2), st.integers(0, 800), st.integers(0, 600))
def test_where_it_is_put_is_where_it_says_it_is_on_every_display(bench, unit, display, dx, dy):
    bench.devices.clear()
    monitor = bench.monitor(
        virtual_displays=SIDE_BY_SIDE, reporting_unit_type=unit, default_eye_distance=EYE
    )
    mouse = bench.mouse()
    left, top, _, _ = monitor.display_bounds(display)
    mouse._source.warp(left + dx, top + dy)
    said, index = mouse.getPosition()
    mouse.setPosition([0, 0], (display + 1) % 3)

    reached = mouse.setPosition(said, display)

    assert index == display
    assert reached == said
    assert mouse.getPosition() == [said, display]
    assert (mouse._source.query().x, mouse._source.query().y) == (left + dx, top + dy)


def test_a_position_between_pixels_goes_to_the_nearest_and_says_so(bench):
    bench.monitor()
    mouse = bench.mouse()

    assert mouse.setPosition([10.4, -3.4]) == [10, -3]
    assert mouse.getPosition() == [[10, -3], 0]


@pytest.mark.parametrize("unit", ["pix", "norm", "height", "cm"])
def test_the_edges_of_a_display_belong_to_it_and_beyond_is_an_error(bench, unit):
    monitor = bench.monitor(virtual_displays=SIDE_BY_SIDE, reporting_unit_type=unit)
    mouse = bench.mouse()
    left, top, right, bottom = monitor.getCoordBounds()

    for corner in ([left, top], [right, top], [left, bottom], [right, bottom]):
        mouse.setPosition(corner, 0)
        assert mouse.getDisplayIndex() == 0
    for outside in ([left * 1.01, 0], [right * 1.01, 0], [0, top * 1.01], [0, bottom * 1.01]):
        before = mouse.getPosition()
        with pytest.raises(ValueError, match="outside display 0"):
            mouse.setPosition(outside, 0)
        assert mouse.getPosition() == before


def test_a_display_that_is_not_there_is_an_error(bench):
    bench.monitor()
    mouse = bench.mouse()

    with pytest.raises(ValueError, match=r"no display 1 \(displays: 0 to 0\)"):
        mouse.setPosition([0, 0], 1)


def test_without_a_display_given_it_stays_on_the_one_it_is_on(bench):
    bench.monitor(virtual_displays=SIDE_BY_SIDE)
    mouse = bench.mouse()

    mouse.setPosition([0, 0], 1)
    mouse.setPosition([100, 50])

    assert mouse.getPosition() == [[100, 50], 1]
    assert (mouse._source.query().x, mouse._source.query().y) == (-1280 + 740, -200 + 462)


def test_delta_is_what_the_last_move_changed(bench):
    bench.monitor()
    mouse = bench.mouse()

    mouse.simulate([["move", [10, 10]], ["move", [13, 6]], ["click", "left"], ["scroll", 1]])

    assert mouse.getPositionAndDelta() == [[13, 6], [3, -4], 0]


def test_without_a_monitor_positions_are_desktop_pixels_and_it_says_so_once(bench):
    mouse = bench.mouse()
    mouse.mouse_may_look_around()

    mouse.simulate([["move", [10, 20]], ["move", [11, 22]]])

    events = bench.take()
    assert [(e.x_position, e.y_position, e.display_id) for e in events] == [
        (10, 20, 0), (11, 22, 0),
    ]  # fmt: skip
    assert mouse.setPosition([300, 200]) == [300, 200]
    assert mouse.getPosition() == [[300, 200], 0]
    assert len(bench.warnings) == 1
    assert "top left corner, y down" in bench.warnings[0]


def test_a_monitor_opened_after_the_mouse_is_found(bench):
    mouse = bench.mouse()
    bench.monitor()
    mouse.mouse_may_look_around()

    mouse.simulate([["move", [0, 0]]])

    assert bench.warnings == []
    assert (bench.take()[0].x_position, mouse._source.query().x) == (0, 960)


WINDOW = {"handle": 77, "pos": [200, 100], "size": [400, 200], "units": "norm"}


def test_inside_a_registered_window_positions_are_the_windows_own(bench):
    bench.monitor()
    mouse = bench.mouse(enable_multi_window=True)
    mouse.registerWindowHandles(WINDOW, {**WINDOW, "handle": 78, "pos": [700, 100]})

    for pixel in [(400, 200), (200, 100), (500, 250), (199, 100), (900, 200), (960, 540)]:
        mouse._source.warp(*pixel)

    assert [(e.x_position, e.y_position, e.window_id) for e in bench.take()] == [
        (0, 0, 77), (-1, 1, 77), (0.5, -0.5, 77), (-761, 440, 0), (0, 0, 78), (0, 0, 0),
    ]  # fmt: skip


def test_a_windows_monitor_says_how_large_its_centimetres_are(bench):
    bench.monitor()
    mouse = bench.mouse(enable_multi_window=True)
    calibration = {"width": 96.0, "distance": 60.0, "resolution": [1920, 1080]}
    mouse.registerWindowHandles({**WINDOW, "units": "cm", "monitor": calibration})
    mouse._source.warp(420, 200)
    mouse.registerWindowHandles({**WINDOW, "units": "cm"})
    mouse._source.warp(480, 200)

    # 20 pixels a cm by the window's calibration, 40 by the display's
    assert [event.x_position for event in bench.take()] == [1, 2]


def test_a_window_is_followed_where_it_goes_and_forgotten_when_it_is_gone(bench):
    bench.monitor()
    mouse = bench.mouse(enable_multi_window=True)
    mouse.registerWindowHandles(WINDOW)

    assert mouse.updateWindowPos(77, 1000, 500) is True
    assert mouse.updateWindowPos(5, 0, 0) is False
    mouse._source.warp(1200, 600)
    mouse._source.warp(400, 200)
    mouse.unregisterWindowHandles(77, 5)
    mouse._source.warp(1200, 600)

    assert [(e.x_position, e.y_position, e.window_id) for e in bench.take()] == [
        (0, 0, 77), (-560, 340, 0), (240, -60, 0),
    ]  # fmt: skip


def test_a_windows_position_counts_from_its_screen_if_it_names_one(bench):
    bench.monitor(virtual_displays=SIDE_BY_SIDE)
    mouse = bench.mouse(enable_multi_window=True)
    mouse.registerWindowHandles({**WINDOW, "screen": 1})

    mouse._source.warp(-1280 + 400, -200 + 200)

    (event,) = bench.take()
    assert (event.x_position, event.y_position, event.window_id, event.display_id) == (0, 0, 77, 1)


def test_positions_set_inside_a_window_are_the_windows_own(bench):
    bench.monitor()
    mouse = bench.mouse(enable_multi_window=True)
    mouse.registerWindowHandles(WINDOW)
    mouse._source.warp(400, 200)

    assert mouse.setPosition([0.5, -0.5]) == [0.5, -0.5]
    assert mouse.getPosition() == [[0.5, -0.5], 0]
    with pytest.raises(ValueError, match="outside window 77"):
        mouse.setPosition([1.5, 0])
    assert mouse.setPosition([0, 0], 0) == [0, 0]
    assert mouse._source.query().x == 960


def test_only_events_of_the_scripts_windows_are_reported_if_so_set(bench):
    bench.monitor()
    mouse = bench.mouse(report_system_wide_events=False, windows=[WINDOW])

    mouse._source.warp(10, 10)
    mouse.simulate([["click", "left"]])
    mouse._source.warp(400, 200)
    mouse.simulate([["press", "left"]])
    mouse._source.warp(10, 10)
    mouse.simulate([["release", "left"]])
    mouse._source.warp(11, 11)

    # move in, press, drag out and release outside: what began inside ends with its release
    assert [event.type for event in bench.take()] == [36, 32, 37, 33]
    assert bench.warnings == []


def test_with_no_window_at_all_it_says_why_nothing_is_reported(bench):
    mouse = bench.mouse(report_system_wide_events=False)

    mouse.simulate([["click", "left"], ["click", "left"]])

    assert bench.take() == []
    assert len(bench.warnings) == 1
    assert "no window is registered" in bench.warnings[0]


@pytest.mark.parametrize(
    "info", [{}, {"handle": 5}, {"size": [1, 2]}, {"handle": "x", "size": [1, 2]}, "win"]
)
def test_a_window_without_handle_or_size_is_an_error(bench, info):
    mouse = bench.mouse()

    with pytest.raises(ValueError, match="a window needs a handle and a size"):
        mouse.registerWindowHandles(info)
