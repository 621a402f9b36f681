"""The kernel's byte stream, cut into reports."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_evdev import wire
from iohub_evdev.node import bits
from iohub_evdev.wire import Report, Reports
from tests.evdev.kernel import KEY_A, key, report

# Written out by hand from linux/input.h for 64-bit little-endian, not recorded: MSC_SCAN 0x70004,
# KEY_A down, SYN_REPORT, all at 100000.199759 s.
PRESS_OF_A = bytes.fromhex(
    "a0860100000000004f0c0300000000000400040004000700"
    "a0860100000000004f0c03000000000001001e0001000000"
    "a0860100000000004f0c0300000000000000000000000000"
)

EVENTS = st.tuples(
    st.sampled_from([wire.EV_KEY, wire.EV_REL, wire.EV_LED, 4]),
    st.integers(0, 0x2FF),
    st.integers(-(2**31), 2**31 - 1),
)


@pytest.mark.skipif(wire.RECORD.size != 24, reason="the bytes are those of 64-bit machines")
def test_bytes_laid_out_as_the_kernel_does_are_a_press() -> None:
    (one,) = Reports().feed(PRESS_OF_A)
    assert one.tick == 100_000_199_759
    assert (wire.EV_KEY, KEY_A, 1) in one.events
    assert not one.lost


@given(
    reports=st.lists(st.lists(EVENTS, min_size=1, max_size=5), max_size=10),
    cuts=st.lists(st.integers(0, 2000), max_size=20),
)
def test_reports_are_the_same_however_the_bytes_are_cut(
    reports: list[list[tuple[int, int, int]]], cuts: list[int]
) -> None:
    data = b"".join(report(n, *events) for n, events in enumerate(reports))
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    reader = Reports()
    found: list[Report] = []
    for start, end in pairwise(places):
        found += reader.feed(data[start:end])
    assert [one.events for one in found] == reports
    assert [one.tick for one in found] == [n * 1_000_000 for n in range(len(reports))]


def test_after_syn_dropped_all_up_to_the_next_report_is_dropped() -> None:
    reader = Reports()
    before = report(1.0, key(KEY_A, 1))
    dropped = report(2.0, key(KEY_A, 0), (wire.EV_SYN, wire.SYN_DROPPED, 0), key(KEY_A, 1))
    after = report(3.0, key(KEY_A, 0))
    found = list(reader.feed(before + dropped + after))
    assert [one.lost for one in found] == [False, True, False]
    assert found[1].events == []
    assert found[2].events == [key(KEY_A, 0)]


@given(numbers=st.frozensets(st.integers(0, 767)))
def test_bits_of_a_mask_are_its_numbers(numbers: frozenset[int]) -> None:
    mask = sum(1 << number for number in numbers).to_bytes(96, "little")
    assert bits(mask) == numbers
