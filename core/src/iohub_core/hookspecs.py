"""The contract between the core and its plugins: every hook, by section.

A plugin is a module (or object) that implements any of these with
``@iohub_core.hookimpl``, found through the entry-point group ``iohub.plugins`` or named under
``plugins:`` in the configuration. Each implementation is called by itself: one that raises is
reported with the plugin's name, and the others are called all the same
(``IOHUB_STRICT=1`` makes every such fault fatal). Hook wrappers are refused, because a wrapper
could hide another plugin's failure.

Hooks find things and tell of things; events themselves flow through plain objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click

    from iohub_core.buffers.contract import BufferSpec, EventBuffer, OverflowReport
    from iohub_core.devices.device import Device
    from iohub_core.devices.failure import DeviceFailure
    from iohub_core.event import DeviceEvent
    from iohub_core.hub.context import HubContext
    from iohub_core.pipeline.sink import Sink, SinkContext
    from iohub_core.plugins.declarations import BackendType, DeviceType, TaskletType

PROJECT = "iohub"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# --- lifecycle -----------------------------------------------------------------------------------


@hookspec
def iohub_hub_started(context: HubContext) -> None:
    """Learn that the hub is ready.

    Called in the hub's main thread, once, after all devices were opened and before the script's
    launch returns. If it raises, the fault goes into the plugin report and the hub goes on.
    """


@hookspec
def iohub_hub_stopping(context: HubContext, reason: str) -> None:
    """Learn that the hub is about to stop.

    Called in the hub's main thread, once, before devices are closed; events published from here
    are still recorded. ``reason`` is a sentence. If it raises, the fault is logged and the hub
    goes on stopping.
    """


@hookspec
def iohub_commands(cli: click.Group) -> None:
    """Add commands to ``iohubctl``.

    Called in the command's process when it starts. If it raises, the fault is printed as a
    warning and the other commands work.
    """


# --- device --------------------------------------------------------------------------------------


@hookspec
def iohub_device_types() -> Iterable[DeviceType]:  # type: ignore[empty-body]
    """Declare device types.

    Called in both processes when plugins are loaded. If it raises, the plugin's types are
    unknown, and a configuration that names one of them fails with this fault as the cause.
    """


@hookspec
def iohub_device_backends() -> Iterable[BackendType]:  # type: ignore[empty-body]
    """Declare backends for a device type of one's own or of another plugin.

    Called in both processes when plugins are loaded. If it raises, these backends are unknown.
    """


@hookspec
def iohub_device_opened(device: Device) -> None:
    """Learn that a device was opened.

    Called in the hub, in the thread that opened it, after its backend delivers events. If it
    raises, the fault is logged and the device stays open.
    """


@hookspec
def iohub_device_failed(failure: DeviceFailure) -> None:
    """Learn that a device could not be opened, or stopped working.

    Called in the hub, in the thread that noticed. If it raises, the fault is logged.
    """


# --- event ---------------------------------------------------------------------------------------


@hookspec
def iohub_event_types() -> Iterable[type[DeviceEvent]]:  # type: ignore[empty-body]
    """Declare event classes that belong to no device type, e.g. those a tasklet or filter makes.

    Called in both processes when plugins are loaded. If it raises, the classes are unknown.
    """


@hookspec
def iohub_events_published(device: Device, events: Sequence[DeviceEvent]) -> None:
    """Observe a batch of events of one device, sorted by time.

    Called in the hub's observer thread (for a tasklet's own implementation: in the tasklet loop),
    after the batch was journaled and buffered; an observer can neither delay nor change events.
    If it raises, the fault is logged, and the same plugin is called again for the next batch.
    """


# --- buffer --------------------------------------------------------------------------------------


@hookspec(firstresult=True)
def iohub_make_buffer(spec: BufferSpec) -> EventBuffer | None:
    """Supply the buffer for a device, or for all devices together.

    Called in the hub's main thread before a device is opened. The first result that is not None
    is used; with none, the core's ring in mapped memory is. If it raises, the next is asked.
    """


@hookspec
def iohub_buffer_overflowed(report: OverflowReport) -> None:
    """Learn that a full buffer has dropped events the script had not read.

    Called in the hub's observer thread, at the first drop and then at most once a second for
    each buffer. If it raises, the fault is logged.
    """


@hookspec
def iohub_make_sinks(context: SinkContext) -> Iterable[Sink]:  # type: ignore[empty-body]
    """Supply sinks: objects that persist or forward every event.

    Called in the hub's main thread before devices are opened. If it raises and the configuration
    asks for a recording, the launch fails with the cause.
    """


# --- tasklet -------------------------------------------------------------------------------------


@hookspec
def iohub_tasklet_types() -> Iterable[TaskletType]:  # type: ignore[empty-body]
    """Declare tasklets that ``startCustomTasklet`` can start by name.

    Called in both processes when plugins are loaded. If it raises, these names are unknown.
    """
