"""Settings of the Keyboard device."""

from __future__ import annotations

from typing import Literal

import attrs

from iohub_core.config import DeviceSettings, setting
from iohub_core.config.settings import NonNegativeFloat, PositiveFloat, PositiveInt


@attrs.frozen(kw_only=True)
class VirtualKeyboardSettings:
    """How the virtual keyboard behaves."""

    latency: NonNegativeFloat = setting(
        0.0, doc="Seconds from a simulated key to its arrival in the hub."
    )
    repeat_delay: PositiveFloat = setting(0.5, doc="Seconds until a held key repeats.")
    repeat_interval: PositiveFloat = setting(0.033, doc="Seconds between repeats of a held key.")
    # As fine as the hub's own: a key simulated right after clearEvents() is surely after it.
    tick: PositiveFloat = setting(1e-6, doc="Seconds in a tick of its clock; stamps are whole.")
    clock_offset: float = setting(0.0, doc="Seconds its clock shows at 0 s of the experiment.")
    clock_drift_ppm: float = setting(0.0, doc="Microseconds its clock gains in a second.")


@attrs.frozen(kw_only=True)
class KeyboardSettings(DeviceSettings):
    """Settings of the Keyboard device."""

    event_buffer_length: PositiveInt = setting(
        256, doc="Most unread events kept for the script; when full, the oldest is dropped."
    )
    use_keymap: Literal["legacy", "psychopy"] = setting(
        "legacy", doc="Which names keys have: `legacy` as ioHub's, `psychopy` as PsychoPy's."
    )
    report_auto_repeat_press_events: bool = setting(
        False, doc="Whether the presses that a held key repeats are reported."
    )
    report_system_wide_events: bool = setting(
        True,
        doc="False reports keys only while a window of the experiment has the focus.",
    )
    virtual: VirtualKeyboardSettings = setting(
        factory=VirtualKeyboardSettings, doc="How `backend: virtual` behaves."
    )
