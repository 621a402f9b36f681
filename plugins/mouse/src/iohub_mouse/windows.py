"""The script's windows: where they are, and in which unit they count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs
import msgspec


@attrs.frozen(kw_only=True)
class Window:
    """A window of the script.

    Attributes:
        handle: the system's number of the window.
        x: left edge of its drawing area; a global pixel, or counted from the left of ``screen``.
        y: top edge of its drawing area, likewise.
        width: width of its drawing area in pixels.
        height: height of its drawing area in pixels.
        units: unit of positions in it.
        screen: display that x and y count from; None if they are global.
        pix_per_cm: pixels in a centimetre, None to take the display's.
        distance_cm: viewing distance, None to take the display's.
    """

    handle: int
    x: float
    y: float
    width: float
    height: float
    units: str = "pix"
    screen: int | None = None
    pix_per_cm: float | None = None
    distance_cm: float | None = None

    def contains(self, x: float, y: float) -> bool:
        """Return whether a pixel, counted as the window's position is, lies in the window."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height

    def from_pixel(self, x: float, y: float) -> tuple[float, float]:
        """Bring a pixel to pixels from the window's centre, y up."""
        return x - self.x - self.width / 2, self.height / 2 - (y - self.y)

    def to_pixel(self, x: float, y: float) -> tuple[float, float]:
        """Bring pixels from the window's centre, y up, to a pixel."""
        return x + self.width / 2 + self.x, self.height / 2 - y + self.y


class _Monitor(msgspec.Struct, forbid_unknown_fields=False):
    width: float | None = None
    distance: float | None = None
    resolution: tuple[float, float] | None = None


class _Info(msgspec.Struct, forbid_unknown_fields=False):
    handle: int
    size: tuple[float, float]
    pos: tuple[float, float] | None = None
    units: str | None = None
    screen: int | None = None
    monitor: _Monitor | None = None


def window_from(info: Mapping[str, Any]) -> Window:
    """Make a window of the description a script gives to ``registerWindowHandles``.

    Args:
        info: ``handle`` (number) and ``size`` (width, height in pixels); also ``pos`` (left, top;
            0, 0 if left out), ``units``, ``screen`` (pos counts from that display; left out:
            global pixels) and ``monitor``, a map of ``width`` and ``distance`` in cm and
            ``resolution`` in pixels. Other keys are ignored.

    Raises:
        ValueError: if something is missing or of the wrong type; says which.
    """
    try:
        known = msgspec.convert(info, _Info)
    except msgspec.ValidationError as error:
        raise ValueError(f"a window needs a handle and a size: {error}") from None
    x, y = known.pos or (0, 0)
    monitor = known.monitor or _Monitor()
    density = None
    if monitor.width:
        density = (monitor.resolution or known.size)[0] / monitor.width
    return Window(
        handle=known.handle,
        x=x,
        y=y,
        width=known.size[0],
        height=known.size[1],
        units=known.units or "pix",
        screen=known.screen,
        pix_per_cm=density,
        distance_cm=monitor.distance or None,
    )


class Windows:
    """The registered windows, the one registered last on top."""

    def __init__(self, infos: Iterable[Mapping[str, Any]] = ()) -> None:
        self._by_handle: dict[int, Window] = {}
        self._handles: set[int] = set()
        self.register(infos)

    def register(self, infos: Iterable[Mapping[str, Any] | int]) -> None:
        """Add windows; one with a known handle takes the place of the earlier.

        A bare handle tells which window is the script's, but not where it is.

        Raises:
            ValueError: if a description lacks something; none is added then.
        """
        infos = list(infos)
        windows = [window_from(info) for info in infos if not isinstance(info, int)]
        self._handles.update(info for info in infos if isinstance(info, int))
        for window in windows:
            self._handles.add(window.handle)
            self._by_handle.pop(window.handle, None)
            self._by_handle[window.handle] = window

    def unregister(self, handles: Iterable[Mapping[str, Any] | int]) -> None:
        """Remove windows, given by handle or description; unknown ones are ignored."""
        for one in handles:
            handle = one if isinstance(one, int) else one.get("handle", 0)
            self._by_handle.pop(handle, None)
            self._handles.discard(handle)

    def __contains__(self, handle: object) -> bool:
        return handle in self._handles

    def move(self, handle: int, x: float, y: float) -> bool:
        """Note the global pixel of a window's top left; returns whether the window is known."""
        window = self._by_handle.get(handle)
        if window is not None:
            self._by_handle[handle] = attrs.evolve(window, x=x, y=y, screen=None)
        return window is not None

    def __len__(self) -> int:
        return len(self._handles)

    def __iter__(self) -> Iterator[Window]:
        return iter(reversed(list(self._by_handle.values())))
