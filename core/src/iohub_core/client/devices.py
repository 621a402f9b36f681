"""``io.devices``: the views by name."""

from __future__ import annotations

from iohub_core.client.view import DeviceView
from iohub_core.config.problems import nearest


class DeviceViews:
    """The device views of a connection, reached as ``io.devices.<name>``."""

    def __init__(self) -> None:
        self._views: dict[str, DeviceView] = {}
        self._aliases: dict[str, str] = {}

    def _add(self, view: DeviceView, aliases: tuple[str, ...]) -> None:
        self._views[view.name] = view
        for alias in aliases:
            self._aliases.setdefault(alias, view.name)

    def getNames(self) -> list[str]:
        """Return the devices' names, in the order they were opened."""
        return list(self._views)

    def getAll(self) -> list[DeviceView]:
        """Return the views, in the order the devices were opened."""
        return list(self._views.values())

    def getDevice(self, name: str) -> DeviceView | None:
        """Return the view of a device, or None if there is none with that name."""
        return self._views.get(name) or self._views.get(self._aliases.get(name, ""))

    def __getattr__(self, name: str) -> DeviceView:
        if name.startswith("__"):
            raise AttributeError(name)
        view = self.getDevice(name)
        if view is None:
            names = ", ".join(self._views) or "none"
            raise AttributeError(
                f"no device is called {name!r}{nearest(name, self._views)} (devices: {names})"
            )
        return view

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._views]

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._views.values())

    def __len__(self) -> int:
        return len(self._views)
