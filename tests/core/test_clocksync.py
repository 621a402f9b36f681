"""Clock conversion against simulated clocks with drift, jitter, quantisation, outliers, wraps."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_core.clocksync import ClockConverter

MS = 0.001


class SimulatedDevice:
    """A device with its own clock, and a way to the hub that takes its time.

    Args:
        seed: makes it repeatable.
        drift: seconds per second that its clock runs slow.
        start: its clock's reading at hub time 0.
        tick: length of its stamps' unit, s.
        jitter: mean of the exponential latency that every event has, s.
        late: share of events that are up to 50 ms late.
    """

    def __init__(
        self,
        seed: int,
        *,
        drift: float = 0.0,
        start: float = 0.0,
        tick: float = MS,
        jitter: float = 5e-5,
        late: float = 0.0,
    ) -> None:
        self.chance = random.Random(seed)
        self.drift, self.start, self.tick = drift, start, tick
        self.jitter, self.late = jitter, late

    def event(self, happened: float) -> tuple[int, float]:
        """Return native stamp and arrival of something that happened at a hub time."""
        native = math.floor((self.start + happened / (1 + self.drift)) / self.tick)
        latency = 3e-5 + self.chance.expovariate(1 / self.jitter)
        if self.chance.random() < self.late:
            latency += self.chance.uniform(0.0, 0.05)
        return native, happened + latency

    def moments(self, count: int, pause: float) -> list[float]:
        """Return when a number of events happen, ``pause`` seconds apart on average."""
        now, moments = 1.0, []
        for _ in range(count):
            now += self.chance.expovariate(1 / pause)
            moments.append(now)
        return moments


def covered(
    converter: ClockConverter, device: SimulatedDevice, moments: list[float], skip: int = 0
) -> float:
    """Stamp events and return the share whose interval holds the truth."""
    hits = total = 0
    for number, happened in enumerate(moments):
        native, arrival = device.event(happened)
        stamp = converter.stamp(native, arrival)
        assert stamp.time <= arrival
        assert stamp.confidence_interval >= 0
        if number >= skip:
            total += 1
            hits += abs(stamp.time - happened) <= stamp.confidence_interval
    return hits / total


@given(
    seed=st.integers(0, 10**6),
    jitter=st.floats(1e-6, 3e-3),
    late=st.floats(0, 0.3),
    tick=st.sampled_from([1e-6, 1e-4, MS, 0.01]),
)
def test_with_a_known_clock_the_interval_holds_the_truth(
    seed: int, jitter: float, late: float, tick: float
) -> None:
    device = SimulatedDevice(seed, tick=tick, jitter=jitter, late=late)
    converter = ClockConverter(tick_s=tick, resolution_s=tick, monotonic_zero=0.0)
    assert covered(converter, device, device.moments(400, 0.02)) >= 0.95


@given(
    seed=st.integers(0, 10**6),
    jitter=st.floats(1e-6, 2e-3),
    late=st.floats(0, 0.3),
    drift=st.floats(-2e-4, 2e-4),
    start=st.floats(-1e5, 1e6),
    tick=st.sampled_from([1e-6, 1e-4, MS]),
)
def test_with_an_unknown_clock_the_interval_holds_the_truth(
    seed: int, jitter: float, late: float, drift: float, start: float, tick: float
) -> None:
    device = SimulatedDevice(seed, drift=drift, start=start, tick=tick, jitter=jitter, late=late)
    converter = ClockConverter(tick_s=tick, resolution_s=tick)
    assert covered(converter, device, device.moments(600, 0.05), skip=20) >= 0.95


@given(seed=st.integers(0, 10**6), drift=st.floats(-2e-4, 2e-4), late=st.floats(0, 0.5))
def test_drift_is_found_whatever_is_late(seed: int, drift: float, late: float) -> None:
    device = SimulatedDevice(seed, drift=drift, start=777.0, tick=1e-6, late=late)
    converter = ClockConverter(tick_s=1e-6, resolution_s=1e-6)
    moments = device.moments(3000, 0.03)
    for happened in moments:
        converter.stamp(*device.event(happened))
    state = converter.state()
    assert state["drift_ppm"] == pytest.approx(drift * 1e6, abs=10)
    # hub = device + offset, at the last event
    truth = moments[-1] - (777.0 + moments[-1] / (1 + drift))
    assert state["offset_s"] == pytest.approx(truth, abs=4e-4)
    assert state["jumps"] == 0


@given(seed=st.integers(0, 10**6), known=st.booleans())
def test_a_32_bit_counter_wraps_unnoticed(seed: int, known: bool) -> None:
    start = (2**32 - 5000) * MS
    device = SimulatedDevice(seed, start=start)
    # On a known clock hub time 0 is `start` on the monotonic clock.
    zero = start if known else None
    converter = ClockConverter(tick_s=MS, resolution_s=MS, wrap=2**32, monotonic_zero=zero)
    before = 0.0
    for happened in device.moments(500, 0.02):
        native, arrival = device.event(happened)
        stamp = converter.stamp(native % 2**32, arrival)
        assert stamp.device_time >= before
        before = stamp.device_time
        assert stamp.time == pytest.approx(happened, abs=2 * MS)
    assert before > 2**32 * MS
    assert converter.state()["jumps"] == 0


def test_a_server_that_wrapped_before_the_hub_started_is_known_too() -> None:
    zero = 3.4 * 2**32 * MS  # half a year after the machine was started
    converter = ClockConverter(tick_s=MS, resolution_s=MS, wrap=2**32, monotonic_zero=zero)
    native = math.floor((zero + 10.0) / MS) % 2**32
    stamp = converter.stamp(native, 10.0001)
    assert stamp.time == pytest.approx(10.0, abs=1.1 * MS)
    assert stamp.device_time == pytest.approx(zero + 10.0, abs=MS)


@pytest.mark.parametrize("jump", [-3600.0, -5.0, -0.5, 0.5, 5.0, 3600.0])
def test_a_clock_that_was_set_or_slept_is_found_again(jump: float) -> None:
    device = SimulatedDevice(4, start=100.0, jitter=5e-5)
    converter = ClockConverter(tick_s=MS, resolution_s=MS)
    moments = device.moments(1000, 0.1)
    errors = []
    for number, happened in enumerate(moments):
        if number == 500:
            device.start += jump
        native, arrival = device.event(happened)
        errors.append(abs(converter.stamp(native, arrival).time - happened))
    assert converter.state()["jumps"] == 1
    assert max(errors[:500]) < 2 * MS
    assert max(errors[540:]) < 2 * MS


def test_what_piled_up_in_a_stall_is_no_jump() -> None:
    device = SimulatedDevice(5, start=50.0, jitter=5e-5)
    converter = ClockConverter(tick_s=MS, resolution_s=MS)
    moments = device.moments(2000, 0.01)
    for happened in moments:
        native, arrival = device.event(happened)
        if 8.0 < happened < 10.0:
            arrival = 10.0 + (happened - 8.0) * 1e-3
        stamp = converter.stamp(native, arrival)
        assert abs(stamp.time - happened) < 2 * MS
    assert converter.state()["jumps"] == 0


def test_a_stamp_that_contradicts_the_known_clock_makes_it_estimated() -> None:
    device = SimulatedDevice(6, start=5000.0, jitter=5e-5)
    converter = ClockConverter(tick_s=MS, resolution_s=MS, wrap=2**32, monotonic_zero=0.0)
    for number, happened in enumerate(device.moments(300, 0.02)):
        stamp = converter.stamp(*device.event(happened))
        if number > 20:
            assert abs(stamp.time - happened) < 2 * MS
    assert converter.state()["source"] == "estimated"
    assert converter.state()["contradicted"]


def test_an_arrival_inside_the_tick_is_better_than_the_middle_of_the_tick() -> None:
    device = SimulatedDevice(7, jitter=2e-5)
    converter = ClockConverter(tick_s=MS, resolution_s=MS, monotonic_zero=0.0)
    errors = []
    for happened in device.moments(2000, 0.02):
        stamp = converter.stamp(*device.event(happened))
        errors.append(abs(stamp.time - happened))
    assert sorted(errors)[1000] < 0.06 * MS
    assert sorted(errors)[1980] < 0.15 * MS


@given(seed=st.integers(0, 10**6), jitter=st.floats(1e-6, 0.02))
def test_time_stays_within_a_tick_of_a_known_stamp_however_late_it_arrives(
    seed: int, jitter: float
) -> None:
    device = SimulatedDevice(seed, jitter=jitter, late=0.5)
    converter = ClockConverter(tick_s=MS, resolution_s=MS, monotonic_zero=0.0)
    for happened in device.moments(200, 0.02):
        native, arrival = device.event(happened)
        stamp = converter.stamp(native, arrival)
        assert -1e-9 <= stamp.time - native * MS <= MS + 1e-9


def test_the_state_says_what_is_known_and_how() -> None:
    converter = ClockConverter(tick_s=MS, resolution_s=MS, wrap=2**32, monotonic_zero=12.5)
    converter.stamp(13_000, 0.5005)
    state = converter.state()
    assert state["source"] == "monotonic"
    assert state["offset_s"] == -12.5
    assert state["samples"] == 1
    assert state["jumps"] == state["wraps"] == 0
