"""The writing process of the ring's stress test: ``ring_writer_process.py folder count capacity``.

Writes numbered records of many sizes in batches of many sizes, as fast as it can; each proves
itself. Prints the ring's path first, and at the end how many it wrote and how many were dropped.
Waits for a line before it starts and before it ends.
"""

from __future__ import annotations

import random
import struct
import sys
from pathlib import Path
from zlib import crc32

LARGEST = 300
HEAD = struct.Struct("<QI")


def record(number: int) -> bytes:
    """Return the record with a number: 12 to 300 bytes that only this number can have."""
    body = bytes((number * 31 + place) & 0xFF for place in range(number * 7919 % (LARGEST - 11)))
    return HEAD.pack(number, crc32(body, number & 0xFFFFFFFF)) + body


def number_of(data: bytes) -> int:
    """Return a record's number.

    Raises:
        AssertionError: if it is torn, cut or mixed with another.
    """
    number, crc = HEAD.unpack_from(data)
    body = data[HEAD.size :]
    assert crc == crc32(body, number & 0xFFFFFFFF), f"record {number} is torn"
    assert len(body) == number * 7919 % (LARGEST - 11), f"record {number} has a wrong length"
    return int(number)


def main() -> None:
    """Write."""
    from iohub_core.buffers.contract import BufferSpec
    from iohub_core.buffers.ring import RingWriter

    folder, count, capacity = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    spec = BufferSpec(name="stress", capacity=capacity, max_record_bytes=LARGEST, folder=folder)
    ring = RingWriter(spec)
    print(ring.path, flush=True)
    sys.stdin.readline()
    chance = random.Random(1)
    made = [record(number) for number in range(2000)]
    number = 0
    while number < count:
        batch = range(number, min(count, number + chance.choice((1, 1, 1, 2, 5, 40))))
        entries = [(made[one] if one < 2000 else record(one), float(one), 0.0) for one in batch]
        ring.append(entries)
        number = batch.stop
    print(ring.written(), flush=True)
    sys.stdin.readline()
    print(ring.dropped(), flush=True)


if __name__ == "__main__":
    main()
