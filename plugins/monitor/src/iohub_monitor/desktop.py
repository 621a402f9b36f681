"""The desktop's displays with their geometry: global pixels to positions and back."""

from __future__ import annotations

from collections.abc import Callable

from iohub_core.errors import DeviceError
from iohub_monitor.config import MonitorSettings
from iohub_monitor.coordinates import FROM_PIX, TO_PIX, DisplayGeometry, convert
from iohub_monitor.displays import DisplayInfo

# Sizes that differ by more than this from square pixels are told to the user: real panels are
# square to well under 1 %, and sizes are often given in whole centimetres.
_SQUARE_WITHIN = 0.03


class Desktop:
    """All displays as one reading found them; it does not change.

    Args:
        name: the device's name, for messages.
        settings: the settings, which override what the system says of the device's own display.
        displays: the displays, the main one first.
        warn: tells the user a sentence.

    Raises:
        DeviceError: if there is no such display, or the unit needs what nobody knows.
    """

    def __init__(
        self,
        name: str,
        settings: MonitorSettings,
        displays: list[DisplayInfo],
        warn: Callable[[str], None],
    ) -> None:
        self.name = name
        self.number = settings.device_number
        self.unit = settings.reporting_unit_type
        self.displays = tuple(displays)
        self._warn = warn
        if self.number >= len(displays):
            names = ", ".join(f"{i}: {info.name}" for i, info in enumerate(displays)) or "none"
            raise DeviceError(
                f"{name}: there is no display {self.number} (device_number); displays: {names}"
            )
        self.geometry = self._own_geometry(settings)
        lacking = self.geometry.missing_for(self.unit)
        if lacking:
            raise DeviceError(
                f"{name}: positions in {self.unit!r} need {' and '.join(lacking)}, which the "
                "system does not tell; set it in the configuration, give launchHubServer a window "
                "with a calibrated monitor, or use reporting_unit_type 'pix', 'norm' or 'height'"
            )
        self._geometries = [
            self.geometry if i == self.number else self._other_geometry(info)
            for i, info in enumerate(displays)
        ]

    @property
    def own(self) -> DisplayInfo:
        """The device's own display."""
        return self.displays[self.number]

    def index_at(self, x: float, y: float) -> int | None:
        """Return the index of the display that shows the global pixel, or None outside all."""
        for index, info in enumerate(self.displays):
            if info.contains(x, y):
                return index
        return None

    def bounds(self, index: int) -> tuple[int, int, int, int]:
        """Return (left, top, right, bottom) of a display in global pixels."""
        info = self.displays[index]
        return info.x, info.y, info.x + info.width, info.y + info.height

    def position(self, x: float, y: float, index: int) -> tuple[float, float]:
        """Bring a global pixel to the unit, from the centre of display ``index``."""
        px, py = self.displays[index].from_global(x, y)
        return FROM_PIX[self._unit_on(index)](px, py, self._geometries[index])

    def pixel(self, x: float, y: float, index: int) -> tuple[float, float]:
        """Bring a position in the unit on display ``index`` to a global pixel."""
        to_pix = TO_PIX[self._unit_on(index)]
        return self.displays[index].to_global(*to_pix(x, y, self._geometries[index]))

    def convert_on(
        self,
        position: tuple[float, float],
        source: str,
        target: str,
        index: int,
        size: tuple[float, float] | None,
        pix_per_cm: float | None,
        distance_cm: float | None,
    ) -> tuple[float, float]:
        """Bring a position on a display, or on an area of it, from one unit to another."""
        known = self._geometries[index]
        width, height = size or (known.width_pix, known.height_pix)
        geometry = DisplayGeometry(
            width_pix=width,
            height_pix=height,
            pix_per_cm=pix_per_cm or known.pix_per_cm,
            distance_cm=distance_cm or known.distance_cm,
        )
        return convert(*position, source, target, geometry)

    def coord_bounds(self) -> tuple[float, float, float, float]:
        """Return (left, top, right, bottom) of the own display in the unit.

        Each edge is taken on its axis: in degFlat a corner's x is smaller than the edge's.
        """
        from_pix = FROM_PIX[self.unit]
        width = from_pix(self.own.width / 2, 0.0, self.geometry)[0]
        height = from_pix(0.0, self.own.height / 2, self.geometry)[1]
        return -width, height, width, -height

    def _own_geometry(self, settings: MonitorSettings) -> DisplayGeometry:
        info, size, eye = self.own, settings.physical_dimensions, settings.default_eye_distance
        width_cm = size.width_cm if size else info.width_mm and info.width_mm / 10
        if size and size.height:
            self._check_square(info, size.width, size.height)
        return DisplayGeometry(
            width_pix=info.width,
            height_pix=info.height,
            pix_per_cm=info.width / width_cm if width_cm else None,
            distance_cm=eye.distance_cm if eye else None,
        )

    def _other_geometry(self, info: DisplayInfo) -> DisplayGeometry:
        own = self.geometry
        return DisplayGeometry(
            width_pix=info.width,
            height_pix=info.height,
            pix_per_cm=info.width * 10 / info.width_mm if info.width_mm else own.pix_per_cm,
            distance_cm=own.distance_cm,
        )

    def _check_square(self, info: DisplayInfo, width: float, height: float) -> None:
        ratio = (info.width / width) / (info.height / height)
        if abs(ratio - 1) > _SQUARE_WITHIN:
            self._warn(
                f"{self.name}: {info.width} x {info.height} pixels on physical_dimensions "
                f"{width:g} x {height:g} would not be square; positions in cm and degrees use the "
                "width alone, so check the width"
            )

    def _unit_on(self, index: int) -> str:
        if (
            index != self.number
            and self.unit in {"cm", "deg", "degFlat", "degFlatPos"}
            and not self.displays[index].width_mm
        ):
            self._warn(
                f"{self.name}: the size of display {index} ({self.displays[index].name}) is not "
                f"known; its positions in {self.unit!r} take its pixels to be as large as those "
                f"of display {self.number}"
            )
        return self.unit
