"""Starts, watches and stops the tasklets of a hub."""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
import logging
import threading
import traceback
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from iohub_core import hookspecs
from iohub_core.config.problems import nearest
from iohub_core.config.settings import DeviceSettings
from iohub_core.devices.device import Device, DeviceContext
from iohub_core.event import DeviceEvent
from iohub_core.plugins.declarations import resolve
from iohub_core.tasklets.facade import HubFacade, Subscription
from iohub_core.tasklets.loop import LoopThread, Stepped
from iohub_core.tasklets.shipping import unpack

if TYPE_CHECKING:
    from iohub_core.hub.hub import Hub

_log = logging.getLogger("iohub.tasklet")

FIRST_STEP_TIMEOUT_S = 2.0
STOP_TIMEOUT_S = 1.0
PSEUDO_DEVICE = "tasklets"
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


@attrs.define
class _Record:
    """One tasklet, running or ended.

    Attributes:
        state: ``running``, ``finished``, ``stopped``, ``failed`` or ``stuck``.
        longest_hold: the longest time it held the loop, s.
    """

    name: str
    what: str
    started: float
    state: str = "running"
    error: str = ""
    traceback: str = ""
    longest_hold: float = 0.0
    ended: float | None = None
    instance: Any = None
    task: Any = None
    thread: LoopThread | None = None
    first_step: threading.Event = attrs.field(factory=threading.Event)
    done: threading.Event = attrs.field(factory=threading.Event)


