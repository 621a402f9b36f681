"""Messages between script and hub, whole, whatever pieces the socket gives."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multiprocess import connection as mp_connection

from iohub_core.line import Line

pytestmark = pytest.mark.skipif(os.name == "nt", reason="reads Unix sockets")


def connected() -> tuple[Line, Any]:
    """Return a line, and the library's own connection at the other end."""
    one, other = socket.socketpair()
    return Line(mp_connection.Connection(one.detach())), mp_connection.Connection(other.detach())


@pytest.fixture
def ends() -> Iterator[tuple[Line, Any]]:
    line, other = connected()
    yield line, other
    line.close()
    other.close()


@given(messages=st.lists(st.binary(max_size=300), max_size=20))
def test_the_wire_is_the_library_s_own(messages: list[bytes]) -> None:
    line, other = connected()
    for message in messages:
        other.send_bytes(message)
        line.send_bytes(message)
    assert [line.recv_bytes() for _ in messages] == messages
    assert [other.recv_bytes() for _ in messages] == messages
    line.close()
    other.close()


@pytest.mark.parametrize("size", [0, 1, 16_384, 65_533, 65_536, 5_000_000])
def test_messages_of_every_size_arrive_whole(ends: tuple[Line, Any], size: int) -> None:
    line, other = ends
    message = os.urandom(size)
    sender = threading.Thread(target=lambda: (other.send_bytes(message), other.send_bytes(b"end")))
    sender.start()
    assert line.recv_bytes() == message
    assert line.poll(5)
    assert line.recv_bytes() == b"end"
    sender.join()
    back = threading.Thread(target=lambda: line.send_bytes(message))
    back.start()
    assert other.recv_bytes() == message
    back.join()


def test_messages_that_come_together_are_taken_one_by_one(ends: tuple[Line, Any]) -> None:
    line, other = ends
    other.send_bytes(b"one")
    other.send_bytes(b"two")
    assert line.recv_bytes() == b"one"
    assert line.poll(0)
    assert line.recv_bytes() == b"two"
    assert not line.poll(0)


def test_the_other_end_s_going_is_told(ends: tuple[Line, Any]) -> None:
    line, other = ends
    other.close()
    with pytest.raises(EOFError):
        line.recv_bytes()


def test_a_message_that_breaks_off_is_an_error_not_a_message(ends: tuple[Line, Any]) -> None:
    line, other = ends
    os.write(other.fileno(), b"\0\0\0\x09half")
    other.close()
    with pytest.raises(OSError, match="end of file"):
        line.recv_bytes()


def test_a_closed_line_says_so(ends: tuple[Line, Any]) -> None:
    line, _ = ends
    line.close()
    assert line.closed
    with pytest.raises(OSError, match="closed"):
        line.send_bytes(b"x")
    with pytest.raises(OSError, match="closed"):
        line.recv_bytes()


def test_a_read_that_ran_out_of_time_loses_nothing() -> None:
    one, other = socket.socketpair()
    one.setblocking(False)
    line = Line(mp_connection.Connection(one.detach()))
    other.send(b"\0\0\0\x04wh")
    with pytest.raises(BlockingIOError):
        line.recv_bytes()
    other.send(b"o!")
    assert line.recv_bytes() == b"who!"
    line.close()
    other.close()
