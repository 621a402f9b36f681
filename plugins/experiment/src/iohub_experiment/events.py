"""The events of the Experiment device."""

from __future__ import annotations

from iohub_core.event import DeviceEvent, column, define_event

TEXT_LIMIT = 128
CATEGORY_LIMIT = 32

LOG_LEVELS = {
    50: "CRITICAL",
    40: "ERROR",
    30: "WARNING",
    25: "DATA",
    22: "EXP",
    20: "INFO",
    10: "DEBUG",
    0: "NOTSET",
}


@define_event(type_id=151, type_name="MESSAGE", device="experiment", table=True)
class MessageEvent(DeviceEvent):
    """A message the script sent; the script is its device, so its time is the script's own."""

    msg_offset: float = column(
        "f4",
        unit="s",
        doc="What the script added to the time stamp (the `offset` argument); it is contained in "
        "time already.",
    )
    category: str = column(
        "S128",
        doc="A code to group messages by; empty if the script gave none.",
        max_chars=CATEGORY_LIMIT,
    )
    text: str = column("S512", doc="The message.", max_chars=TEXT_LIMIT)


@define_event(type_id=152, type_name="LOG", device="experiment", table=True)
class LogEvent(DeviceEvent):
    """A log record of the hub, or a line the script logged."""

    log_level: int = column("u1", doc="How serious it is.", names=LOG_LEVELS)
    text: str = column(
        "S512",
        doc="What was logged; a longer text goes on in further events of the same time, each of "
        "which begins with an ellipsis.",
        max_chars=TEXT_LIMIT,
    )
