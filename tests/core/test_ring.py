"""The ring in mapped memory: never a torn, doubled or silently lost record."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_core.buffers.contract import BufferSpec
from iohub_core.buffers.layout import HEADER_BYTES
from iohub_core.buffers.ring import RingReader, RingWriter
from tests.core.ring_writer_process import number_of, record

WRITER = Path(__file__).with_name("ring_writer_process.py")


@contextmanager
def ring(capacity: int, largest: int = 300) -> Iterator[tuple[RingWriter, RingReader]]:
    """Both ends of a new ring."""
    with tempfile.TemporaryDirectory() as folder:
        spec = BufferSpec(
            name="ring", capacity=capacity, max_record_bytes=largest, folder=Path(folder)
        )
        writer = RingWriter(spec)
        options = writer.reader_address().options
        reader = RingReader(**options)
        yield writer, reader
        reader.close()
        writer.close()


class WriterProcess:
    """The other process."""

    def __init__(self, folder: Path, count: int, capacity: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(WRITER), str(folder), str(count), str(capacity)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.path = self.line()

    def line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.mark.parametrize(("capacity", "pause"), [(8, 0), (64, 0), (64, 3000), (4096, 0)])
def test_two_processes_never_tear_double_or_silently_lose_a_record(
    tmp_path: Path, capacity: int, pause: int
) -> None:
    count = 150_000
    writer = WriterProcess(tmp_path, count, capacity)
    try:
        reader = RingReader(name="stress", path=writer.path)
        writer.go()
        last, received, looks = -1, 0, 0
        while last < count - 1:
            if not reader.has_new():
                continue
            looks += 1
            for data in reader.peek() if looks % 5 == 0 else ():
                number_of(data)
            for data in reader.take():
                number = number_of(data)
                assert number > last, f"record {number} came after {last}"
                last = number
                received += 1
            for _ in range(pause):
                pass  # falls behind on purpose
        assert int(writer.line()) == count == reader.written()
        writer.go()
        dropped = int(writer.line())
        assert received + dropped == count
        assert reader.status().dropped == dropped
        assert reader.status().unread == 0
        reader.close()
    finally:
        writer.close()


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.lists(st.integers(0, 100), min_size=1, max_size=12)),
        st.tuples(st.sampled_from(["take", "peek", "clear"]), st.just([])),
    ),
    max_size=60,
)


@given(capacity=st.integers(1, 9), operations=OPERATIONS)
def test_the_ring_gives_the_newest_records_in_order_and_counts_the_rest(
    capacity: int, operations: list[tuple[str, list[int]]]
) -> None:
    unread: list[bytes] = []
    dropped = written = 0
    with ring(capacity, largest=100) as (writer, reader):
        for operation, sizes in operations:
            if operation == "append":
                records = [
                    bytes([written + place & 0xFF]) * size for place, size in enumerate(sizes)
                ]
                writer.append([(one, 0.0, 0.0) for one in records])
                written += len(records)
                unread += records
                dropped += max(0, len(unread) - capacity)
                unread = unread[-capacity:]
            elif operation == "clear":
                reader.clear(-1.0)
                unread = []
            else:
                assert reader.has_new() == bool(unread)
                assert getattr(reader, operation)() == unread
                if operation == "take":
                    unread = []
            assert writer.written() == reader.written() == written
            assert writer.dropped() == reader.status().dropped == dropped
            assert reader.status().unread == len(unread)


@given(sizes=st.lists(st.integers(1, 700), min_size=1, max_size=80))
def test_records_larger_than_was_known_push_older_ones_out_and_are_whole(sizes: list[int]) -> None:
    with ring(capacity=6, largest=300) as (writer, reader):
        received = 0
        for number, size in enumerate(sizes):
            data = bytes([number & 0xFF]) * size
            writer.append([(data, 0.0, 0.0)])
            if number % 5 == 4:
                found = reader.take()
                assert found[-1] == data
                received += len(found)
        received += len(reader.take())
        assert received + writer.dropped() == len(sizes)


def test_a_record_larger_than_half_the_circle_is_refused_and_harms_nothing() -> None:
    with ring(capacity=1, largest=100) as (writer, reader):
        writer.append([(b"kept", 0.0, 0.0)])
        with pytest.raises(ValueError, match="does not fit"):
            for _ in range(4):
                writer.append([(b"x" * 3000, 0.0, 0.0)])
        writer.append([(b"after", 0.0, 0.0)])
        assert reader.take()[-1] == b"after"


def test_after_a_clear_what_happened_before_it_is_not_returned_even_if_it_comes_later() -> None:
    with ring(capacity=8) as (writer, reader):
        writer.append([(b"old", 1.0, 0.0)])
        reader.clear(2.0)
        writer.append([(b"late", 1.9, 0.0), (b"new", 2.1, 0.0)])
        assert reader.take() == [b"new"]


@pytest.mark.parametrize("offset", [0, 8, 20])
def test_a_record_that_was_damaged_is_never_returned(offset: int) -> None:
    with ring(capacity=4) as (writer, reader):
        writer.append([(record(20), 0.0, 0.0)])
        block: Any = writer._map
        place = HEADER_BYTES + offset
        block[place] ^= 0xFF
        assert reader.take() == []


def test_a_file_that_is_no_ring_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(bytes(8192))
    with pytest.raises(ValueError, match="not an event ring"):
        RingReader(name="ring", path=str(path))
