"""The base of all events, and how an event class is declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import attrs

from iohub_core.event.column import column

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Callable[[Any], Any]:
        return lambda function: function


_C = TypeVar("_C", bound=type)

FIRST_THIRD_PARTY_TYPE_ID = 1000
"""Event type ids from here up are free for plugins of other authors."""


# column() is no field specifier here: type checkers then take what is assigned for the default.
@dataclass_transform(kw_only_default=True, eq_default=False)
def define_event(
    *, type_id: int, type_name: str = "", device: str = "", table: bool = False
) -> Callable[[_C], _C]:
    """Declare an event class (a class decorator).

    Args:
        type_id: the number that stands in the event's ``type`` field; ids below 1000 are ioHub's.
        type_name: the constant's name, e.g. ``KEYBOARD_PRESS``; made from the class name if empty.
        device: the device type whose folder holds the table in a data file, e.g. ``keyboard``;
            inherited if empty.
        table: True if the class has a table of its own in a data file; a class without one is
            stored in the table of its nearest parent that has one.
    """

    def declare(cls: _C) -> _C:
        made: Any = attrs.define(slots=True, kw_only=True, eq=False)(cls)
        made.EVENT_TYPE_ID = type_id
        made.EVENT_TYPE_STRING = type_name or made.__name__.upper()
        if device:
            made.DEVICE = device
        if table:
            made.TABLE = made.__name__
        return made  # type: ignore[no-any-return]

    return declare


@define_event(type_id=1, type_name="DEVICE_EVENT")
class DeviceEvent:
    """What every event carries, whichever device it comes from.

    Inside the hub the fields hold what is stored in the file; what a script gets has passed
    through each column's ``present`` (the ``modifiers`` mask becomes a list of names).
    """

    EVENT_TYPE_ID: ClassVar[int]
    EVENT_TYPE_STRING: ClassVar[str]
    DEVICE: ClassVar[str] = ""
    TABLE: ClassVar[str] = ""

    experiment_id: int = column(
        "u4", doc="Number of the experiment in the data file; 0 when nothing is recorded."
    )
    session_id: int = column(
        "u4", doc="Number of the session in the data file; 0 when nothing is recorded."
    )
    device_id: int = column(
        "u2",
        doc="Which physical device sent the event, where the backend can tell devices apart; "
        "0 where it can't.",
    )
    event_id: int = column(
        "u4", doc="Number of the event in its session, counting up from 1 over all devices."
    )
    type: int = column("u2", doc="The event type's number; EventConstants has the names.")
    device_time: float = column(
        "f8",
        unit="s",
        doc="The device's own time stamp, in seconds of the device's own clock; 0 if it has none.",
    )
    logged_time: float = column(
        "f8", unit="s", doc="Hub time at which the hub's code got the event."
    )
    time: float = column(
        "f8",
        unit="s",
        doc="Best estimate of the hub time at which the event happened; never later than "
        "logged_time. The field to compare across devices.",
    )
    confidence_interval: float = column(
        "f4",
        unit="s",
        doc="Half-width of the interval around time that holds the true time with at least 95 % "
        "probability; 0 if it is not known.",
    )
    delay: float = column(
        "f4", unit="s", doc="logged_time - time: how long the event took to reach the hub."
    )
    filter_id: int = column(
        "i2", doc="Number of the filter that made this event; 0 for an event of the device itself."
    )

    def __attrs_post_init__(self) -> None:
        if not self.type:
            self.type = self.EVENT_TYPE_ID
