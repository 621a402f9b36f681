"""Settings of the Monitor device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Union

import attrs
import msgspec

from iohub_core.config.settings import DeviceSettings, PositiveFloat, setting

LengthUnit = Literal["mm", "cm", "inch"]
Unit = Literal["pix", "norm", "height", "cm", "deg", "degFlat", "degFlatPos"]

CM_PER_UNIT = {"mm": 0.1, "cm": 1.0, "inch": 2.54}
"""Centimetres in each unit of length; an inch is 2.54 cm exactly (ISO 31-1)."""


@attrs.frozen(kw_only=True)
class PhysicalDimensions:
    """The size of a display's picture."""

    width: PositiveFloat = setting(doc="Width of the visible picture.")
    height: Union[PositiveFloat, None] = setting(  # noqa: UP007
        None, doc="Height of the visible picture; left out, it follows from square pixels."
    )
    unit_type: LengthUnit = setting("mm", doc="Unit of both: `mm`, `cm` or `inch`.")

    @property
    def width_cm(self) -> float:
        """The width in centimetres."""
        return self.width * CM_PER_UNIT[self.unit_type]


@attrs.frozen(kw_only=True)
class EyeDistance:
    """How far the participant's eye is from the display."""

    surface_center: PositiveFloat = setting(doc="From the eye to the centre of the picture.")
    unit_type: LengthUnit = setting("mm", doc="Unit of the distance: `mm`, `cm` or `inch`.")

    @property
    def distance_cm(self) -> float:
        """The distance in centimetres."""
        return self.surface_center * CM_PER_UNIT[self.unit_type]


@attrs.frozen(kw_only=True)
class MonitorSettings(DeviceSettings):
    """Which display the experiment is on, and what the system can't tell of it."""

    device_number: int = setting(
        0, doc="Which display: 0 is the main one, the others follow in the system's order."
    )
    reporting_unit_type: Unit = setting(
        "pix", doc="Unit of positions on this display; centre (0, 0), y up."
    )
    color_space: str = setting("rgb255", doc="Name of the colour space; kept, not used.")
    physical_dimensions: Union[PhysicalDimensions, None] = setting(  # noqa: UP007
        None, doc="Size of the picture; overrides what the system says. `cm` and `deg` need it."
    )
    default_eye_distance: Union[EyeDistance, None] = setting(  # noqa: UP007
        None, doc="Viewing distance; no system knows it. `deg` needs it."
    )
    psychopy_monitor_name: Union[str, None] = setting(  # noqa: UP007
        None, doc="Name of the PsychoPy monitor calibration; kept with the data."
    )
    override_using_psycho_settings: bool = setting(
        False, doc="Kept for ioHub's files; a window given to the launch always counts."
    )
    virtual_displays: list[dict[str, Any]] = setting(
        factory=list,
        doc="For backend `virtual`: the displays, each a map of name, x, y, width, height, "
        "width_mm, height_mm, refresh_hz, scale, primary. Empty: one of 1920 by 1080 pixels.",
    )

    def cross_check(self) -> Iterable[tuple[str, str]]:
        """Yield what is wrong with the virtual displays or the display's number."""
        if self.device_number < 0:
            yield "device_number", f"displays count from 0, found {self.device_number}"
        for place, display in enumerate(self.virtual_displays):
            try:
                virtual_display(display, place)
            except msgspec.ValidationError as error:
                yield f"virtual_displays.{place}", str(error)


class _VirtualDisplay(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: str = ""
    x: int = 0
    y: int = 0
    width: int = 1920
    height: int = 1080
    width_mm: Union[float, None] = None  # noqa: UP007
    height_mm: Union[float, None] = None  # noqa: UP007
    refresh_hz: Union[float, None] = None  # noqa: UP007
    scale: Union[float, None] = None  # noqa: UP007
    primary: bool = False


def virtual_display(given: Mapping[str, Any], place: int) -> dict[str, Any]:
    """Return a virtual display's description with all its keys.

    Raises:
        msgspec.ValidationError: if a key is unknown or a value of the wrong type.
    """
    made = msgspec.structs.asdict(msgspec.convert(given, _VirtualDisplay, strict=True))
    made["name"] = made["name"] or f"virtual-{place}"
    return made
