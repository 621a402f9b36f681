"""Parsers find the same messages however the stream is cut."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_core.errors import DeviceError
from iohub_serial.config import EventParserSettings
from iohub_serial.parsers import (
    ByteDiffParser,
    Change,
    CustomParser,
    FixedLengthParser,
    MarkedParser,
    Message,
    Parser,
    load_function,
    make_parser,
)

MAX = 12
PARSERS: dict[str, Callable[[], Parser[Any]]] = {
    "every byte": lambda: make_parser(EventParserSettings()),
    "fixed length": lambda: FixedLengthParser(5),
    "prefix and length": lambda: FixedLengthParser(3, b"\x00\xff"),
    "prefix": lambda: MarkedParser(b"ab", b"", MAX),
    "delimiter": lambda: MarkedParser(b"", b"\r\n", MAX),
    "delimiter of one byte": lambda: MarkedParser(b"", b"\0", MAX),
    "prefix and delimiter": lambda: MarkedParser(b"aba", b"bab", MAX),
    "same prefix and delimiter": lambda: MarkedParser(b"aa", b"aa", MAX),
    "byte difference": lambda: ByteDiffParser(),
    "byte difference from 0": lambda: ByteDiffParser(first=0),
}
# Few different bytes, so that marks, halves of marks and overlaps are common.
STREAMS = st.one_of(
    st.binary(max_size=200),
    st.lists(st.sampled_from(b"ab\r\n\x00\xff"), max_size=200).map(bytes),
)


def feed(parser: Parser[Any], pieces: Sequence[bytes]) -> list[Any]:
    return [found for piece in pieces if piece for found in parser.feed(piece, 0.0)]


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@pytest.mark.parametrize("make", PARSERS.values(), ids=PARSERS.keys())
@given(data=STREAMS, places=st.lists(st.integers(0, 1000), max_size=30))
def test_split_or_joined_at_any_point_the_stream_gives_the_same(
    make: Callable[[], Parser[Any]], data: bytes, places: list[int]
) -> None:
    whole, pieces, bytewise = make(), make(), make()
    expected = feed(whole, [data])
    assert feed(pieces, cut(data, places)) == expected
    assert feed(bytewise, [bytes([byte]) for byte in data]) == expected
    assert pieces.overlong == bytewise.overlong == whole.overlong
    assert pieces.skipped == bytewise.skipped == whole.skipped
    assert pieces.pending_start() == bytewise.pending_start() == whole.pending_start()


@pytest.mark.parametrize("make", PARSERS.values(), ids=PARSERS.keys())
@given(data=STREAMS)
def test_a_message_begins_where_it_says(make: Callable[[], Parser[Any]], data: bytes) -> None:
    parser = make()
    last = -1
    for found in feed(parser, [data]):
        assert found.start >= last
        last = found.start
        if isinstance(found, Message):
            assert found.data in data[found.start :]
    pending = parser.pending_start()
    assert pending is None or last <= pending <= len(data)


@given(st.lists(st.binary(max_size=MAX).filter(lambda m: b"\n" not in m)))
def test_what_is_sent_with_a_delimiter_comes_back(messages: list[bytes]) -> None:
    parser = MarkedParser(b"", b"\n", MAX)
    stream = b"".join(message + b"\n" for message in messages)
    assert [found.data for found in feed(parser, [stream])] == messages
    assert parser.overlong == parser.skipped == 0


@given(st.lists(st.binary(min_size=4, max_size=4)))
def test_what_is_sent_with_a_prefix_and_a_length_comes_back(messages: list[bytes]) -> None:
    parser = FixedLengthParser(4, b"\x7e")
    stream = b"".join(b"\x7e" + message for message in messages)
    assert [found.data for found in feed(parser, [stream])] == messages


@given(st.lists(st.binary(min_size=1, max_size=3 * MAX).filter(lambda m: b"\n" not in m)))
def test_overlong_messages_lose_no_byte(messages: list[bytes]) -> None:
    parser = MarkedParser(b"", b"\n", MAX)
    found = feed(parser, [b"".join(message + b"\n" for message in messages)])
    assert b"".join(one.data for one in found) == b"".join(messages)
    assert all(len(one.data) == MAX for one in found if one.overlong)
    assert parser.overlong == sum((len(message) - 1) // MAX for message in messages)


@pytest.mark.parametrize("make", PARSERS.values(), ids=PARSERS.keys())
def test_no_parser_remembers_more_than_a_message_of_a_runaway(
    make: Callable[[], Parser[Any]],
) -> None:
    parser = make()
    for _ in range(100):
        parser.feed(b"x" * 1000, 0.0)
    assert len(getattr(parser, "_buffer", b"")) <= MAX + 3


def test_a_reset_forgets_the_unfinished_message_and_counts_its_bytes() -> None:
    parser = MarkedParser(b"", b"\n", MAX)
    parser.feed(b"half", 0.0)
    parser.reset()
    assert parser.feed(b"whole\n", 0.0) == [Message(4, b"whole")]
    assert parser.skipped == 4


def test_bytes_before_a_prefix_are_skipped_and_counted() -> None:
    parser = MarkedParser(b"v", b"\n", MAX)
    assert parser.feed(b"noise\nv12\nx", 0.0) == [Message(6, b"12")]
    assert parser.skipped == 7


def test_a_byte_that_differs_is_a_change_from_the_one_before() -> None:
    parser = ByteDiffParser()
    assert parser.feed(b"\0\0\1\1\0", 0.0) == [Change(2, 0, 1), Change(4, 1, 0)]


def test_a_parser_function_gets_time_bytes_its_state_and_its_arguments() -> None:
    def lines(
        read_time: float, rx_data: bytes, parser_state: dict[str, bytes], end: bytes
    ) -> list[dict[str, Any]]:
        *whole, parser_state["rest"] = (parser_state.get("rest", b"") + rx_data).split(end)
        return [{"data": line, "time": read_time - 1} for line in whole]

    parser = CustomParser(lines, {"end": b";"})
    assert parser.feed(b"a;b", 2.0) == [Message(0, b"a", time=1.0)]
    assert parser.feed(b"c;", 3.0) == [Message(3, b"bc", time=2.0)]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (None, []),
        ([], []),
        ({"data": b"x"}, [b"x"]),
        ([{"data": "µ"}], ["µ".encode()]),
        ([{"data": bytearray(b"y")}], [b"y"]),
        ([{"data": 12}], [b"12"]),
    ],
)
def test_a_parser_function_may_return_what_is_handy(made: Any, expected: list[bytes]) -> None:
    parser = CustomParser(lambda *_: made, {})
    assert [message.data for message in parser.feed(b"?", 0.0)] == expected


def test_a_parser_function_that_returns_something_else_is_told_so() -> None:
    with pytest.raises(TypeError, match="must return dicts with 'data'"):
        CustomParser(lambda *_: [b"raw"], {}).feed(b"?", 0.0)


def test_a_parser_function_is_found_by_path_or_loaded_from_dill() -> None:
    import dill

    assert load_function("os.path.join") is load_function("os.path:join")
    assert load_function(dill.dumps(lambda x: x + 1, recurse=True))(1) == 2
    assert load_function(len) is len


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("no_such_module_here.f", "can't be imported"),
        ("os.path.no_such_function", "has no 'no_such_function'"),
        ("os.sep", "is no function"),
        (b"not dill", "can't be loaded in the hub"),
    ],
)
def test_a_parser_function_that_is_not_there_is_named(given: Any, message: str) -> None:
    with pytest.raises(DeviceError, match=message):
        load_function(given)
