"""Starts, watches and stops the tasklets of a hub."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import logging
import threading
import time
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from iohub_core.config.problems import nearest
from iohub_core.event import DeviceEvent
from iohub_core.plugins.declarations import resolve
from iohub_core.tasklets.emitting import Emitter
from iohub_core.tasklets.facade import HubFacade
from iohub_core.tasklets.hooks import add_hooks, remove_hooks
from iohub_core.tasklets.loop import LoopThread
from iohub_core.tasklets.record import (
    FAILED,
    FINISHED,
    STOPPED,
    STOPPING,
    STUCK,
    TaskletRecord,
)
from iohub_core.tasklets.shipping import unpack
from iohub_core.tasklets.stepped import OWNER, Stepped, own_task

if TYPE_CHECKING:
    from iohub_core.devices.device import Device
    from iohub_core.hub.hub import Hub

_log = logging.getLogger("iohub.tasklet")

FIRST_STEP_TIMEOUT_S = 2.0
STOP_TIMEOUT_S = 1.0
CLOSE_TIMEOUT_S = 0.5


class TaskletHost:
    """The tasklets of one hub. Its public methods may be called from any thread.

    Args:
        hub: the hub.
    """

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.emitter = Emitter(hub)
        self._records: list[TaskletRecord] = []
        # Where new tasklets go; before it stand loops that were left to one that does not stop.
        self._threads: tuple[LoopThread, ...] = ()
        self._abandoned: set[LoopThread] = set()
        self._lock = threading.Lock()

    # -- starting and stopping --------------------------------------------------------------------

    def start(self, name: str, what: str | bytes, kwargs: dict[str, Any]) -> None:
        """Start a tasklet and wait for its first step, 2 s at most.

        Args:
            name: what it is stopped by.
            what: ``module.Class``, a name that a plugin registered, or a packed class.
            kwargs: arguments of the class.

        Raises:
            ValueError: if one of that name is running.
            TypeError: if it is no tasklet, or implements a hook that does not exist.
            Exception: whatever importing, making or beginning it raises.
        """
        with self._lock:
            if any(one.name == name and one.alive for one in self._records):
                raise ValueError(f"a tasklet called {name!r} is running; stop it first")
            record = self._made(name, what, kwargs)
            add_hooks(record, self.hub.manager)
            self._records.append(record)
        record.thread.call(self._begin, record)
        record.first_step.wait(FIRST_STEP_TIMEOUT_S)
        # A start that fails in its first step is the caller's error, not just the report's.
        if record.done.is_set() and record.state == FAILED:
            raise RuntimeError(f"tasklet {name!r} failed: {record.error}\n{record.traceback}")

    def stop(self, name: str) -> None:
        """Stop a tasklet: cancel it, and leave it behind if it does not let itself be cancelled.

        Raises:
            KeyError: if none of that name is running.
        """
        record = next((one for one in self._records if one.name == name and one.alive), None)
        if record is None:
            running = [one.name for one in self._records if one.alive]
            raise KeyError(
                f"no tasklet called {name!r} is running{nearest(name, running)} "
                f"(running: {', '.join(running) or 'none'})"
            )
        self._end([record], STOP_TIMEOUT_S)

    def close(self) -> None:
        """Stop all tasklets, and their loops; takes half a second at most."""
        self._end([one for one in self._records if one.alive], CLOSE_TIMEOUT_S)
        for thread in self._threads:
            thread.stop()

    def report(self) -> list[dict[str, Any]]:
        """Return every tasklet of the session, running or ended; MessagePack types."""
        return [one.as_dict() for one in tuple(self._records)]

    # -- events -----------------------------------------------------------------------------------

    @property
    def listening(self) -> bool:
        """Whether a tasklet wants to hear of events."""
        return any(thread.listeners for thread in self._threads)

    def published(self, device: Device, events: Sequence[DeviceEvent]) -> None:
        """Take a batch to whoever listens. Called in the publishing thread; quick."""
        for thread in self._threads:
            if thread.listeners:
                thread.publish(device, events)

    # -- making -----------------------------------------------------------------------------------

    def _made(self, name: str, what: str | bytes, kwargs: dict[str, Any]) -> TaskletRecord:
        tasklet_class = self._class(what)
        instance = tasklet_class(**kwargs)
        if not inspect.iscoroutinefunction(getattr(instance, "run", None)):
            raise TypeError(
                f"{tasklet_class.__name__} is no tasklet: it has no `async def run(self, hub)`"
            )
        return TaskletRecord(
            name=name,
            what=f"{tasklet_class.__module__}.{tasklet_class.__qualname__}",
            started=self.hub.clock.now(),
            instance=instance,
            thread=self._loop(),
        )

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
        if not self._threads or self._threads[-1] in self._abandoned:
            thread = LoopThread(self._held, self._lost)
            thread.loop.set_task_factory(own_task)
            self._threads = (*self._threads, thread)
        return self._threads[-1]

    # -- running; on the loop ---------------------------------------------------------------------

    def _begin(self, record: TaskletRecord) -> None:
        facade = HubFacade(self.hub, self.emitter, record)
        stepped = Stepped(record, record.instance.run(facade), record.first_step.set)
        record.task = record.thread.loop.create_task(_whole(record, stepped))
        # Not at the end of _whole: one that is cancelled before its first step never gets there.
        record.task.add_done_callback(lambda _: self._ended(record, stepped))

    def _ended(self, record: TaskletRecord, stepped: Stepped) -> None:
        stepped.close()
        remove_hooks(record, self.hub.manager)
        for child in tuple(record.children):
            child.cancel()
        if record.error:
            _log.error("tasklet %r failed: %s\n%s", record.name, record.error, record.traceback)
        record.end_as(record.outcome, self.hub.clock.now())
        record.done.set()
        record.first_step.set()

    # -- ending -----------------------------------------------------------------------------------

    def _end(self, records: Sequence[TaskletRecord], timeout: float) -> None:
        for record in records:
            record.thread.call(_cancel, record)
        deadline = time.monotonic() + timeout
        for record in records:
            if not record.done.wait(max(0.0, deadline - time.monotonic())):
                self._did_not_end(record)

    def _did_not_end(self, record: TaskletRecord) -> None:
        """Tell who is to blame: the tasklet itself, or another that holds the loop."""
        holder = record.thread.holder
        if holder not in ("", record.name):
            if record.leave_as(STOPPING):
                self.hub.warn(
                    f"tasklet {record.name!r} will stop when {holder!r} lets go of the tasklet loop"
                )
        elif record.leave_as(STUCK):
            # Those to come get a loop of their own; others on this one go on if it gets free.
            remove_hooks(record, self.hub.manager)
            self._abandoned.add(record.thread)
            self.hub.warn(
                f"tasklet {record.name!r} does not stop and was left behind; it blocks its loop or "
                "catches its cancellation"
            )

    # -- telling ----------------------------------------------------------------------------------

    def _held(self, owner: str, seconds: float, still: bool) -> None:
        for record in tuple(self._records):
            if record.name == owner and record.ended is None:
                record.longest_hold = max(record.longest_hold, seconds)
        if still:
            self.hub.warn(
                f"tasklet {owner!r} holds the tasklet loop since {seconds * 1000:.0f} ms; other "
                "tasklets wait for it. Await something now and then, or use hub.run_in_thread()"
            )
        else:
            _log.warning("tasklet %r held the tasklet loop for %.3f s", owner, seconds)

    def _lost(self, count: int) -> None:
        self.hub.warn(
            f"{count} batches of events did not reach the tasklets: their loop was held too long"
        )


async def _whole(record: TaskletRecord, stepped: Stepped) -> None:
    """Run a tasklet to its end and note how that came."""
    OWNER.set(record)
    try:
        await stepped
        record.outcome = FINISHED
    except asyncio.CancelledError:
        record.outcome = STOPPED
    except BaseException as error:  # noqa: BLE001 - the user's code; SystemExit ends only it
        record.outcome = FAILED
        record.error = f"{type(error).__name__}: {error}"
        record.traceback = traceback.format_exc()


def _cancel(record: TaskletRecord) -> None:
    if record.task is not None:
        record.task.cancel()
