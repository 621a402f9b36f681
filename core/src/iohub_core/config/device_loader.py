"""The device part of a configuration: class names to types, settings to checked settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iohub_core.config.event_types import unknown_types
from iohub_core.config.known_packages import PACKAGE_OF_CLASS
from iohub_core.config.plan import PlannedDevice
from iohub_core.config.problems import Problem, nearest, shown
from iohub_core.config.settings import DeviceSettings
from iohub_core.config.source import Path_, Source
from iohub_core.config.validate import settings_from
from iohub_core.plugins.declarations import DeviceType, resolve
from iohub_core.plugins.manager import PluginManager

GLOBAL_BUFFER = "global"


class DeviceLoader:
    """Checks devices and collects their problems.

    Args:
        manager: the plugins.
        problems: where faults are put.
        window: the window given to ``launchHubServer``, or None.
        monitor_name: the PsychoPy monitor name given to ``launchHubServer``, or empty.
    """

    def __init__(
        self,
        manager: PluginManager,
        problems: list[Problem],
        window: Any = None,
        monitor_name: str = "",
    ) -> None:
        self._manager = manager
        self._problems = problems
        self._window = window
        self._monitor_name = monitor_name

    def listed(self, source: Source, listed: Any) -> list[PlannedDevice]:
        """Check ``monitor_devices``: a list of one-key maps, or one map."""
        where: Path_ = ("monitor_devices",)
        if listed is None:
            return []
        if isinstance(listed, Mapping):
            return self._all(source, [(k, v, (*where, k)) for k, v in listed.items()])
        if not isinstance(listed, list):
            self._tell(source, where, f"expected a list of devices, found {shown(listed)}")
            return []
        items: list[tuple[str, Any, Path_]] = []
        for place, item in enumerate(listed):
            if isinstance(item, str):
                items.append((item, {}, (*where, place)))
            elif isinstance(item, Mapping):
                items += [(k, v, (*where, place, k)) for k, v in item.items()]
            else:
                message = f"expected `ClassName: {{settings}}`, found {shown(item)}"
                self._tell(source, (*where, place), message)
        return self._all(source, items)

    def named(self, source: Source, named: Mapping[str, Any]) -> list[PlannedDevice]:
        """Check devices given as ``ClassName=settings``."""
        return self._all(source, [(key, value, (key,)) for key, value in named.items()])

    def defaults(self, source: Source, named: Mapping[str, Any]) -> list[PlannedDevice]:
        """Return the default devices of the installed plugins that ``named`` does not name."""
        types = self._manager.device_types
        taken = [types[name] for name in named if name in types]
        wanted = {one.class_name: one for one in types.values() if one.default and one not in taken}
        return self._all(source, [(name, {}, (name,)) for name in sorted(wanted)])

    def device(
        self, source: Source, class_name: str, data: Any, path: Path_
    ) -> PlannedDevice | None:
        """Check one device; its faults are noted and None is returned."""
        device_type = self._manager.device_types.get(class_name)
        if device_type is None:
            self._tell(source, path, self._unknown_class(class_name))
            return None
        try:
            settings_class = resolve(device_type.settings)
            if data is None or isinstance(data, Mapping):
                data = {**self._presets(device_type, settings_class), **(data or {})}
        except Exception as error:  # noqa: BLE001 - foreign code; told as a problem of this device
            self._tell(source, path, f"the plugin of {class_name} failed: {error!r}")
            return None
        settings: DeviceSettings | None = settings_from(
            settings_class, data, path, lambda where, message: self._tell(source, where, message)
        )
        if settings is None:
            return None
        name = settings.name or device_type.default_name
        faults = [
            *self._name_faults(name),
            *self._backend_faults(device_type, settings),
            *self._event_faults(device_type, settings),
        ]
        for where, message in faults:
            self._tell(source, (*path, *where), message)
        if faults:
            return None
        return PlannedDevice(device_type=device_type, name=name, settings=settings)

    def _all(self, source: Source, items: list[tuple[str, Any, Path_]]) -> list[PlannedDevice]:
        made = [self.device(source, name, data, path) for name, data, path in items]
        return [one for one in made if one is not None and one.settings.enable]

    def _presets(self, device_type: DeviceType, settings_class: Any) -> dict[str, Any]:
        """Return settings taken from the window and the monitor's name; the user's own win."""
        presets: dict[str, Any] = {}
        if self._window is not None and device_type.settings_from_window is not None:
            presets.update(resolve(device_type.settings_from_window)(self._window))
        if self._monitor_name and hasattr(settings_class(), "psychopy_monitor_name"):
            presets["psychopy_monitor_name"] = self._monitor_name
        return presets

    def _name_faults(self, name: str) -> list[tuple[Path_, str]]:
        if not name.isidentifier():
            return [(("name",), f"{name!r} is no name: it can't be written as io.devices.{name}")]
        if name == GLOBAL_BUFFER:
            return [(("name",), f"{name!r} is kept for the buffer of all devices")]
        return []

    def _backend_faults(
        self, device_type: DeviceType, settings: DeviceSettings
    ) -> list[tuple[Path_, str]]:
        names = [backend.name for backend in self._manager.backends_of(device_type)]
        if settings.backend == "auto" or settings.backend in names:
            return []
        message = (
            f"no backend {settings.backend!r} for {device_type.class_name} "
            f"(installed: {', '.join(['auto', *names])}){nearest(settings.backend, names)}"
        )
        return [(("backend",), message)]

    def _event_faults(
        self, device_type: DeviceType, settings: DeviceSettings
    ) -> list[tuple[Path_, str]]:
        """Return the faults that only the device's event classes show."""
        if not settings.filters and settings.monitor_event_types is None:
            return []
        from iohub_core.filters import check_spec  # few sessions have filters

        classes = [resolve(event) for event in device_type.events]
        unknown = unknown_types(settings.monitor_event_types, classes)
        return [
            *((("monitor_event_types", place), message) for place, message in unknown),
            *(
                (("filters", place, *where), message)
                for place, spec in enumerate(settings.filters)
                for where, message in _split(check_spec(spec, classes))
            ),
        ]

    def _unknown_class(self, class_name: str) -> str:
        package = PACKAGE_OF_CLASS.get(class_name)
        if package:
            return (
                f"device class {class_name!r} needs the package {package}, which is not installed "
                f"or was not loaded; pip install {package}{plugin_faults(self._manager)}"
            )
        known = sorted(self._manager.device_types)
        return (
            f"no device class {class_name!r}{nearest(class_name, [*known, *PACKAGE_OF_CLASS])} "
            f"(installed: {', '.join(known) or 'none'}){plugin_faults(self._manager)}"
        )

    def _tell(self, source: Source, path: Path_, message: str) -> None:
        self._problems.append(source.problem(path, message))


def plugin_faults(manager: PluginManager) -> str:
    """Return what is known of plugins that failed or were blocked, in brackets, or nothing."""
    entries = manager.report.entries.values()
    faults = manager.report.faults_of_unloaded()
    blocked = [entry.name for entry in entries if entry.state == "blocked"]
    if blocked:
        faults.append(f"blocked by IOHUB_DISABLE_PLUGINS: {', '.join(blocked)}")
    return f" ({'; '.join(faults)})" if faults else ""


def _split(faults: Any) -> list[tuple[Path_, str]]:
    return [
        (tuple(int(part) if part.isdigit() else part for part in where.split(".") if part), message)
        for where, message in faults
    ]
