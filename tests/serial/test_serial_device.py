"""From bytes to events, on a port fed by hand."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iohub_core.event import DeviceEvent, codec_of
from iohub_core.event.codec import decode
from iohub_serial.events import MAX_EVENT_BYTES, SerialInputEvent

from .conftest import Bench

Make = Callable[..., Bench]


def test_a_message_has_the_time_of_its_first_byte_and_the_reading_of_its_last(bench: Make) -> None:
    made = bench(delimiter="\n")
    made.port.feed(b"ab", at=1.0, byte_time=0.01, interval=0.25)
    made.port.feed(b"c\n", at=2.0, byte_time=0.01, interval=0.5)
    (event,) = made.events
    assert event.data == b"abc"
    assert event.time == pytest.approx(0.98)
    assert event.logged_time == 2.0
    assert event.confidence_interval == 0.25
    assert event.port == "hand"
    assert event.device_time == 0.0


def test_without_a_parser_every_byte_is_an_event(bench: Make) -> None:
    made = bench()
    made.port.feed(b"\x01\x00")
    assert [event.data for event in made.events] == [b"\x01", b"\x00"]


def test_byte_differences_have_both_bytes(bench: Make) -> None:
    made = bench(byte_diff=True)
    made.port.feed(b"\x00\x00\x05")
    (event,) = made.events
    assert (event.prev_byte, event.current_byte) == (0, 5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=2000))
def test_a_long_message_is_spread_over_events_and_loses_nothing(bench: Make, data: bytes) -> None:
    made = bench(fixed_length=max(1, len(data)))
    made.collector.events.clear()
    made.port.feed(data or b"?")
    events = made.events
    assert b"".join(event.data for event in events) == (data or b"?")
    assert all(event.data_length == len(event.data) <= MAX_EVENT_BYTES for event in events)
    assert [event.remaining for event in events][-1] == 0
    left = sum(event.data_length for event in events)
    for event in events:
        left -= event.data_length
        assert event.remaining == left


@pytest.mark.parametrize(
    "parser",
    [
        {},
        {"fixed_length": 3},
        {"prefix": b"ab"},
        {"prefix": b"a", "fixed_length": 2},
        {"delimiter": b"\r\n"},
        {"prefix": b"a", "delimiter": b"\0"},
        {"byte_diff": True},
    ],
    ids=str,
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.lists(st.sampled_from(b"ab\r\n\x00\xff"), max_size=60).map(bytes),
    places=st.sets(st.integers(1, 59)),
)
def test_the_events_are_the_same_however_the_input_is_split(
    bench: Make, parser: dict[str, Any], data: bytes, places: set[int]
) -> None:
    def told(pieces: list[bytes]) -> list[list[Any]]:
        made = bench(**parser, max_length=7)
        made.collector.events.clear()
        for number, piece in enumerate(pieces):
            made.port.feed(piece, at=1.0 + number)
        own = codec_of(DeviceEvent).names
        return [
            [event.type, *(getattr(event, n) for n in codec_of(type(event)).names if n not in own)]
            for event in made.events
        ]

    edges = [0, *sorted(place for place in places if place < len(data)), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(edges) if a < b]
    assert told(pieces) == told([data] if data else [])


@given(data=st.binary(max_size=MAX_EVENT_BYTES))
def test_an_event_keeps_its_bytes_on_the_wire_and_its_length_where_zeros_are_cut(
    data: bytes,
) -> None:
    event = SerialInputEvent(data=data, data_length=len(data))
    row = codec_of(SerialInputEvent).as_namedtuple(decode(codec_of(SerialInputEvent).encode(event)))
    assert row.data == data
    # A text column of HDF5 gives the bytes back without the zeros at their end.
    assert row.data.rstrip(b"\0").ljust(row.data_length, b"\0") == data


def test_trailing_zeros_survive_a_data_file() -> None:
    tables = pytest.importorskip("tables")
    data = b"\x01\x00\x00"
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "x.h5")
        with tables.open_file(name, "w") as file:
            description = {
                "data": tables.StringCol(MAX_EVENT_BYTES),
                "data_length": tables.UInt16Col(),
            }
            table = file.create_table("/", "t", description)
            table.append([(data, len(data))])
        with tables.open_file(name) as file:
            row = file.root.t[0]
            assert row["data"].ljust(row["data_length"], b"\0") == data


def test_a_runaway_message_is_cut_marked_counted_and_warned_of_once(bench: Make) -> None:
    made = bench(delimiter="\n", max_length=10)
    for _ in range(100):
        made.port.feed(b"no end here")
    assert sum(len(event.data) for event in made.events) + 10 >= 1100
    assert all(event.overlong for event in made.events)
    assert len(made.collector.warnings) == 1
    assert "max_length (10 bytes)" in made.collector.warnings[0]
    assert made.device.getCurrentDeviceState()["overlong"] == len(made.events)


def test_a_parser_function_that_raises_is_named_once_counted_and_called_again(bench: Make) -> None:
    def picky(read_time: float, rx_data: bytes, parser_state: dict[str, Any]) -> Any:
        if rx_data == b"bad":
            raise RuntimeError("I don't like it")
        return {"data": rx_data}

    made = bench(parser_function=picky)
    for data in (b"good", b"bad", b"bad", b"fine"):
        made.port.feed(data)
    assert [event.data for event in made.events] == [b"good", b"fine"]
    (warning,) = made.collector.warnings
    assert "RuntimeError: I don't like it" in warning
    assert made.device.getCurrentDeviceState()["parser_errors"] == 2


def test_a_parser_function_may_give_the_time_but_none_later_than_the_reading(bench: Make) -> None:
    made = bench(parser_function=lambda at, data, state: [
        {"data": data, "time": at - 0.5}, {"data": data, "time": at + 9.0}, {"data": data}
    ])  # fmt: skip
    made.port.feed(b"x", at=3.0, byte_time=0.25)
    assert [event.time for event in made.events] == [2.5, 3.0, 2.75]


def test_a_lost_port_shows_in_the_status_and_the_session_goes_on(bench: Make) -> None:
    made = bench(delimiter="\n")
    made.port.feed(b"half a mess")
    made.port.lose()
    assert made.device.getInterfaceStatus() == "HW_STAT_ERROR"
    assert "is gone" in made.device.getLastInterfaceErrorString()
    made.port.find()
    assert made.device.getInterfaceStatus() == "HW_STAT_OK"
    assert made.device.getLastInterfaceErrorString() == ""
    made.port.feed(b"whole\n")
    assert [event.data for event in made.events] == [b"whole"]
    assert [("is gone" in text, "is back" in text) for text in made.collector.warnings] == [
        (True, False),
        (False, True),
    ]
    state = made.device.getCurrentDeviceState()
    assert (state["disconnections"], state["skipped_bytes"]) == (1, 11)


def test_bytes_can_be_read_as_they_came_too(bench: Make) -> None:
    made = bench(delimiter="\n")
    made.port.feed(b"ab\ncd")
    assert made.device.read(2) == b"ab"
    assert made.device.read() == b"\ncd"
    assert made.device.read() == b""


def test_unread_bytes_are_bounded_and_the_lost_ones_counted(bench: Make) -> None:
    made = bench(fixed_length=1000)
    for _ in range(70):
        made.port.feed(b"x" * 1000)
    assert len(made.device.read()) == 65536
    assert made.device.getCurrentDeviceState()["unread_dropped"] == 70_000 - 65_536


def test_flushing_the_input_forgets_unread_bytes_and_the_unfinished_message(bench: Make) -> None:
    made = bench(delimiter="\n")
    made.port.feed(b"old")
    made.device.flushInput()
    made.port.feed(b"new\n")
    assert [event.data for event in made.events] == [b"new"]
    assert made.device.read() == b"new\n"


@pytest.mark.parametrize("data", [b"\x00\xff", "\x00ÿ", [0, 255]])
def test_bytes_numbers_and_text_can_be_written(bench: Make, data: Any) -> None:
    made = bench()
    assert made.device.write(data) == 2
    assert made.port.written == [b"\x00\xff"]


@pytest.mark.parametrize("data", ["€", [256]])
def test_what_is_no_byte_is_not_written(bench: Make, data: Any) -> None:
    with pytest.raises(ValueError, match="byte"):
        bench().device.write(data)


def test_a_device_without_a_clock_tells_the_hubs_time(bench: Make) -> None:
    device = bench().device
    assert device.getDeviceTime() == device.getSecTime() == 5.0


def test_the_configuration_tells_a_parser_function_by_name_and_the_port_in_use(bench: Make) -> None:
    def mine(*_: Any) -> None: ...

    told = bench(parser_function=mine).device.getConfiguration()
    assert told["event_parser"]["parser_function"].endswith("mine")
    assert told["port"] == "hand"


def test_a_real_port_can_not_be_simulated(bench: Make) -> None:
    with pytest.raises(RuntimeError, match="backend: virtual"):
        bench().device.simulate(b"x")
