"""The virtual mouse in time: rates, its own clock, closing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_core.errors import DeviceError
from iohub_mouse.script import path_points


def test_at_a_rate_the_actions_come_evenly_spaced(live_bench):
    live_bench.monitor()
    mouse = live_bench.mouse()

    taken = mouse.simulate([["move", [x, 0]] for x in range(101)], 1000.0, True)

    events = live_bench.take()
    assert taken == pytest.approx(0.1)
    assert [event.x_position for event in events] == list(range(101))
    gaps = [b.time - a.time for a, b in pairwise(events)]
    assert gaps == pytest.approx([0.001] * 100, abs=5e-6)
    assert all(event.time <= event.logged_time for event in events)


def test_a_wait_puts_off_what_follows(live_bench):
    mouse = live_bench.mouse()

    mouse.simulate([["press", "left"], ["wait", 0.05], ["release", "left"]], 100.0, True)

    press, release = live_bench.take()
    assert release.time - press.time == pytest.approx(0.06, abs=5e-6)


def test_closing_ends_what_is_being_played(live_bench):
    mouse = live_bench.mouse()
    mouse.simulate([["scroll", 1]] * 100_000, 100.0)

    mouse.close()
    live_bench.devices.clear()

    assert len(live_bench.take()) < 100_000


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_that_is_none_is_an_error(bench, rate):
    with pytest.raises(ValueError, match="a number above 0"):
        bench.mouse().simulate([["scroll", 1]], rate)


def test_only_a_virtual_mouse_can_be_simulated(bench):
    mouse = bench.mouse()
    mouse._source = object()

    with pytest.raises(DeviceError, match="backend: virtual"):
        mouse.simulate([["scroll", 1]])


def test_its_clock_can_be_coarse_and_late(bench):
    mouse = bench.mouse(virtual_clock={"tick_s": 0.008, "latency_s": 0.020})
    bench.clock.advance(0.0131)

    mouse.simulate([["scroll", 1]])

    (event,) = bench.take()
    # happened at 99.9931, the tick before it is 12499 · 8 ms
    assert event.device_time == pytest.approx(99.992)
    assert event.logged_time == pytest.approx(100.0131)
    assert event.time == pytest.approx(99.996, abs=0.001)
    assert abs(99.9931 - event.time) <= event.confidence_interval <= 0.008


points = st.tuples(st.floats(-1000, 1000), st.floats(-1000, 1000))


@given(st.lists(points, min_size=1, max_size=5), st.integers(2, 200))
def test_a_path_begins_and_ends_at_its_ends_and_has_rate_times_duration_points(path, count):
    made = path_points(path, rate=100.0, duration=count / 100)

    assert len(made) == count
    assert made[0] == pytest.approx(path[0])
    assert made[-1] == pytest.approx(path[-1])


def test_points_on_a_path_are_equally_far_apart_along_it():
    assert path_points([(0, 0), (10, 0), (10, 10)], rate=10, duration=0.5) == [
        (0, 0), (5, 0), (10, 0), (10, 5), (10, 10),
    ]  # fmt: skip


def test_a_path_needs_points_and_a_duration_a_rate():
    with pytest.raises(ValueError, match="at least one point"):
        path_points([], None, None)
    with pytest.raises(ValueError, match="needs a rate"):
        path_points([(0, 0)], None, 1.0)
