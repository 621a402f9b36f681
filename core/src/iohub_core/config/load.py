"""From a file, keywords and defaults to the one plan that a hub is started from.

Everything is checked here, in the script, before any process starts; the hub gets the plan as
plain data and checks it again with the same classes.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from iohub_core.config.device_loader import DeviceLoader, plugin_faults
from iohub_core.config.known_packages import PACKAGE_OF_RECORDING
from iohub_core.config.plan import LaunchPlan, PlannedDevice
from iohub_core.config.problems import Problem, nearest, shown
from iohub_core.config.settings import HubSettings
from iohub_core.config.source import Path_, Source, read_yaml
from iohub_core.config.validate import settings_from
from iohub_core.errors import ConfigError, PluginError
from iohub_core.plugins.manager import PluginManager

KEYWORDS_SOURCE = "launchHubServer(...)"
NO_LONGER_MEANS_ANYTHING = ("udp_port", "msgpump_interval")
DEVICES = "monitor_devices"
_RECORDING_WORDS = (
    "experiment_code",
    "session_code",
    "experiment_info",
    "session_info",
    "datastore_name",
)
_OTHER_WORDS = ("window", "iohub_config_name", "monitor_name", "psychopy_monitor_name", DEVICES)
_TOP_LEVEL = tuple(field.name for field in attrs.fields(HubSettings))


def make_plan(
    manager: PluginManager, script_folder: Path, keywords: Mapping[str, Any]
) -> LaunchPlan:
    """Combine the configuration file, the keywords and the defaults, in the script.

    Args:
        manager: plugins; local ones named by the configuration are loaded into it.
        script_folder: folder that relative paths are resolved against.
        keywords: those of ``launchHubServer``.

    Raises:
        ConfigError: with every problem found.
    """
    problems: list[Problem] = []
    given = Source(KEYWORDS_SOURCE, dict(keywords))
    file = _file(given, script_folder, problems)
    sources = [file, given] if file else [given]
    for source in sources:
        for key in NO_LONGER_MEANS_ANYTHING:
            if key in source.data:
                warnings.warn(f"{source.name}: {key} no longer means anything", stacklevel=3)

    def tell(path: Path_, message: str) -> None:
        problems.append(_writer_of(path, sources).problem(path, message))

    settings = _hub_settings(manager, _top_level(file, given), tell)
    _load_plugins(manager, settings, script_folder, tell)
    monitor_name = keywords.get("psychopy_monitor_name") or keywords.get("monitor_name") or ""
    loader = DeviceLoader(manager, problems, keywords.get("window"), monitor_name)
    named = _named_devices(given, manager, problems)
    devices: list[PlannedDevice] = []
    listing = [source for source in sources if DEVICES in source.data]
    for source in listing:
        devices += loader.listed(source, source.data[DEVICES])
    devices += loader.named(given, named)
    if not file and not listing:
        devices += loader.defaults(given, named)
    return _finish(settings, devices, script_folder, problems)


def plan_from_data(manager: PluginManager, data: Mapping[str, Any]) -> LaunchPlan:
    """Check a plan that arrived as plain data, in the hub.

    Raises:
        ConfigError: with every problem found.
    """
    problems: list[Problem] = []
    source = Source("the script's launch plan", dict(data))
    folder = Path(data["script_folder"])

    def tell(path: Path_, message: str) -> None:
        problems.append(source.problem(path, message))

    settings = _hub_settings(manager, data["settings"], tell)
    _load_plugins(manager, settings, folder, tell)
    loader = DeviceLoader(manager, problems)
    devices = [
        loader.device(source, one["class"], one["settings"], ("devices", place))
        for place, one in enumerate(data["devices"])
    ]
    return _finish(settings, [one for one in devices if one is not None], folder, problems)


def _file(given: Source, folder: Path, problems: list[Problem]) -> Source | None:
    name = given.data.get("iohub_config_name")
    if name is None:
        return None
    if not isinstance(name, (str, Path)):
        problems.append(
            given.problem(("iohub_config_name",), f"expected a file name, found {shown(name)}")
        )
        return None
    return read_yaml(folder / name)


def _writer_of(path: Path_, sources: list[Source]) -> Source:
    """Return the source that wrote the value at a top-level path: keywords win over the file."""
    for source in reversed(sources):
        if path and path[0] in source.data:
            return source
    return sources[0]


def _top_level(file: Source | None, given: Source) -> dict[str, Any]:
    top = dict(file.data) if file else {}
    for key in (DEVICES, *NO_LONGER_MEANS_ANYTHING):
        top.pop(key, None)
    top.update((key, value) for key, value in given.data.items() if key in _TOP_LEVEL)
    store = top.get("data_store") or {}
    if isinstance(store, Mapping):
        top["data_store"] = _data_store(dict(store), given.data)
    return top


def _data_store(store: dict[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    """Fold the recording keywords of ``launchHubServer`` into the ``data_store`` section."""
    for section, code in (("experiment_info", "experiment_code"), ("session_info", "session_code")):
        info = words.get(section, store.get(section))
        if code in words and (info is None or isinstance(info, Mapping)):
            info = {**(info or {}), "code": words[code]}
        if info is not None:
            store[section] = info
    if words.get("experiment_code") or "experiment_info" in words:
        store.setdefault("enable", True)
    if words.get("datastore_name"):
        path = Path(str(words["datastore_name"]))
        store.update(filename=path.name.removesuffix(".hdf5"), parent_dir=str(path.parent))
    if store.get("enable"):
        # Codes name things in the file, so a recording has both.
        _default_code(store, "experiment_info", "default")
        _default_code(store, "session_info", time.strftime("%Y%m%d_%H%M%S"))
    return store


def _default_code(store: dict[str, Any], section: str, code: str) -> None:
    info = store.get(section) or {}
    if isinstance(info, Mapping) and not info.get("code"):
        store[section] = {**info, "code": code}


def _hub_settings(manager: PluginManager, data: Any, tell: Any) -> HubSettings | None:
    settings = settings_from(HubSettings, data, (), tell)
    if settings is None or not settings.data_store.enable or manager.has("iohub_make_sinks"):
        return settings
    tell(
        ("data_store",),
        "a recording is asked for, but nothing that records is installed; "
        f"pip install {PACKAGE_OF_RECORDING}{plugin_faults(manager)}",
    )
    return None


def _load_plugins(
    manager: PluginManager, settings: HubSettings | None, folder: Path, tell: Any
) -> None:
    for place, plugin in enumerate(settings.plugins if settings else ()):
        if plugin in manager.report.entries:
            continue
        try:
            manager.load_local(plugin, folder)
        except PluginError as error:
            tell(("plugins", place), str(error))


def _named_devices(
    given: Source, manager: PluginManager, problems: list[Problem]
) -> dict[str, Any]:
    """Return the keywords that name devices; tell of those that mean nothing."""
    words = (*_TOP_LEVEL, *_RECORDING_WORDS, *_OTHER_WORDS, *NO_LONGER_MEANS_ANYTHING)
    named = {}
    for key, value in given.data.items():
        if key in words:
            continue
        # A map under an unknown name is meant as a device; the device loader says what is wrong.
        if key in manager.device_types or isinstance(value, Mapping):
            named[key] = value
        else:
            hint = nearest(key, [*words, *manager.device_types])
            problems.append(given.problem((key,), f"unknown keyword{hint}, found {shown(value)}"))
    return named


def _finish(
    settings: HubSettings | None,
    devices: list[PlannedDevice],
    folder: Path,
    problems: list[Problem],
) -> LaunchPlan:
    seen: dict[str, str] = {}
    for one in devices:
        class_name = one.device_type.class_name
        if one.name in seen:
            message = (
                f"two devices are called {one.name!r} ({seen[one.name]} and {class_name}); "
                "give one of them another `name`"
            )
            problems.append(Problem("devices", 0, class_name, message))
        seen[one.name] = class_name
    if problems or settings is None:
        raise ConfigError(problems)
    return LaunchPlan(settings=settings, devices=tuple(devices), script_folder=folder)
