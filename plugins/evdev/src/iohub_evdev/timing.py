"""The kernel's stamps."""

from __future__ import annotations

from collections.abc import Sequence

from iohub_core.clocksync import ClockConverter
from iohub_core.devices.backend import BackendContext
from iohub_evdev.node import Node

TICK_S = 1e-6
INTERRUPT_S = 20e-6
"""How late after the interrupt's cause the kernel may stamp it."""


def converter_for(nodes: Sequence[Node], context: BackendContext) -> ClockConverter:
    """Return the converter of microseconds on CLOCK_MONOTONIC.

    On a kernel that could not be told to use that clock, the offset is estimated.
    """
    known = all(node.monotonic for node in nodes)
    return ClockConverter(
        tick_s=TICK_S,
        resolution_s=TICK_S,
        monotonic_zero=context.clock.zero if known else None,
        stamp_lag_s=INTERRUPT_S,
    )
