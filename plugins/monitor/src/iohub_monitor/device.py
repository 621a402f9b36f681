"""The hub's side of the Monitor device: what is known of the displays, and their coordinates."""

from __future__ import annotations

from typing import Any

import attrs

from iohub_core.devices import Device, DeviceContext, remote_method
from iohub_core.errors import DeviceError
from iohub_monitor.backends.base import DisplayBackend
from iohub_monitor.config import MonitorSettings
from iohub_monitor.coordinates import check_unit, convert_points
from iohub_monitor.desktop import Desktop


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
        self._desktop: Desktop | None = None
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
        self._desktop = Desktop(self.name, self.settings, displays, self._warn_once)

    def _warn_once(self, sentence: str) -> None:
        if sentence not in self._warned:
            self._warned.add(sentence)
            self.context.warn(sentence)

    @property
    def desktop(self) -> Desktop:
        """The displays as last read.

        Raises:
            DeviceError: if the device is not open.
        """
        if self._desktop is None:
            raise DeviceError(f"{self.name} is not open, so its displays are not known")
        return self._desktop

    # -- for other devices (DisplaySource, DisplayUnits) --------------------------------------

    def display_count(self) -> int:
        """Return how many displays there are."""
        return len(self.desktop.displays)

    def display_index_at(self, x: float, y: float) -> int | None:
        """Return the index of the display that shows the global pixel, or None outside all."""
        return self.desktop.index_at(x, y)

    def pixel_to_display(self, x: float, y: float, index: int) -> tuple[float, float]:
        """Bring a global pixel to this device's unit, from the centre of display ``index``."""
        return self.desktop.position(x, y, index)

    def display_to_pixel(self, x: float, y: float, index: int) -> tuple[float, float]:
        """Bring a position in this device's unit on display ``index`` to a global pixel."""
        return self.desktop.pixel(x, y, index)

    def display_bounds(self, index: int) -> tuple[int, int, int, int]:
        """Return (left, top, right, bottom) of a display in global pixels."""
        return self.desktop.bounds(index)

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
        return self.desktop.convert_on(
            position, source, target, index, size, pix_per_cm, distance_cm
        )

    # -- called from the script ---------------------------------------------------------------

    @remote_method
    def getIndex(self) -> int:
        """Return which display this device is; 0 is the main one."""
        return self.settings.device_number

    @remote_method
    def getDisplayCount(self) -> int:
        """Return how many displays the desktop has."""
        return self.display_count()

    @remote_method
    def refreshDisplays(self) -> int:
        """Read the displays anew, after one was plugged in or out; return how many there are.

        Raises:
            DeviceError: if this device's display is gone; nothing has changed then.
        """
        self._read()
        return self.display_count()

    @remote_method
    def getRuntimeInfo(self) -> dict[str, Any]:
        """Return what the system says of this display; None for what it doesn't know.

        Keys: index, name, primary, bounds (left, top, right, bottom in global pixels),
        pixel_resolution, width_mm, height_mm, retrace_rate (Hz), scale.
        """
        info = self.desktop.own
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
        density = self.desktop.geometry.pix_per_deg
        return None if density is None else [density, density]

    @remote_method
    def getPixelResolution(self) -> list[int]:
        """Return (width, height) in pixels."""
        return [self.desktop.own.width, self.desktop.own.height]

    @remote_method
    def getRetraceInterval(self) -> float | None:
        """Return the seconds between two refreshes as the system gives them, or None."""
        rate = self.desktop.own.refresh_hz
        return 1 / rate if rate else None

    @remote_method
    def getBounds(self) -> list[int]:
        """Return (left, top, right, bottom) in global pixels, y down; right and bottom are the
        first pixels outside."""
        return list(self.display_bounds(self.settings.device_number))

    @remote_method
    def getCoordBounds(self) -> list[float]:
        """Return (left, top, right, bottom) in the display's unit, y up."""
        return list(self.desktop.coord_bounds())

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
        size, info = self.settings.physical_dimensions, self.desktop.own
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
        return attrs.asdict(self.desktop.geometry)

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
        return convert_points(position, source, target, self.desktop.geometry)
