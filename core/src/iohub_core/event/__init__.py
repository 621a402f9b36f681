"""Events: declared once, field by field; every other form is derived from the declaration."""

from iohub_core.event.codec import EventCodec, codec_of
from iohub_core.event.column import Column, column, columns_of
from iohub_core.event.model import DeviceEvent, define_event
from iohub_core.event.registry import EventRegistry

__all__ = [
    "Column",
    "DeviceEvent",
    "EventCodec",
    "EventRegistry",
    "codec_of",
    "column",
    "columns_of",
    "define_event",
]
