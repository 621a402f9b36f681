"""Events that were published together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from iohub_core.event import DeviceEvent

if TYPE_CHECKING:
    from iohub_core.devices.device import Device


# Not frozen: that would cost every event 0.5 µs. Nobody is to change one.
@attrs.define(eq=False)
class Batch:
    """One device's events of one moment, sorted by time, with their wire form.

    Attributes:
        device: the device that published them.
        events: the events.
        records: their encoded rows (see :mod:`iohub_core.event.codec`), in the same order.
    """

    device: Device
    events: Sequence[DeviceEvent]
    records: Sequence[bytes]
