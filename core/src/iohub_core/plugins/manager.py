"""Finds plugins, keeps what they declare, and calls their hooks, each by itself.

pluggy ends a hook call at the first implementation that raises and drops the results so far. Here
one plugin's fault is never another's: every implementation is called on its own, a fault is noted
under the plugin's name, and the next is called. Only this module touches pluggy's hook callers.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pluggy

from iohub_core import hookspecs
from iohub_core.config.problems import nearest
from iohub_core.errors import PluginError
from iohub_core.plugins.declarations import BackendType, DeviceType, TaskletType
from iohub_core.plugins.report import BLOCKED, FAILED, PluginReport

ENTRY_POINT_GROUP = "iohub.plugins"
DISABLE_VARIABLE = "IOHUB_DISABLE_PLUGINS"
STRICT_VARIABLE = "IOHUB_STRICT"

_log = logging.getLogger("iohub.plugins")


class PluginManager:
    """The plugins of one process; nothing of it is shared between two managers.

    Args:
        blocked: names of plugins not to load; None reads ``IOHUB_DISABLE_PLUGINS``.
        strict: whether a plugin's fault is fatal; None reads ``IOHUB_STRICT``.
    """

    def __init__(self, blocked: set[str] | None = None, strict: bool | None = None) -> None:
        if blocked is None:
            names = os.environ.get(DISABLE_VARIABLE, "").split(",")
            blocked = {name.strip() for name in names if name.strip()}
        self.blocked = blocked
        self.strict = os.environ.get(STRICT_VARIABLE, "") == "1" if strict is None else strict
        self.report = PluginReport()
        self.device_types: dict[str, DeviceType] = {}
        self.backends: list[BackendType] = []
        self.tasklets: dict[str, TaskletType] = {}
        self.event_types: list[type] = []
        self._owners: dict[str, str] = {}
        self._pluggy = pluggy.PluginManager(hookspecs.PROJECT)
        self._pluggy.add_hookspecs(hookspecs)

    # -- finding ------------------------------------------------------------------------------

    def load_installed(self) -> None:
        """Load every installed plugin that is not blocked; a faulty one goes into the report."""
        for entry_point in entry_points(group=ENTRY_POINT_GROUP):
            origin = entry_point.dist
            distribution = f"{origin.name} {origin.version}" if origin else "unknown distribution"
            entry = self.report.add(entry_point.name, distribution)
            if entry_point.name in self.blocked:
                entry.state = BLOCKED
                continue
            try:
                plugin = entry_point.load()
            except Exception as error:  # noqa: BLE001 - foreign code; reported under its name
                entry.state = FAILED
                self._fault(entry_point.name, "could not be imported", error)
                continue
            self.register(plugin, entry_point.name, distribution)

    def load_local(self, plugin: str, folder: Path) -> None:
        """Load a plugin named in the configuration: a module, or a ``.py`` file in ``folder``.

        Raises:
            PluginError: if it can't be loaded; the configuration asks for it, so it must.
        """
        if plugin in self.blocked:
            self.report.add(plugin, "local plugin").state = BLOCKED
            return
        try:
            module = (
                _load_file(folder / plugin) if plugin.endswith(".py") else _import(plugin, folder)
            )
        except Exception as error:
            self.report.add(plugin, "local plugin").state = FAILED
            self._fault(plugin, "could not be imported", error)
            raise PluginError(
                f"the local plugin {plugin!r} (looked for in {folder}) could not be loaded: "
                f"{type(error).__name__}: {error}"
            ) from error
        self.register(module, plugin, "local plugin")
        entry = self.report.entries[plugin]
        if entry.faults:
            raise PluginError(f"the local plugin {plugin!r} has a fault: {entry.faults[0]}")

    def register(
        self, plugin: Any, name: str, distribution: str = "registered at run time"
    ) -> None:
        """Register a plugin object and take in what it declares.

        Faults go into the report: a hook that no specification knows, a hook wrapper, a
        declaration that raises or that clashes with another plugin's.
        """
        entry = self.report.add(name, distribution)
        try:
            self._pluggy.register(plugin, name=name)
        except Exception as error:  # noqa: BLE001 - pluggy's errors for bad hooks are many
            entry.state = FAILED
            self._fault(name, "has an unusable hook", error)
            return
        fault = self._unusable_hook(plugin)
        if fault:
            self._pluggy.unregister(plugin)
            entry.state = FAILED
            self._fault(name, "has an unusable hook", PluginError(fault))
            return
        self._take_declarations(name)

    def unregister(self, name: str) -> None:
        """Take a plugin's hooks out; what it declared stays known."""
        plugin = self._pluggy.get_plugin(name)
        if plugin is not None:
            self._pluggy.unregister(plugin)

    def _unusable_hook(self, plugin: Any) -> str:
        for caller in self._pluggy.get_hookcallers(plugin) or []:
            if caller.spec is None:
                known = [name for name in vars(hookspecs) if name.startswith("iohub_")]
                return f"there is no hook {caller.name!r}{nearest(caller.name, known)}"
            for impl in caller.get_hookimpls():
                if impl.plugin is plugin and (impl.hookwrapper or impl.wrapper):
                    return f"{caller.name!r} is a hook wrapper; wrappers are refused"
        return ""

    def _take_declarations(self, name: str) -> None:
        for device_type in self._declared(name, "iohub_device_types"):
            taken = [n for n in device_type.class_names if n in self.device_types]
            if taken:
                owner = self._owners[taken[0]]
                error = PluginError(f"device class {taken[0]!r} is already declared by {owner!r}")
                self._fault(name, "clashes with another plugin", error)
                continue
            for class_name in device_type.class_names:
                self.device_types[class_name] = device_type
                self._owners[class_name] = name
        self.backends.extend(self._declared(name, "iohub_device_backends"))
        self.event_types.extend(self._declared(name, "iohub_event_types"))
        for tasklet in self._declared(name, "iohub_tasklet_types"):
            self.tasklets[tasklet.name] = tasklet

    def _declared(self, name: str, hook: str) -> list[Any]:
        found: list[Any] = []
        for plugin_name, implementation in self._implementations(hook):
            if plugin_name != name:
                continue
            try:
                found.extend(implementation() or ())
            except Exception as error:  # noqa: BLE001 - foreign code; reported under its name
                self._fault(name, f"hook {hook} raised", error)
        return found

    # -- looking up ---------------------------------------------------------------------------

    def owner_of(self, class_name: str) -> str:
        """Return the name of the plugin that declared a device class."""
        return self._owners[class_name]

    def backends_of(self, device_type: DeviceType) -> list[BackendType]:
        """Return the backends declared for a device type, the highest rank first."""
        names = set(device_type.class_names)
        found = [backend for backend in self.backends if backend.device in names]
        return sorted(found, key=lambda one: -1 if one.rank is None else one.rank, reverse=True)

    # -- calling ------------------------------------------------------------------------------

    def has(self, hook: str) -> bool:
        """Return whether any plugin implements a hook."""
        return bool(getattr(self._pluggy.hook, hook).get_hookimpls())

    def call_each(self, hook: str, **arguments: Any) -> list[tuple[str, Any]]:
        """Call every plugin's implementation by itself.

        Returns:
            ``(plugin name, result)`` of those that did not raise, last registered first.

        Raises:
            PluginError: in strict mode, at the first fault.
        """
        results = []
        for name, implementation in self._implementations(hook, arguments):
            try:
                results.append((name, implementation()))
            except Exception as error:  # noqa: BLE001 - foreign code; reported under its name
                self._fault(name, f"hook {hook} raised", error, logging.WARNING)
        return results

    def first_result(self, hook: str, **arguments: Any) -> Any:
        """Call plugin after plugin until one returns something that is not None."""
        for name, implementation in self._implementations(hook, arguments):
            try:
                result = implementation()
            except Exception as error:  # noqa: BLE001 - foreign code; reported under its name
                self._fault(name, f"hook {hook} raised", error, logging.WARNING)
                continue
            if result is not None:
                return result
        return None

    def _implementations(
        self, hook: str, arguments: dict[str, Any] | None = None
    ) -> Iterator[tuple[str, Any]]:
        """Yield ``(plugin name, ready call)`` for each implementation, last registered first."""
        for impl in reversed(getattr(self._pluggy.hook, hook).get_hookimpls()):
            chosen = [(arguments or {})[name] for name in impl.argnames]
            yield impl.plugin_name, lambda impl=impl, chosen=chosen: impl.function(*chosen)

    def _fault(self, name: str, what: str, error: BaseException, level: int = logging.INFO) -> None:
        """Note a fault. While loading, quietly: a plugin that is not used may be faulty."""
        entry = self.report.entries[name]
        detail = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        entry.fault(f"{what}: {type(error).__name__}: {error}")
        _log.log(level, "plugin %r (%s) %s:\n%s", name, entry.distribution, what, detail)
        if self.strict:
            raise PluginError(f"plugin {name!r} ({entry.distribution}) {what}: {error}") from error


def _load_file(path: Path) -> Any:
    name = path.stem
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} can't be loaded as a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # so that references "name:Class" and dill find it
    spec.loader.exec_module(module)
    return module


def _import(name: str, folder: Path) -> Any:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return importlib.import_module(name)
