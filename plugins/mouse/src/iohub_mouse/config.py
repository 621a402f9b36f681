"""Settings of the Mouse device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Union

import attrs

from iohub_core.config.settings import (
    DeviceSettings,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    setting,
)
from iohub_mouse.windows import window_from


@attrs.frozen(kw_only=True)
class VirtualClockSettings:
    """A clock of its own for the virtual mouse, to try how device time becomes hub time."""

    tick_s: PositiveFloat = setting(0.001, doc="Length of a tick; stamps are whole ticks.")
    offset_s: float = setting(0.0, doc="What the clock shows at 0 s of the experiment.")
    drift_ppm: float = setting(0.0, doc="Microseconds it gains in a second.")
    wrap: Union[PositiveInt, None] = setting(  # noqa: UP007
        None, doc="Count of ticks at which it starts again at 0."
    )
    latency_s: NonNegativeFloat = setting(0.0, doc="How long before its arrival an event happened.")


@attrs.frozen(kw_only=True)
class MouseSettings(DeviceSettings):
    """What the mouse reports, and where."""

    event_buffer_length: PositiveInt = setting(
        256, doc="Most unread events kept for the script; when full, the oldest is dropped."
    )
    report_system_wide_events: bool = setting(
        True, doc="False leaves out events outside the script's registered windows."
    )
    enable_multi_window: bool = setting(
        False,
        doc="True reports positions inside a registered window in the window's own unit, from "
        "its centre.",
    )
    windows: list[dict[str, Any]] = setting(
        factory=list,
        doc="Windows registered from the start; filled in from the window given to the launch.",
    )
    multi_click_interval: Union[PositiveFloat, None] = setting(  # noqa: UP007
        None,
        doc="Most seconds between the presses of a multi-click; null for the system's own, or "
        "0.5 s where the system has none (X11).",
    )
    multi_click_distance: NonNegativeFloat = setting(
        5.0, doc="Most pixels between the presses of a multi-click, along each axis."
    )
    virtual_clock: Union[VirtualClockSettings, None] = setting(  # noqa: UP007
        None, doc="For backend `virtual`: a device clock; null for the hub's own time."
    )
    virtual_size: list[PositiveInt] = setting(
        factory=list,
        doc="For backend `virtual` without a monitor device: the desktop's width and height in "
        "pixels; empty for no limit.",
    )

    def cross_check(self) -> Iterable[tuple[str, str]]:
        """Yield what is wrong with the windows."""
        for place, window in enumerate(self.windows):
            fault = _fault(window)
            if fault:
                yield f"windows.{place}", fault
        if len(self.virtual_size) not in {0, 2}:
            yield "virtual_size", "expected width and height"


def _fault(window: Mapping[str, Any]) -> str:
    try:
        window_from(window)
    except ValueError as error:
        return str(error)
    return ""
