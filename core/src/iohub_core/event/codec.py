"""Event to row, row to bytes, and rows to what a script asked for.

A row is the event's stored values in the order of declaration. It travels as a MessagePack array
(https://msgpack.org), which msgspec writes in 0.1 µs and reads in 0.3 µs for 21 fields.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import msgspec

from iohub_core.event.column import columns_of
from iohub_core.event.model import DeviceEvent

Row = list[Any]
"""An event's stored values, in the order its class declares them."""

_encode = msgspec.msgpack.Encoder().encode
_decode: Callable[[bytes], Row] = msgspec.msgpack.Decoder(list[Any]).decode

_BASE_NAMES = tuple(column.name for column in columns_of(DeviceEvent))
TYPE_FIELD = _BASE_NAMES.index("type")
TIME_FIELD = _BASE_NAMES.index("time")


class EventCodec:
    """The derived forms of one event class.

    Attributes:
        event_class: the class.
        columns: its columns.
        names: its field names.
        namedtuple: the namedtuple class, called after the event class with ``NT`` appended.
        max_wire_bytes: the most bytes one event of the class takes when encoded.
    """

    def __init__(self, event_class: type[DeviceEvent]) -> None:
        self.event_class = event_class
        self.columns = columns_of(event_class)
        self.names = tuple(column.name for column in self.columns)
        self.namedtuple = _namedtuple(f"{event_class.__name__}NT", self.names)
        self.max_wire_bytes = 5 + sum(column.max_wire_bytes for column in self.columns)
        self.row: Callable[[DeviceEvent], tuple[Any, ...]] = attrgetter(*self.names)
        self._presenters = tuple(
            (place, column.present)
            for place, column in enumerate(self.columns)
            if column.present is not None
        )

    def encode(self, event: DeviceEvent) -> bytes:
        """Return the event's wire form."""
        return _encode(self.row(event))

    def event(self, row: Row) -> DeviceEvent:
        """Return the event a row came from, with its stored values."""
        return self.event_class(**dict(zip(self.names, row, strict=True)))

    def present(self, row: Row) -> Row:
        """Turn stored values into what a script sees, in place, and return the row."""
        for place, presenter in self._presenters:
            row[place] = presenter(row[place])
        return row

    def as_list(self, row: Row) -> Row:
        """Return the presented values as a list."""
        return self.present(row)

    def as_namedtuple(self, row: Row) -> Any:
        """Return the presented values as the class's namedtuple."""
        for place, presenter in self._presenters:
            row[place] = presenter(row[place])
        return tuple.__new__(self.namedtuple, row)

    def as_dict(self, row: Row) -> dict[str, Any]:
        """Return the presented values by field name."""
        return dict(zip(self.names, self.present(row), strict=True))

    def as_object(self, row: Row) -> DeviceEvent:
        """Return the presented values as an object of the event class."""
        return self.event_class(**self.as_dict(row))


def _namedtuple(name: str, fields: tuple[str, ...]) -> Any:
    return namedtuple(name, fields)


_codecs: dict[type[DeviceEvent], EventCodec] = {}


def codec_of(event_class: type[DeviceEvent]) -> EventCodec:
    """Return the codec of an event class; made once for each class."""
    codec = _codecs.get(event_class)
    if codec is None:
        codec = _codecs[event_class] = EventCodec(event_class)
    return codec


def decode(record: bytes) -> Row:
    """Return the row that was encoded.

    Raises:
        msgspec.DecodeError: if the bytes are not a MessagePack array.
    """
    return _decode(record)
