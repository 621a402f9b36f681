"""How the ring lies in memory: declared once for its writer and its reader.

A header of 8-byte words, an index of fixed entries, and a circle of bytes for the records:

    header   capacity, size of the circle, and the counters below
    index    one entry for each place: sequence number, position, length, CRC, time, half-width
    circle   the records, each in one piece; one that would not fit before the end starts over

Counters only grow. Aligned 8-byte loads and stores were never seen torn (tens of millions of
reads); anything longer proves itself by its sequence number and CRC. The words the script writes
lie in a cache line of their own, away from those the hub writes.
"""

from __future__ import annotations

import struct

MAGIC = 0x31474E4952484F49  # "IOHRING1", little-endian
HEADER_BYTES = 256

# Word numbers in the header. Written by the hub:
WORD_MAGIC = 0
WORD_CAPACITY = 1
WORD_CIRCLE_BYTES = 2
WORD_HEAD = 8  # records put in so far; the newest has this sequence number
WORD_TAIL = 9  # sequence number of the oldest record still there, minus 1
# Written by the script:
WORD_READ = 16  # sequence number up to which the script has read, cleared or skipped
WORD_SKIPPED = 17  # how many of these it skipped because they were gone

ENTRY = struct.Struct("<QQIIdd")  # sequence, position, length, CRC, time, confidence interval


def index_bytes(capacity: int) -> int:
    """Return the size of the index."""
    return capacity * ENTRY.size


def total_bytes(capacity: int, circle_bytes: int) -> int:
    """Return the size of the whole block."""
    return HEADER_BYTES + index_bytes(capacity) + circle_bytes
