"""The displays of an X server, read through RandR.

RandR 1.5 (https://gitlab.freedesktop.org/xorg/proto/xorgproto/-/blob/master/randrproto.txt).
"""

from __future__ import annotations

from typing import Any

import attrs
from Xlib import X, display, error
from Xlib.ext import randr
from Xlib.Xatom import RESOURCE_MANAGER

# Pixels in an inch that X clients take for a scale factor of 1.
_DPI_OF_SCALE_1 = 96.0
_DOUBLE_SCAN, _INTERLACE = 0x20, 0x10
_TURNED = randr.Rotate_90 | randr.Rotate_270


class DisplaysUnreadableError(RuntimeError):
    """The X server can't be asked for its displays; the message says why and what helps."""


@attrs.frozen(kw_only=True)
class X11Display:
    """A display as RandR describes it. What the server doesn't know is None.

    Attributes:
        name: the monitor's name, e.g. ``DP-1``.
        x: pixel of the left edge on the root window.
        y: pixel of the top edge on the root window.
        width: width in pixels.
        height: height in pixels.
        width_mm: physical width; None if the server has only a guess of its own.
        height_mm: physical height; likewise.
        refresh_hz: refresh rate of the display's mode.
        scale: how much larger than usual clients are asked to draw (``Xft.dpi`` / 96).
        primary: whether it is the main one.
    """

    name: str
    x: int
    y: int
    width: int
    height: int
    width_mm: float | None
    height_mm: float | None
    refresh_hz: float | None
    scale: float | None
    primary: bool


def read_displays(display_name: str | None = None) -> list[X11Display]:
    """Return the displays, the main one first, the others in the server's order.

    Args:
        display_name: the X server, ``None`` for the one that DISPLAY names.

    Raises:
        DisplaysUnreadableError: if the server can't be reached or has no RandR 1.5.
    """
    try:
        connection = display.Display(display_name)
    except (error.DisplayError, error.ConnectionClosedError, OSError) as fault:
        raise DisplaysUnreadableError(
            f"the X server can't be reached ({fault}); check DISPLAY and access to it"
        ) from fault
    try:
        return _read(connection)
    finally:
        connection.close()


def _read(connection: Any) -> list[X11Display]:
    if connection.query_extension("RANDR") is None:
        raise DisplaysUnreadableError("the X server has no RandR extension")
    version = connection.xrandr_query_version()
    if (version.major_version, version.minor_version) < (1, 5):
        raise DisplaysUnreadableError(
            f"the X server has RandR {version.major_version}.{version.minor_version}; "
            "displays are read with 1.5"
        )
    root = connection.screen().root
    resources = root.xrandr_get_screen_resources_current()
    rates = {mode.id: refresh_rate(mode) for mode in resources.modes}
    scale = _scale(root)
    found = []
    for monitor in root.xrandr_get_monitors().monitors:
        outputs = [_Output.read(connection, one, resources, rates) for one in monitor.crtcs]
        width_mm, height_mm = physical_size(
            monitor.width_in_millimeters,
            monitor.height_in_millimeters,
            automatic=bool(monitor.automatic),
            outputs=[(one.width_mm, one.height_mm) for one in outputs],
        )
        found.append(
            X11Display(
                name=connection.get_atom_name(monitor.name),
                x=monitor.x,
                y=monitor.y,
                width=monitor.width_in_pixels,
                height=monitor.height_in_pixels,
                width_mm=width_mm,
                height_mm=height_mm,
                refresh_hz=next((one.refresh_hz for one in outputs if one.refresh_hz), None),
                scale=scale,
                primary=bool(monitor.primary),
            )
        )
    if found and not any(one.primary for one in found):
        found[0] = attrs.evolve(found[0], primary=True)
    return sorted(found, key=lambda one: not one.primary)


@attrs.frozen(kw_only=True)
class _Output:
    """What an output says: its screen's size as mounted, and the rate of its mode."""

    width_mm: int
    height_mm: int
    refresh_hz: float | None

    @classmethod
    def read(
        cls, connection: Any, output: int, resources: Any, rates: dict[int, float | None]
    ) -> _Output:
        """Ask the server about an output."""
        info = connection.xrandr_get_output_info(output, resources.config_timestamp)
        width, height, rate = info.mm_width, info.mm_height, None
        if info.crtc != X.NONE:
            crtc = connection.xrandr_get_crtc_info(info.crtc, resources.config_timestamp)
            rate = rates.get(crtc.mode)
            if crtc.rotation & _TURNED:
                width, height = height, width
        return cls(width_mm=width, height_mm=height, refresh_hz=rate)


def refresh_rate(mode: Any) -> float | None:
    """Return the frames a second of a RandR mode, or None if it doesn't say.

    Source: randrproto, MODEINFO: dot clock / (total width · total height), halved for double
    scan, doubled for interlaced fields, as the xrandr program shows it. Virtual servers have a
    dot clock of 0.
    """
    lines = mode.v_total * (2 if mode.flags & _DOUBLE_SCAN else 1)
    lines = lines / 2 if mode.flags & _INTERLACE else lines
    if not mode.dot_clock or not mode.h_total or not lines:
        return None
    rate: float = mode.dot_clock / (mode.h_total * lines)
    return rate


def physical_size(
    width_mm: int, height_mm: int, *, automatic: bool, outputs: list[tuple[int, int]]
) -> tuple[float | None, float | None]:
    """Return a display's size in mm, or None for what is not known.

    Args:
        width_mm: width that RandR gives for the monitor.
        height_mm: height that RandR gives for the monitor.
        automatic: whether the server made the monitor of its output. It then gives 96 pixels an
            inch where the output has no size, which is no measurement, so the output is asked;
            a size that a person configured is taken.
        outputs: the sizes that the monitor's outputs report, as mounted; 0 for unknown.
    """
    if not automatic:
        return width_mm or None, height_mm or None
    if len(outputs) != 1:
        return None, None
    width, height = outputs[0]
    # Projectors and some panels report their aspect ratio (16 x 9, 160 x 90) in place of a size.
    if (width, height) in {(16, 9), (16, 10), (160, 90), (160, 100)}:
        return None, None
    return width or None, height or None


def _scale(root: Any) -> float | None:
    """Return the scale factor that desktops ask clients for, or None if they ask for none."""
    found = root.get_full_text_property(RESOURCE_MANAGER)
    for line in (found or "").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "Xft.dpi":
            try:
                return float(value) / _DPI_OF_SCALE_1
            except ValueError:
                return None
    return None
