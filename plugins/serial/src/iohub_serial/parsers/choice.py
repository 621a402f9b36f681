"""From settings to a parser."""

from __future__ import annotations

from typing import Any

from iohub_serial.config import EventParserSettings
from iohub_serial.parsers.byte_diff import ByteDiffParser
from iohub_serial.parsers.custom import CustomParser, load_function
from iohub_serial.parsers.fixed_length import FixedLengthParser
from iohub_serial.parsers.marked import MarkedParser
from iohub_serial.parsers.message import Parser
from iohub_serial.text import bytes_of


def make_parser(settings: EventParserSettings) -> Parser[Any]:
    """Return the parser that the settings ask for; without any rule, every byte is a message.

    Raises:
        DeviceError: if the parser function can't be loaded.
    """
    if settings.parser_function is not None:
        function = load_function(settings.parser_function)
        return CustomParser(function, settings.parser_kwargs or {})
    if settings.byte_diff:
        return ByteDiffParser()
    prefix = bytes_of(settings.prefix or b"")
    delimiter = bytes_of(settings.delimiter or b"")
    if settings.fixed_length is not None:
        return FixedLengthParser(settings.fixed_length, prefix)
    if prefix or delimiter:
        return MarkedParser(prefix, delimiter, settings.max_length)
    return FixedLengthParser(1)
