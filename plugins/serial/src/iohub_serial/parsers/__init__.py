"""Parsers: bytes in, messages out. No clock, no port, no events.

Each parser sees the stream in whatever pieces it arrives, and finds the same messages however it
is cut. A message says where in the stream its first byte stood, counted from 0, so that its time
can be found from when that byte came.
"""

from iohub_serial.parsers.byte_diff import ByteDiffParser, Change
from iohub_serial.parsers.choice import make_parser
from iohub_serial.parsers.custom import CustomParser, load_function
from iohub_serial.parsers.fixed_length import FixedLengthParser
from iohub_serial.parsers.marked import MarkedParser
from iohub_serial.parsers.message import Message, Parser

__all__ = [
    "ByteDiffParser",
    "Change",
    "CustomParser",
    "FixedLengthParser",
    "MarkedParser",
    "Message",
    "Parser",
    "load_function",
    "make_parser",
]
