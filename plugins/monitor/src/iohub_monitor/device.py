"""The hub's side of the Monitor device: what is known of the displays, and their coordinates."""

from __future__ import annotations

from typing import Any

import attrs

from iohub_core.devices import Device, DeviceContext, remote_method
from iohub_core.errors import DeviceError
from iohub_monitor.backends.base import DisplayBackend
from iohub_monitor.config import MonitorSettings
from iohub_monitor.coordinates import (
    FROM_PIX,
    TO_PIX,
    DisplayGeometry,
    check_unit,
    convert,
    convert_points,
)
from iohub_monitor.displays import DisplayInfo

# Sizes that differ by more than this from square pixels are told to the user: real panels are
# square to well under 1 %, and sizes are often given in whole centimetres.
_SQUARE_WITHIN = 0.03


class MonitorDevice(Device):
    """One display of the desktop, and the coordinates of all of them.

    It sends no events. It is the :class:`~iohub_core.devices.capabilities.DisplaySource`
    and :class:`~iohub_core.devices.capabilities.DisplayUnits` of the other devices.
    """

    settings: MonitorSettings

    def __init__(
        self, settings: MonitorSettings, context: DeviceContext, backend: DisplayBackend
    ) -> None:
        super().__init__(settings, context, backend)
        self._source = backend
        self._displays: list[DisplayInfo] = []
        self._geometries: list[DisplayGeometry] = []
        self._warned: set[str] = set()

    def open(self) -> None:
        """Read the displays.

        Raises:
            DeviceError: if there is no such display, or the unit needs what nobody knows.
        """
        super().open()
        self._read()

    def _read(self) -> None:
        displays = self._source.displays()
        number = self.settings.device_number
        if number >= len(displays):
            names = ", ".join(f"{i}: {info.name}" for i, info in enumerate(displays)) or "none"
            raise DeviceError(
                f"{self.name}: there is no display {number} (device_number); displays: {names}"
            )
        own = self._own_geometry(displays[number])
        lacking = own.missing_for(self.settings.reporting_unit_type)
        if lacking:
            raise DeviceError(
                f"{self.name}: positions in {self.settings.reporting_unit_type!r} need "
                f"{' and '.join(lacking)}, which the system does not tell; set it in the "
                "configuration, give launchHubServer a window with a calibrated monitor, or use "
                "reporting_unit_type 'pix', 'norm' or 'height'"
            )
        self._geometries = [
            own if i == number else self._other_geometry(info, own)
            for i, info in enumerate(displays)
        ]
        self._displays = displays

    def _own_geometry(self, info: DisplayInfo) -> DisplayGeometry:
        size, eye = self.settings.physical_dimensions, self.settings.default_eye_distance
        width_cm = size.width_cm if size else info.width_mm and info.width_mm / 10
        geometry = DisplayGeometry(
            width_pix=info.width,
            height_pix=info.height,
            pix_per_cm=info.width / width_cm if width_cm else None,
            distance_cm=eye.distance_cm if eye else None,
        )
        if size and size.height:
            self._check_square(info, size.width, size.height)
        return geometry

    def _check_square(self, info: DisplayInfo, width: float, height: float) -> None:
        ratio = (info.width / width) / (info.height / height)
        if abs(ratio - 1) > _SQUARE_WITHIN:
            self._warn_once(
                f"{self.name}: {info.width} x {info.height} pixels on physical_dimensions "
                f"{width:g} x {height:g} would not be square; positions in cm and degrees use the "
                "width alone, so check the width"
            )

    def _other_geometry(self, info: DisplayInfo, own: DisplayGeometry) -> DisplayGeometry:
        return DisplayGeometry(
            width_pix=info.width,
            height_pix=info.height,
            pix_per_cm=info.width * 10 / info.width_mm if info.width_mm else own.pix_per_cm,
            distance_cm=own.distance_cm,
        )

    def _warn_once(self, sentence: str) -> None:
        if sentence not in self._warned:
            self._warned.add(sentence)
            self.context.warn(sentence)

    @property
    def _own(self) -> DisplayInfo:
        return self._displays[self.settings.device_number]

    @property
    def _geometry(self) -> DisplayGeometry:
        return self._geometries[self.settings.device_number]

    # -- for other devices (DisplaySource) ----------------------------------------------------

    def display_count(self) -> int:
        """Return how many displays there are."""
        return len(self._displays)

    def display_index_at(self, x: float, y: float) -> int | None:
        """Return the index of the display that shows the global pixel, or None outside all."""
        for index, info in enumerate(self._displays):
            if info.contains(x, y):
                return index
        return None

    def pixel_to_display(self, x: float, y: float, index: int) -> tuple[float, float]:
        """Bring a global pixel to this device's unit, from the centre of display ``index``."""
        px, py = self._displays[index].from_global(x, y)
        return FROM_PIX[self._unit_on(index)](px, py, self._geometries[index])

    def display_to_pixel(self, x: float, y: float, index: int) -> tuple[float, float]:
        """Bring a position in this device's unit on display ``index`` to a global pixel."""
        unit = self._unit_on(index)
        return self._displays[index].to_global(*TO_PIX[unit](x, y, self._geometries[index]))

    def display_bounds(self, index: int) -> tuple[int, int, int, int]:
        """Return (left, top, right, bottom) of a display in global pixels."""
        info = self._displays[index]
        return info.x, info.y, info.x + info.width, info.y + info.height

    def convert_on(
        self,
        position: tuple[float, float],
        source: str,
        target: str,
        index: int,
        *,
        size: tuple[float, float] | None = None,
        pix_per_cm: float | None = None,
        distance_cm: float | None = None,
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

    def _unit_on(self, index: int) -> str:
        unit = self.settings.reporting_unit_type
        if (
            index != self.settings.device_number
            and unit in {"cm", "deg", "degFlat", "degFlatPos"}
            and not self._displays[index].width_mm
        ):
            self._warn_once(
                f"{self.name}: the size of display {index} ({self._displays[index].name}) is not "
                f"known; its positions in {unit!r} take its pixels to be as large as those of "
                f"display {self.settings.device_number}"
            )
        return unit

    # -- called from the script ---------------------------------------------------------------

    @remote_method
    def getIndex(self) -> int:
        """Return which display this device is; 0 is the main one."""
        return self.settings.device_number

    @remote_method
    def getDisplayCount(self) -> int:
        """Return how many displays the desktop has."""
        return len(self._displays)

    @remote_method
    def refreshDisplays(self) -> int:
        """Read the displays anew, after one was plugged in or out; return how many there are.

        Raises:
            DeviceError: if this device's display is gone; nothing has changed then.
        """
        self._read()
        return len(self._displays)

    @remote_method
    def getRuntimeInfo(self) -> dict[str, Any]:
        """Return what the system says of this display; None for what it doesn't know.

        Keys: index, name, primary, bounds (left, top, right, bottom in global pixels),
        pixel_resolution, width_mm, height_mm, retrace_rate (Hz), scale.
        """
        info = self._own
        return {
            "index": self.settings.device_number,
            "name": info.name,
            "primary": info.primary,
            "bounds": list(self.display_bounds(self.settings.device_number)),
            "pixel_resolution": [info.width, info.height],
            "width_mm": info.width_mm,
            "height_mm": info.height_mm,
            "retrace_rate": info.refresh_hz,
            "scale": info.scale,
        }

    @remote_method
    def getCoordinateType(self) -> str:
        """Return the unit of positions on this display."""
        return self.settings.reporting_unit_type

    @remote_method
    def getColorSpace(self) -> str:
        """Return the colour space of the settings."""
        return self.settings.color_space

    @remote_method
    def getPixelsPerDegree(self) -> list[float] | None:
        """Return pixels per degree at the centre, (x, y); None if size or distance is unknown."""
        density = self._geometry.pix_per_deg
        return None if density is None else [density, density]

    @remote_method
    def getPixelResolution(self) -> list[int]:
        """Return (width, height) in pixels."""
        return [self._own.width, self._own.height]

    @remote_method
    def getRetraceInterval(self) -> float | None:
        """Return the seconds between two refreshes as the system gives them, or None."""
        rate = self._own.refresh_hz
        return 1 / rate if rate else None

    @remote_method
    def getBounds(self) -> list[int]:
        """Return (left, top, right, bottom) in global pixels, y down; right and bottom are the
        first pixels outside."""
        return list(self.display_bounds(self.settings.device_number))

    @remote_method
    def getCoordBounds(self) -> list[float]:
        """Return (left, top, right, bottom) in the display's unit, y up."""
        left, top, right, bottom = self.display_bounds(self.settings.device_number)
        unit = self.settings.reporting_unit_type
        # Each edge is taken on its axis: in degFlat a corner's x is smaller than the edge's.
        half_w, half_h = (right - left) / 2, (bottom - top) / 2
        width = FROM_PIX[unit](half_w, 0.0, self._geometry)[0]
        height = FROM_PIX[unit](0.0, half_h, self._geometry)[1]
        return [-width, height, width, -height]

    @remote_method
    def getDefaultEyeDistance(self) -> float | None:
        """Return the viewing distance in the unit of the setting, or None if it is not set."""
        eye = self.settings.default_eye_distance
        return eye.surface_center if eye else None

    @remote_method
    def getPhysicalDimensions(self) -> dict[str, Any]:
        """Return width, height and unit_type of the picture.

        The setting's, or else the system's in mm; None for what is not known. A height left out
        of the setting follows from square pixels.
        """
        size, info = self.settings.physical_dimensions, self._own
        if size is None:
            return {"width": info.width_mm, "height": info.height_mm, "unit_type": "mm"}
        height = size.height or size.width * info.height / info.width
        return {"width": size.width, "height": height, "unit_type": size.unit_type}

    @remote_method
    def getPsychopyMonitorName(self) -> str | None:
        """Return the name of the PsychoPy monitor calibration, or None."""
        return self.settings.psychopy_monitor_name

    @remote_method
    def getGeometry(self) -> dict[str, Any]:
        """Return what conversions on this display need; see DisplayGeometry."""
        return attrs.asdict(self._geometry)

    @remote_method
    def convertPosition(
        self, position: list[Any], source: str | None = None, target: str | None = None
    ) -> Any:
        """Bring one position ``[x, y]``, or a list of them, from one unit to another.

        Args:
            position: the position or positions, from this display's centre, y up.
            source: the unit they are in; None for the display's.
            target: the unit wanted; None for the display's.

        Raises:
            ValueError: if there is no such unit, or what it needs is not known.
        """
        own = self.settings.reporting_unit_type
        source, target = check_unit(source or own), check_unit(target or own)
        return convert_points(position, source, target, self._geometry)
