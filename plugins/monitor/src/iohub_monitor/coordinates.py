"""Positions on a display, in every unit, each way.

All units have their origin at the centre of the display and y pointing up. Every conversion takes
``x`` and ``y`` as numbers, as sequences of numbers, or as numpy arrays, and returns a pair of the
same kind; nothing here imports numpy, it is used when the caller's arrays bring it along.

The units are those of PsychoPy (https://www.psychopy.org/general/units.html), so that a mouse
position and a stimulus position in the same unit are the same place. As there, pixels are taken
to be square: centimetres come from the display's width, for both axes.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from numbers import Real
from typing import Any

import attrs

from iohub_monitor.arrays import Conversion, Functions, for_any_shape

UNITS = ("pix", "norm", "height", "cm", "deg", "degFlat", "degFlatPos")
"""The names of the units."""


@attrs.frozen(kw_only=True)
class DisplayGeometry:
    """What the conversions need to know of a display (or a window on it).

    Attributes:
        width_pix: width in pixels.
        height_pix: height in pixels.
        pix_per_cm: pixels in a centimetre, along both axes; None if the size is not known.
        distance_cm: from the eye to the centre of the display; None if it is not known.
    """

    width_pix: float
    height_pix: float
    pix_per_cm: float | None = None
    distance_cm: float | None = None

    @property
    def pix_per_deg(self) -> float | None:
        """Pixels in the degree next to the centre, or None if size or distance is not known.

        One degree at distance d spans d·tan(1°) of a flat display seen head-on.
        """
        if self.pix_per_cm is None or self.distance_cm is None:
            return None
        return self.pix_per_cm * self.distance_cm * math.tan(math.radians(1.0))

    def missing_for(self, unit: str) -> tuple[str, ...]:
        """Return the settings that conversions to or from ``unit`` lack; empty if none."""
        lacking = []
        if unit in {"cm", "deg", "degFlat", "degFlatPos"} and self.pix_per_cm is None:
            lacking.append("physical_dimensions")
        if unit in {"deg", "degFlat", "degFlatPos"} and self.distance_cm is None:
            lacking.append("default_eye_distance")
        return tuple(lacking)


def _pix_per_cm(geometry: DisplayGeometry) -> float:
    if geometry.pix_per_cm is None:
        raise ValueError(
            "centimetres and degrees need the display's physical size, which is not known; set "
            "physical_dimensions of the Monitor device, or give launchHubServer a window whose "
            "monitor has a width"
        )
    return geometry.pix_per_cm


def _distance_cm(geometry: DisplayGeometry) -> float:
    if geometry.distance_cm is None:
        raise ValueError(
            "degrees need the viewing distance, which is not known; set default_eye_distance of "
            "the Monitor device, or give launchHubServer a window whose monitor has a distance"
        )
    return geometry.distance_cm


def _pix_per_deg(geometry: DisplayGeometry) -> float:
    return _pix_per_cm(geometry) * _distance_cm(geometry) * math.tan(math.radians(1.0))


@for_any_shape
def pix_to_pix(x: Any, y: Any, geometry: DisplayGeometry, f: Functions) -> tuple[Any, Any]:
    """Pixels, as they are."""
    return x, y


@for_any_shape
def pix_to_norm(x: Any, y: Any, geometry: DisplayGeometry, f: Functions) -> tuple[Any, Any]:
    """x / (width/2), y / (height/2): the edges are at -1 and 1.

    Source: PsychoPy's manual, "Normalised units": top right is (1, 1), bottom left (-1, -1).
    """
    return x * 2 / geometry.width_pix, y * 2 / geometry.height_pix


@for_any_shape
def norm_to_pix(x: Any, y: Any, geometry: DisplayGeometry, f: Functions) -> tuple[Any, Any]:
    """The inverse of :func:`pix_to_norm`."""
    return x * geometry.width_pix / 2, y * geometry.height_pix / 2


@for_any_shape
def pix_to_height(x: Any, y: Any, geometry: DisplayGeometry, f: Functions) -> tuple[Any, Any]:
    """x / height, y / height: top and bottom are at 0.5 and -0.5, left and right at ± half the
    aspect ratio.

    Source: PsychoPy's manual, "Height units".
    """
    return x / geometry.height_pix, y / geometry.height_pix


@for_any_shape
def height_to_pix(x: Any, y: Any, geometry: DisplayGeometry, f: Functions) -> tuple[Any, Any]:
    """The inverse of :func:`pix_to_height`."""
    return x * geometry.height_pix, y * geometry.height_pix


@for_any_shape
def pix_to_cm(x: Any, y: Any, geometry: DisplayGeometry, f: Functions) -> tuple[Any, Any]:
    """x / (pixels in a centimetre), y likewise.

    Source: PsychoPy's manual, "Centimeters on screen": from the width in centimetres and in
    pixels, square pixels assumed.
    """
    density = _pix_per_cm(geometry)
    return x / density, y / density


@for_any_shape
def cm_to_pix(x: Any, y: Any, geometry: DisplayGeometry, f: Functions) -> tuple[Any, Any]:
    """The inverse of :func:`pix_to_cm`."""
    density = _pix_per_cm(geometry)
    return x * density, y * density


@for_any_shape
def pix_to_deg(x: Any, y: Any, geometry: DisplayGeometry, f: Functions) -> tuple[Any, Any]:
    """x / (pixels in the degree at the centre), y likewise.

    Source: PsychoPy's manual, "Degrees of visual angle": every degree is taken to be as large as
    one at the centre, d·tan(1°), so a place that the eye sees at 14° comes out 2 % too large.
    """
    density = _pix_per_deg(geometry)
    return x / density, y / density


@for_any_shape
def deg_to_pix(x: Any, y: Any, geometry: DisplayGeometry, f: Functions) -> tuple[Any, Any]:
    """The inverse of :func:`pix_to_deg`."""
    density = _pix_per_deg(geometry)
    return x * density, y * density


@for_any_shape
def pix_to_deg_flat(x: Any, y: Any, geometry: DisplayGeometry, f: Functions) -> tuple[Any, Any]:
    """The angles at which the eye sees the point on a flat display:

        horizontal = atan(x / √(d² + y²)),  vertical = atan(y / √(d² + x²))

    with x, y and the distance d in one unit of length. The angle along one axis is measured from
    the place on the other axis, which is farther from the eye than the centre.

    Source: PsychoPy's manual, degFlat ("corrects for flatness of the screen"); the geometry is
    that of a point (x, y, d) seen from the origin. degFlatPos differs from degFlat in the sizes
    of stimuli only, so for positions both are this.
    """
    density, distance = _pix_per_cm(geometry), _distance_cm(geometry)
    x, y = x / density, y / density
    return (
        f.degrees(f.atan2(x, f.hypot(distance, y))),
        f.degrees(f.atan2(y, f.hypot(distance, x))),
    )


@for_any_shape
def deg_flat_to_pix(x: Any, y: Any, geometry: DisplayGeometry, f: Functions) -> tuple[Any, Any]:
    """The exact inverse of :func:`pix_to_deg_flat`.

    With h = tan(horizontal) and v = tan(vertical), solving its two equations for x and y gives

        x = d·h·√((1 + v²) / (1 - h²v²)),  y = d·v·√((1 + h²) / (1 - h²v²))

    Raises:
        ValueError: if no point of the plane is seen at these angles, which is so from
            |horizontal| + |vertical| = 90° on.
    """
    density, distance = _pix_per_cm(geometry), _distance_cm(geometry)
    # 1 - h²v² vanishes where |x| + |y| = 90°; beyond, tan has no meaning for a plane.
    if f.any(abs(x) + abs(y) >= 90):
        raise ValueError(
            f"({x}, {y}) degrees is not on any flat display: the two angles together must stay "
            "under 90°"
        )
    h, v = f.tan(f.radians(x)), f.tan(f.radians(y))
    scale = distance * density / f.sqrt(1 - (h * v) ** 2)
    return h * scale * f.hypot(1, v), v * scale * f.hypot(1, h)


FROM_PIX: dict[str, Conversion] = {
    "pix": pix_to_pix,
    "norm": pix_to_norm,
    "height": pix_to_height,
    "cm": pix_to_cm,
    "deg": pix_to_deg,
    "degFlat": pix_to_deg_flat,
    "degFlatPos": pix_to_deg_flat,
}
TO_PIX: dict[str, Conversion] = {
    "pix": pix_to_pix,
    "norm": norm_to_pix,
    "height": height_to_pix,
    "cm": cm_to_pix,
    "deg": deg_to_pix,
    "degFlat": deg_flat_to_pix,
    "degFlatPos": deg_flat_to_pix,
}


def check_unit(unit: str) -> str:
    """Return the unit.

    Raises:
        ValueError: if there is no unit of that name.
    """
    if unit not in FROM_PIX:
        raise ValueError(f"there is no unit {unit!r} (units: {', '.join(UNITS)})")
    return unit


def convert(x: Any, y: Any, source: str, target: str, geometry: DisplayGeometry) -> tuple[Any, Any]:
    """Bring a position, or many, from one unit to another.

    Raises:
        ValueError: if there is no such unit, or the geometry lacks what a unit needs.
    """
    to_pix, from_pix = TO_PIX[check_unit(source)], FROM_PIX[check_unit(target)]
    if source == target:
        return pix_to_pix(x, y, geometry)
    return from_pix(*to_pix(x, y, geometry), geometry)


def convert_points(
    points: Sequence[Any], source: str, target: str, geometry: DisplayGeometry
) -> Any:
    """Bring one point ``(x, y)``, a sequence of points, or an n×2 numpy array to another unit.

    Returns:
        A tuple, a list of tuples, or an array, as given.
    """
    if hasattr(points, "__array__"):
        np = sys.modules["numpy"]
        array = np.asarray(points, float)
        x, y = convert(array[..., 0], array[..., 1], source, target, geometry)
        return np.stack([x, y], axis=-1)
    if len(points) == 2 and all(isinstance(value, Real) for value in points):
        return convert(points[0], points[1], source, target, geometry)
    return [convert(x, y, source, target, geometry) for x, y in points]
