"""Pointer events as bytes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("Xlib")

from iohub_x11 import pointer_wire as wire
from iohub_x11.pointer_query import Axis


def motion(time, source, child, axes, button_words=1):
    """A motion event as the server writes it."""
    mask = sum(1 << axis for axis in axes)
    values = b"".join(struct.pack("<iI", int(v // 1), int((v % 1) * 2**32)) for v in axes.values())
    tail = bytes(4 * button_words) + struct.pack("<I", mask) + values
    head = struct.pack("<HIIIII", source, time, 0, 1, 1, child) + bytes(16)
    head += struct.pack("<HHHHI", button_words, 1, source, 0, 0) + bytes(20)
    extra = len(head) + 10 + len(tail) - 32
    return struct.pack("<BBHIH", 35, 131, 0, extra // 4, wire.MOTION) + head + tail


def raw(kind, time, detail, source, mask):
    body = struct.pack("<HIIHHI", 2, time, detail, source, 1, 0) + bytes(4)
    body += struct.pack("<I", mask) + bytes(16 * mask.bit_count())
    return struct.pack("<BBHIH", 35, 131, 0, (10 + len(body) - 32) // 4, kind) + body


coordinates = st.floats(-(2**20), 2**20).map(lambda v: round(v * 65536) / 65536)
axes = st.dictionaries(st.sampled_from([0, 1]), coordinates).map(lambda d: dict(sorted(d.items())))
times = st.integers(0, 2**32 - 1)
motions = st.builds(motion, times, st.integers(2, 50), times, axes, st.integers(0, 3))
raws = st.builds(
    raw, st.sampled_from([15, 16, 17]), times, st.integers(0, 20), st.integers(2, 50),
    st.integers(0, 15),
)  # fmt: skip
plain = st.binary(min_size=31, max_size=31).map(lambda rest: b"\x22" + rest)


@given(times, st.integers(2, 50), times, axes, st.integers(0, 3))
def test_a_motion_event_is_read_as_it_was_written(time, source, child, values, words):
    found = wire.read_motion(motion(time, source, child, values, words))

    assert (found.time_ms, found.source, found.child) == (time, source, child)
    assert (found.x, found.y) == (values.get(0), values.get(1))


@given(st.sampled_from([15, 16, 17]), times, st.integers(0, 20), st.integers(0, 15))
def test_a_raw_event_is_read_as_it_was_written(kind, time, detail, mask):
    found = wire.read_raw(raw(kind, time, detail, 9, mask), kind)

    assert (found.time_ms, found.detail, found.source) == (time, detail, 9)
    assert found.moves == bool(mask & 0b11)


@given(st.lists(st.one_of(motions, raws, plain)), st.lists(st.integers(1, 200)))
def test_packets_come_whole_however_the_stream_is_cut(written, cuts):
    stream, waiting, found = b"".join(written), bytearray(), []

    for cut in [*cuts, len(stream)]:
        waiting += stream[:cut]
        stream = stream[cut:]
        found.extend(wire.packets(waiting))

    assert found == written
    assert waiting == b""


def test_a_selection_request_has_the_protocols_layout():
    request = wire.select_events(131, 0x123, 4, (wire.MOTION,))

    assert request == bytes.fromhex("832e0500 23010000 01000000 04000100 40000000")


@pytest.mark.parametrize(
    ("low", "high", "value", "pixel"),
    [
        (-1, -1, 17.9, 17),  # a device without a range gives pixels, with a part of one
        (0, 65535, 0, 0),
        (0, 65535, 65535, 1279),
        (0, 65535, 32768, 640),
        (100, 1379, 100, 0),
        (100, 1379, 1379, 1279),
    ],
)
def test_a_device_with_a_range_is_spread_over_the_screen(low, high, value, pixel):
    assert Axis(low, high).pixel(value, 1280) == pixel
