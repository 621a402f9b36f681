"""What the script holds of the Monitor device."""

from __future__ import annotations

from typing import Any

from iohub_core.client.view import DeviceView
from iohub_monitor.coordinates import DisplayGeometry, check_unit, convert_points


class MonitorView(DeviceView):
    """One display; positions have their origin at its centre and y pointing up."""

    def getPixelResolution(self) -> tuple[int, int]:
        """Return (width, height) in pixels."""
        width, height = self._call("getPixelResolution")
        return width, height

    def getPixelsPerDegree(self) -> tuple[float, float] | None:
        """Return pixels per degree at the centre, (x, y); None if size or distance is unknown."""
        density = self._call("getPixelsPerDegree")
        return None if density is None else (density[0], density[1])

    def getBounds(self) -> tuple[int, int, int, int]:
        """Return (left, top, right, bottom) in global pixels, y down."""
        left, top, right, bottom = self._call("getBounds")
        return left, top, right, bottom

    def getCoordBounds(self) -> tuple[float, float, float, float]:
        """Return (left, top, right, bottom) in the display's unit, y up."""
        left, top, right, bottom = self._call("getCoordBounds")
        return left, top, right, bottom

    def getRuntimeInfo(self) -> dict[str, Any]:
        """Return what the system says of this display; None for what it doesn't know."""
        info: dict[str, Any] = self._call("getRuntimeInfo")
        info["bounds"] = tuple(info["bounds"])
        info["pixel_resolution"] = tuple(info["pixel_resolution"])
        return info

    def convertPosition(
        self, position: Any, source: str | None = None, target: str | None = None
    ) -> Any:
        """Bring positions on this display from one unit to another.

        Args:
            position: ``(x, y)``, a sequence of such pairs, or an n×2 numpy array.
            source: the unit they are in; None for the display's (``getCoordinateType()``).
            target: the unit wanted; None for the display's.

        Returns:
            A tuple, a list of tuples, or an array. Computed in the script's process; only the
            geometry is asked of the hub.

        Raises:
            ValueError: if there is no such unit, or what it needs is not known.
        """
        own: str = self._call("getCoordinateType") if source is None or target is None else "pix"
        geometry = DisplayGeometry(**self._call("getGeometry"))
        return convert_points(
            position, check_unit(source or own), check_unit(target or own), geometry
        )
