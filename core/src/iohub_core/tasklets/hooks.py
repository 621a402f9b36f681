"""The hooks a tasklet implements: registered while it runs, called on its loop."""

from __future__ import annotations

import functools
import inspect
import logging
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from iohub_core import hookspecs
from iohub_core.config.problems import nearest
from iohub_core.event import DeviceEvent
from iohub_core.plugins.report import FAILED
from iohub_core.tasklets.record import TaskletRecord

if TYPE_CHECKING:
    from iohub_core.devices.device import Device
    from iohub_core.plugins.manager import PluginManager

EVENTS_HOOK = "iohub_events_published"
# Hooks whose result counts are called where they are asked; the others only tell.
_ASKING_HOOKS = {
    "iohub_make_buffer",
    "iohub_make_sinks",
    "iohub_device_types",
    "iohub_device_backends",
    "iohub_event_types",
    "iohub_tasklet_types",
    "iohub_commands",
}

_log = logging.getLogger("iohub.tasklet")


def add_hooks(record: TaskletRecord, manager: PluginManager) -> None:
    """Have a tasklet's hooks called from now on.

    They are registered as ``tasklet <name>``, so that a tasklet can be called like a plugin. Told
    of events it is by its loop itself, not by the observer thread.

    Raises:
        TypeError: if a hook doesn't exist or takes what it is not given; nothing is left behind.
    """
    found = _hooks_of(record.instance)
    for name, method in found.items():
        _check(name, method)
    events = found.pop(EVENTS_HOOK, None)
    if found:
        ready = {
            name: staticmethod(method if name in _ASKING_HOOKS else _on_loop(record, method))
            for name, method in found.items()
        }
        name = f"tasklet {record.name}"
        manager.register(type("TaskletHooks", (), ready), name, record.what)
        entry = manager.report.entries[name]
        if entry.state == FAILED:
            raise TypeError(
                f"the hooks of tasklet {record.name!r} can't be used: {entry.faults[-1]}"
            )
        record.hooks = name
    if events is not None:
        record.thread.listen(record, _listener(record, events))


def remove_hooks(record: TaskletRecord, manager: PluginManager) -> None:
    """Have a tasklet's hooks called no more."""
    record.thread.unlisten(record)
    if record.hooks:
        manager.unregister(record.hooks)
        record.hooks = ""


def _hooks_of(instance: Any) -> dict[str, Any]:
    """Return the methods marked with ``@hookimpl``; looked up in the class, so no property runs."""
    marked = f"{hookspecs.PROJECT}_impl"
    return {
        name: getattr(instance, name)
        for name in dir(type(instance))
        if hasattr(inspect.getattr_static(type(instance), name), marked)
    }


def _check(name: str, method: Any) -> None:
    specification = getattr(hookspecs, name, None)
    if specification is None or not name.startswith("iohub_"):
        known = [one for one in vars(hookspecs) if one.startswith("iohub_")]
        raise TypeError(f"there is no hook {name!r}{nearest(name, known)}")
    given = list(inspect.signature(specification).parameters)
    for argument in inspect.signature(method).parameters:
        if argument not in given:
            raise TypeError(
                f"hook {name!r} is given {', '.join(given) or 'nothing'}, not {argument!r}"
                f"{nearest(argument, given)}"
            )


def _listener(
    record: TaskletRecord, method: Any
) -> Callable[[Device, Sequence[DeviceEvent]], None]:
    names = tuple(inspect.signature(method).parameters)

    def told(device: Device, events: Sequence[DeviceEvent]) -> None:
        given = {"device": device, "events": events}
        _guarded(record, method, [given[name] for name in names])

    return told


def _on_loop(record: TaskletRecord, method: Any) -> Any:
    @functools.wraps(method)
    def told(*given: Any) -> None:
        record.thread.call(_guarded, record, method, given)

    return told


def _guarded(record: TaskletRecord, method: Any, arguments: Sequence[Any]) -> None:
    """Call a hook of a tasklet on the loop; what it raises is logged under its name."""
    if not record.alive:
        return
    try:
        record.thread.timed(record.name, lambda: method(*arguments))
    except BaseException:  # noqa: BLE001 - the user's code; told. SystemExit would end the loop
        _log.error(
            "tasklet %r: hook %s raised\n%s", record.name, method.__name__, traceback.format_exc()
        )
