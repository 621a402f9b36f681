"""The journal's frames prove themselves: whatever is cut or flipped, the rest is found."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_datastore.errors import JournalError
from iohub_datastore.frames import (
    HEAD_BYTES,
    MAGIC,
    Damage,
    Frame,
    Header,
    Kind,
    array_of,
    decode_event_rows,
    frame,
    next_frame_offset,
    split_frames,
)
from iohub_datastore.journal import JournalReader, JournalWriter
from iohub_datastore.layout import EventLayout

HEADER = Header(
    uid="u",
    experiment={"code": "e"},
    session={"code": "s"},
    layout=EventLayout(classes=[], tables=[]),
)
payloads = st.lists(st.binary(max_size=60), min_size=1, max_size=12)


def read_all(path: Path) -> tuple[list[Frame], list[Damage]]:
    reader = JournalReader(path)
    frames: list[Frame] = []
    damages = []
    while True:
        while found := reader.read():
            frames += found
        damage = reader.skip_damage()
        if damage is None:
            reader.close()
            return frames, damages
        damages.append(damage)


def write(path: Path, contents: list[bytes]) -> int:
    """Write a journal with one EVENTS frame a payload; returns where the first begins."""
    path.unlink(missing_ok=True)
    journal = JournalWriter(path, HEADER)
    start = journal.size
    for payload in contents:
        journal.append(Kind.EVENTS, payload)
    journal.close()
    return start


@given(payloads)
def test_frames_are_split_as_they_were_made(contents: list[bytes]) -> None:
    data = b"".join(frame(Kind.EVENTS, place, one) for place, one in enumerate(contents))
    frames, used = split_frames(data)
    assert [one.payload for one in frames] == contents
    assert [one.sequence for one in frames] == list(range(len(contents)))
    assert used == len(data)


@given(payloads, st.data())
def test_a_cut_leaves_every_whole_frame_before_it(
    contents: list[bytes], data: st.DataObject
) -> None:
    whole = [frame(Kind.EVENTS, place, one) for place, one in enumerate(contents)]
    joined = b"".join(whole)
    cut = data.draw(st.integers(0, len(joined)))
    frames, used = split_frames(joined[:cut])
    ends = [len(b"".join(whole[: place + 1])) for place in range(len(whole))]
    assert len(frames) == sum(end <= cut for end in ends)
    assert used <= cut


@given(payloads, st.data())
def test_flipped_bits_lose_only_the_frames_they_are_in(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("flip") / "journal"
    start = write(path, contents)
    raw = bytearray(path.read_bytes())
    place = data.draw(st.integers(start, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(raw)
    frames, damages = read_all(path)
    hit = 0
    end = start
    for number, one in enumerate(contents):
        end += HEAD_BYTES + len(one)
        if place < end:
            hit = number
            break
    assert [one.payload for one in frames] == contents[:hit] + contents[hit + 1 :]
    assert len(damages) == 1
    assert damages[0].offset == end - HEAD_BYTES - len(contents[hit])
    assert damages[0].length == HEAD_BYTES + len(contents[hit])
    assert damages[0].lost_frames == (None if hit == len(contents) - 1 else 1)


@given(payloads, st.data())
def test_a_stretch_of_noise_anywhere_never_makes_a_frame_that_was_not_written(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("noise") / "journal"
    start = write(path, contents)
    raw = bytearray(path.read_bytes())
    place = data.draw(st.integers(start, len(raw)))
    noise = data.draw(st.binary(min_size=1, max_size=80))
    raw[place : place + data.draw(st.integers(0, 80))] = noise
    path.write_bytes(raw)
    frames, damages = read_all(path)
    found = [one.payload for one in frames]
    rest = iter(contents)
    assert all(one in rest for one in found), "frames come in order and none is made up"
    whole_before = [
        number
        for number in range(len(contents))
        if start + sum(HEAD_BYTES + len(one) for one in contents[: number + 1]) <= place
    ]
    assert found[: len(whole_before)] == contents[: len(whole_before)]
    assert damages or found == contents


@given(st.lists(st.lists(st.integers(-(2**31), 2**31) | st.text(max_size=5)), max_size=40))
def test_an_array_of_encoded_rows_decodes_to_the_rows(rows: list[list[object]]) -> None:
    encoded = [msgspec.msgpack.encode(row) for row in rows]
    assert decode_event_rows(array_of(encoded)) == rows


@pytest.mark.parametrize("count", [15, 16, 65535, 65536])
def test_arrays_of_every_size_class_decode(count: int) -> None:
    assert len(decode_event_rows(array_of([b"\x91\x01"] * count))) == count


def test_a_frame_is_not_seen_before_all_of_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    write(path, [b"one"])
    reader = JournalReader(path)
    assert [one.payload for one in reader.read()] == [b"one"]
    late = frame(Kind.EVENTS, 3, b"two" * 100)
    with path.open("ab", buffering=0) as file:
        file.write(late[:30])
        assert reader.read() == []
        file.write(late[30:])
    assert [one.payload for one in reader.read()] == [b"two" * 100]
    assert reader.at_end()
    reader.close()


def test_a_frame_longer_than_a_chunk_is_read(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    big = os.urandom(JournalReader.CHUNK * 2 + 17)
    write(path, [b"a", big, b"b"])
    frames, damages = read_all(path)
    assert [one.payload for one in frames] == [b"a", big, b"b"]
    assert not damages


@pytest.mark.parametrize("place", [0, 3, 9, 40])
def test_a_damaged_first_header_is_replaced_by_its_copy(tmp_path: Path, place: int) -> None:
    path = tmp_path / "journal"
    write(path, [b"one"])
    raw = bytearray(path.read_bytes())
    raw[place] ^= 0xFF
    path.write_bytes(raw)
    reader = JournalReader(path)
    assert reader.header == HEADER
    found = [one.payload for one in reader.read() if one.kind == Kind.EVENTS]
    assert found == [b"one"]
    reader.close()


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"something else")
    with pytest.raises(JournalError, match="not a journal"):
        JournalReader(path)
    path.write_bytes(MAGIC)
    with pytest.raises(JournalError, match="not a journal"):
        JournalReader(path)


def test_a_journal_of_a_newer_format_says_so(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    payload = msgspec.msgpack.encode({"format_version": 99})
    path.write_bytes(MAGIC + frame(Kind.HEADER, 0, payload))
    with pytest.raises(JournalError, match="format 99"):
        JournalReader(path)


def test_an_existing_journal_is_never_overwritten(tmp_path: Path) -> None:
    write(tmp_path / "journal", [b"one"])
    with pytest.raises(FileExistsError):
        JournalWriter(tmp_path / "journal", HEADER)


def test_a_full_disk_leaves_a_journal_of_whole_frames(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = JournalWriter(path, HEADER)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (journal.size + 150, before[1]))
        journal.append_events([b"\x91\x01"] * 10)
        with pytest.raises(OSError, match="too large"):
            for _ in range(10):
                journal.append_events([b"\x91\x02"] * 30)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    journal.append_events([b"\x91\x03"])
    journal.close()
    frames, damages = read_all(path)
    assert not damages
    rows = [decode_event_rows(one.payload) for one in frames if one.kind == Kind.EVENTS]
    assert rows[0] == [[1]] * 10
    assert rows[-1] == [[3]]


def test_the_next_valid_frame_is_found_behind_a_false_mark() -> None:
    good = frame(Kind.EVENTS, 0, b"x")
    assert next_frame_offset(good[:4] + good, 0) == 4
    assert next_frame_offset(good[:-1], 0) is None
