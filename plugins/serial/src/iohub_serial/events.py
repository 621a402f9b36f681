"""The events of serial devices.

HDF5 strips trailing zero bytes from text columns, so a message's length is stored beside it: the
message of a row is ``data.ljust(data_length, b"\\0")``.
"""

from __future__ import annotations

from iohub_core.event import DeviceEvent, column, define_event

MAX_EVENT_BYTES = 256
"""The most bytes of a message that one event holds; ioHub's column is as wide."""

MAX_PORT_CHARS = 128

_PORT_DOC = "Name or URL of the port."


@define_event(type_id=105, type_name="SERIAL_INPUT", device="serial", table=True)
class SerialInputEvent(DeviceEvent):
    """A message came in; what a message is, the device's ``event_parser`` says.

    ``time`` is when its first byte began on the line. A message of more than 256 bytes becomes
    several events with the same ``time``; all but the last have ``remaining`` above 0.
    """

    port: str = column(f"S{MAX_PORT_CHARS}", doc=_PORT_DOC, default="")
    data: bytes = column(
        f"S{MAX_EVENT_BYTES}",
        doc="The message's bytes, without its prefix and delimiter. In a file, trailing zero "
        "bytes are missing; pad to data_length.",
        default=b"",
    )
    data_length: int = column("u2", unit="bytes", doc="How many bytes `data` has.")
    remaining: int = column(
        "u4", unit="bytes", doc="Bytes of the same message that follow in the next events."
    )
    overlong: bool = column(
        "b1",
        doc="True if the message reached max_length without its end, and was cut there; what "
        "follows it is in the next events.",
        default=False,
    )


@define_event(type_id=106, type_name="SERIAL_BYTE_CHANGE", device="serial", table=True)
class SerialByteChangeEvent(DeviceEvent):
    """A byte came in that differs from the one before it (``byte_diff: true``)."""

    port: str = column(f"S{MAX_PORT_CHARS}", doc=_PORT_DOC, default="")
    prev_byte: int = column("u1", doc="The byte before.")
    current_byte: int = column("u1", doc="The byte that came.")


@define_event(type_id=107, type_name="PSTBOX_BUTTON", device="pstbox", table=True)
class PstboxButtonEvent(DeviceEvent):
    """A button of a PST Serial Response Box went down or up."""

    port: str = column(f"S{MAX_PORT_CHARS}", doc=_PORT_DOC, default="")
    button: int = column(
        "u1", doc="Number of the button from the left, counted from 0; 5 is the voice key."
    )
    button_event: str = column("S7", doc="`press` or `release`.", default="")
