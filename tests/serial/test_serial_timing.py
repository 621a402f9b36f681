"""When bytes happened, and what is said of what can't be known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_serial.timing import WAKE_UP_S, Line, StreamTimes

B = 0.001


def test_the_first_byte_began_when_all_bytes_before_the_reading_were_sent() -> None:
    times = StreamTimes()
    times.add(3, 10.0, B, 0.5)
    assert times.of(0) == (pytest.approx(10.0 - 3 * B), 0.5)
    assert times.of(2) == (pytest.approx(10.0 - B), 0.5)


def test_a_byte_of_an_earlier_piece_keeps_its_time() -> None:
    times = StreamTimes()
    times.add(2, 10.0, B, 0.1)
    times.add(2, 20.0, B, 0.2)
    assert times.of(1) == (pytest.approx(10.0 - B), 0.1)
    assert times.of(2) == (pytest.approx(20.0 - 2 * B), 0.2)


def test_bytes_that_came_faster_than_the_line_can_send_stay_in_order() -> None:
    times = StreamTimes()
    times.add(10, 10.0, B, 0.1)
    times.add(10, 10.001, B, 0.1)
    assert times.of(9)[0] <= times.of(10)[0] <= times.of(19)[0] <= 10.001


@given(st.lists(st.tuples(st.integers(1, 50), st.floats(0, 0.1)), min_size=1, max_size=20))
def test_times_never_run_back_nor_past_their_reading(pieces: list[tuple[int, float]]) -> None:
    times, now, ends = StreamTimes(), 100.0, []
    for count, later in pieces:
        now += later
        times.add(count, now, B, 0.0)
        ends += [now] * count
    found = [times.of(place)[0] for place in range(len(ends))]
    assert found == sorted(found)
    assert found == forgetful_times(pieces)
    assert all(time <= end for time, end in zip(found, ends, strict=True))


def forgetful_times(pieces: list[tuple[int, float]]) -> list[float]:
    """Return the times of all bytes when each piece is forgotten as soon as it was asked for."""
    times, now, found = StreamTimes(), 100.0, []
    for count, later in pieces:
        now += later
        times.add(count, now, B, 0.0)
        found += [times.of(place)[0] for place in range(len(found), len(found) + count)]
        times.forget_before(None)
    return found


def test_what_no_message_needs_any_more_is_forgotten() -> None:
    times = StreamTimes()
    for piece in range(1000):
        times.add(10, float(piece + 1), 0.0, 0.1)
        times.forget_before(piece * 10 + 5)
    assert len(times._pieces) == 1
    assert times.of(9_995)[0] == 1000.0
    times.forget_before(None)
    assert not times._pieces


def test_the_interval_is_the_latency_and_the_wake_up_when_the_reader_slept() -> None:
    line = Line(byte_time=B, latency=0.016)
    assert line.confidence_interval(1, asked=1.0, woken=2.0, last_read=1.0) == pytest.approx(
        0.016 + WAKE_UP_S
    )


def test_bytes_that_were_waiting_may_have_come_since_the_last_reading() -> None:
    line = Line(byte_time=B, latency=0.0)
    assert line.confidence_interval(2, asked=2.0, woken=2.0, last_read=1.0) == pytest.approx(
        WAKE_UP_S + 1.0 - 2 * B
    )


def test_on_a_pseudo_terminal_the_subtracted_time_is_not_known_either() -> None:
    line = Line(byte_time=B, latency=0.0, instant=True)
    assert line.confidence_interval(4, asked=1.0, woken=2.0, last_read=1.0) == pytest.approx(
        WAKE_UP_S + 4 * B
    )


def test_behind_a_network_the_interval_is_not_known() -> None:
    assert Line(byte_time=B, latency=None).confidence_interval(4, 1.0, 2.0, 1.0) == 0.0


@given(
    count=st.integers(1, 64),
    gaps=st.lists(st.floats(0, 0.01), min_size=64, max_size=64),
    latency=st.floats(0, 0.016),
    held=st.floats(0, 1),
    late=st.floats(0, WAKE_UP_S),
)
def test_the_true_time_lies_in_the_interval_for_bytes_sent_without_gaps(
    count: int, gaps: list[float], latency: float, held: float, late: float
) -> None:
    """A model of a line: bytes back to back from 5.0 s, held by the driver, read late."""
    began = 5.0
    woken = began + count * B + held * latency + late
    line = Line(byte_time=B, latency=latency)
    times = StreamTimes()
    interval = line.confidence_interval(count, asked=4.0, woken=woken, last_read=4.0)
    times.add(count, woken, line.byte_time, interval)
    for place in range(count):
        time, half_width = times.of(place)
        assert abs(time - (began + place * B)) <= half_width + 1e-9


def test_a_pseudo_terminal_is_known_as_one() -> None:
    posix = pytest.importorskip("iohub_serial.backends.posix")
    import os
    import pty

    far, near = pty.openpty()
    try:
        assert posix.is_pseudo_terminal(near)
    finally:
        os.close(far)
        os.close(near)