class TaskletHost:
    """The tasklets of one hub. Its public methods may be called from any thread.

    Args:
        hub: the hub.
    """

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._records: list[_Record] = []
        self._subscriptions: tuple[Subscription, ...] = ()
        self._observing: tuple[tuple[_Record, Any, tuple[str, ...]], ...] = ()
        self._thread: LoopThread | None = None
        self._pseudo: Device | None = None
        self._lock = threading.Lock()

    # -- starting and stopping --------------------------------------------------------------------

    def start(self, name: str, what: str | bytes, kwargs: dict[str, Any]) -> None:
        """Start a tasklet and wait for its first step.

        Args:
            name: what it is stopped by.
            what: ``module.Class``, a name that a plugin registered, or a packed class.
            kwargs: arguments of the class.

        Raises:
            ValueError: if one of that name is running.
            Exception: whatever importing, making or beginning it raises.
        """
        with self._lock:
            if any(one.name == name and one.state == "running" for one in self._records):
                raise ValueError(f"a tasklet called {name!r} is running; stop it first")
            tasklet_class = self._class(what)
            instance = tasklet_class(**kwargs)
            if not inspect.iscoroutinefunction(getattr(instance, "run", None)):
                raise TypeError(
                    f"{tasklet_class.__name__} is no tasklet: it has no `async def run(self, hub)`"
                )
            record = _Record(
                name=name,
                what=f"{tasklet_class.__module__}.{tasklet_class.__qualname__}",
                started=self.hub.clock.now(),
                instance=instance,
            )
            self._register_hooks(record)
            record.thread = self._loop()
            self._records.append(record)
        record.thread.call(self._begin, record)
        record.first_step.wait(FIRST_STEP_TIMEOUT_S)
        # A start that fails in its first step is the caller's error, not just the report's.
        if record.done.wait(0.0) or record.error:
            record.done.wait(STOP_TIMEOUT_S)
            if record.state == "failed":
                raise RuntimeError(f"tasklet {name!r} failed: {record.error}\n{record.traceback}")

    def stop(self, name: str) -> None:
        """Stop a tasklet: cancel it, and leave it behind if it does not let itself be cancelled.

        Raises:
            KeyError: if none of that name is running.
        """
        record = next((r for r in self._records if r.name == name and r.state == "running"), None)
        if record is None:
            running = [one.name for one in self._records if one.state == "running"]
            raise KeyError(
                f"no tasklet called {name!r} is running{nearest(name, running)} "
                f"(running: {', '.join(running) or 'none'})"
            )
        self._cancel(record)
        if not record.done.wait(STOP_TIMEOUT_S):
            self._abandon(record)

    def close(self) -> None:
        """Stop all tasklets."""
        running = [one for one in self._records if one.state == "running"]
        for record in running:
            self._cancel(record)
        for record in running:
            if not record.done.wait(STOP_TIMEOUT_S / 2):
                self._abandon(record)
        if self._thread is not None:
            self._thread.stop()

    def report(self) -> list[dict[str, Any]]:
        """Return every tasklet of the session, running or ended."""
        return [
            {
                "name": one.name,
                "what": one.what,
                "state": one.state,
                "error": one.error,
                "traceback": one.traceback,
                "longest_hold_s": one.longest_hold,
                "started": one.started,
                "ended": one.ended,
            }
            for one in self._records
        ]

    # -- events -----------------------------------------------------------------------------------

    def published(self, device: Device, events: Sequence[DeviceEvent]) -> None:
        """Take a batch to whoever listens. Called in the publishing thread; quick."""
        if (self._subscriptions or self._observing) and self._thread is not None:
            self._thread.call(self._distribute, device, events)

    def subscribe(self, device: str | None, types: Collection[int] | None) -> Subscription:
        """Have events kept for a tasklet. On the loop."""
        subscription = Subscription(device, types)
        self._subscriptions = (*self._subscriptions, subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Keep events no more. On the loop."""
        self._subscriptions = tuple(one for one in self._subscriptions if one is not subscription)
        if subscription.dropped:
            _log.warning("%d events were dropped that a tasklet did not take", subscription.dropped)

    def emit(self, event: DeviceEvent) -> None:
        """Publish an event under the device it belongs to."""
        self.hub.events.codec(event.type)
        owner = next(
            (
                device
                for device in self.hub.devices.values()
                if type(event) in device.context.event_classes
            ),
            None,
        )
        self.hub.pipeline.publish(owner or self._pseudo_device(), [event])

    # -- inside -----------------------------------------------------------------------------------

    def _class(self, what: str | bytes) -> Any:
        if isinstance(what, bytes):
            return unpack(what)
        registered = self.hub.manager.tasklets.get(what)
        if registered is not None:
            return resolve(registered.tasklet)
        module_name, _, class_name = what.replace(":", ".").rpartition(".")
        if not module_name:
            known = ", ".join(self.hub.manager.tasklets) or "none"
            raise ValueError(
                f"{what!r} is neither `module.Class` nor a registered tasklet "
                f"(registered: {known}){nearest(what, self.hub.manager.tasklets)}"
            )
        return resolve(f"{importlib.import_module(module_name).__name__}:{class_name}")

    def _loop(self) -> LoopThread:
        if self._thread is None:
            self._thread = LoopThread(self._held)
        return self._thread

    def _begin(self, record: _Record) -> None:
        """Make the task; on the loop."""
        facade = HubFacade(self, record.name)
        assert record.thread is not None
        stepped = Stepped(
            record.name, record.instance.run(facade), record.thread, record.first_step.set
        )
        record.task = record.thread.loop.create_task(self._whole(record, stepped))

    async def _whole(self, record: _Record, stepped: Stepped) -> None:
        try:
            await stepped
            record.state = "finished"
        except asyncio.CancelledError:
            record.state = "stopped"
        except Exception as error:  # noqa: BLE001 - the user's code; told and reported
            record.error = f"{type(error).__name__}: {error}"
            record.traceback = traceback.format_exc()
            record.state = "failed"
            _log.error("tasklet %r failed: %s\n%s", record.name, record.error, record.traceback)
        finally:
            record.ended = self.hub.clock.now()
            self._unregister_hooks(record)
            record.done.set()
            record.first_step.set()

    def _cancel(self, record: _Record) -> None:
        def cancel() -> None:
            if record.task is not None:
                record.task.cancel()

        if record.thread is not None:
            record.thread.call(cancel)

    def _abandon(self, record: _Record) -> None:
        """Leave a tasklet that does not stop to itself; those to come get a loop of their own."""
        record.state = "stuck"
        self._unregister_hooks(record)
        if record.thread is self._thread:
            self._thread = None
        self.hub.warn(
            f"tasklet {record.name!r} does not stop and was left behind; it blocks its loop or "
            "catches its cancellation"
        )

    def _held(self, owner: str, seconds: float, still: bool) -> None:
        for record in self._records:
            if record.name == owner:
                record.longest_hold = max(record.longest_hold, seconds)
        if still:
            self.hub.warn(
                f"tasklet {owner!r} holds the tasklet loop since {seconds * 1000:.0f} ms; other "
                "tasklets wait for it. Await something now and then, or use hub.run_in_thread()"
            )
        else:
            _log.warning("tasklet %r held the tasklet loop for %.3f s", owner, seconds)

    def _distribute(self, device: Device, events: Sequence[DeviceEvent]) -> None:
        for subscription in self._subscriptions:
            subscription.put(device.name, events)
        for record, method, arguments in self._observing:
            given = {"device": device, "events": events}
            self._guarded(record, method, {name: given[name] for name in arguments})

    def _guarded(self, record: _Record, method: Any, arguments: dict[str, Any]) -> None:
        """Call a hook of a tasklet on the loop; what it raises is logged under its name."""
        if record.state != "running" or record.thread is None:
            return
        try:
            record.thread.timed(record.name, lambda: method(**arguments))
        except Exception:  # noqa: BLE001 - the user's code; told
            _log.error("tasklet %r: a hook raised\n%s", record.name, traceback.format_exc())

    def _register_hooks(self, record: _Record) -> None:
        """Register the tasklet's hooks with the plugin manager, under its name."""
        hooks: dict[str, Any] = {}
        for hook in [name for name in dir(record.instance) if not name.startswith("__")]:
            method = getattr(record.instance, hook)
            if not hasattr(method, f"{hookspecs.PROJECT}_impl"):
                continue
            if hook == EVENTS_HOOK:
                code = method.__func__.__code__
                arguments = code.co_varnames[1 : code.co_argcount]
                self._observing = (*self._observing, (record, method, arguments))
            else:
                hooks[hook] = method if hook in _ASKING_HOOKS else self._on_loop(record, method)
        if hooks:
            plugin = type("TaskletHooks", (), {name: staticmethod(f) for name, f in hooks.items()})
            self.hub.manager.register(plugin, record.name, "tasklet")

    def _on_loop(self, record: _Record, method: Any) -> Any:
        @functools.wraps(method)
        def told(**arguments: Any) -> None:
            if self._thread is not None:
                self._thread.call(self._guarded, record, method, arguments)

        code = method.__func__.__code__
        names = code.co_varnames[1 : code.co_argcount]

        @functools.wraps(method)
        def positional(*given: Any) -> None:
            told(**dict(zip(names, given, strict=True)))

        return positional

    def _unregister_hooks(self, record: _Record) -> None:
        self._observing = tuple(one for one in self._observing if one[0] is not record)
        self.hub.manager.unregister(record.name)

    def _pseudo_device(self) -> Device:
        """Return the device under which events are published that belong to no open device."""
        if self._pseudo is None:
            classes = [codec.event_class for codec in self.hub.events]
            context = DeviceContext(
                name=PSEUDO_DEVICE,
                class_name="Tasklets",
                clock=self.hub.clock,
                log=_log,
                publish=self.hub.pipeline.publish,
                provider=self.hub.provider,
                warn=self.hub.warn,
                event_classes=classes,
            )
            device = Device(DeviceSettings(name=PSEUDO_DEVICE), context)
            buffer = self.hub.make_buffer(PSEUDO_DEVICE, 1, classes)
            self.hub.pipeline.add_device(device, buffer, None)
            self._pseudo = device
        return self._pseudo
