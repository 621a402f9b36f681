"""What a tasklet sees of the hub."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from iohub_core.event import DeviceEvent

if TYPE_CHECKING:
    from iohub_core.devices.device import Device
    from iohub_core.hub.hub import Hub
    from iohub_core.tasklets.emitting import Emitter
    from iohub_core.tasklets.record import TaskletRecord

_log = logging.getLogger("iohub.tasklet")

QUEUE_LIMIT = 10_000


class Subscription:
    """Events on their way to a tasklet; bounded, the oldest dropped first and counted."""

    def __init__(self, device: str | None, types: Collection[int] | None) -> None:
        self._device = device
        self._types = None if types is None else frozenset(types)
        self._events: deque[DeviceEvent] = deque(maxlen=QUEUE_LIMIT)
        self._news = asyncio.Event()
        self.dropped = 0

    def put(self, device: Device, events: Sequence[DeviceEvent]) -> None:
        """Take the events that are wanted. On the loop."""
        if self._device is not None and device.name != self._device:
            return
        for event in events:
            if self._types is None or event.type in self._types:
                self.dropped += len(self._events) == QUEUE_LIMIT
                self._events.append(event)
                self._news.set()

    async def get(self) -> DeviceEvent:
        """Return the next event, waiting for it if there is none."""
        while not self._events:
            self._news.clear()
            await self._news.wait()
        return self._events.popleft()


class HubFacade:
    """The hub as one tasklet sees it. Everything here is called on the tasklet loop.

    Events inside the hub have their stored values: ``modifiers`` is a bit mask.

    Attributes:
        name: the tasklet's name.
    """

    def __init__(self, hub: Hub, emitter: Emitter, record: TaskletRecord) -> None:
        self._hub = hub
        self._emitter = emitter
        self._thread = record.thread
        self.name = record.name

    # -- time -----------------------------------------------------------------------------------

    def now(self) -> float:
        """Return the hub's time, s."""
        return self._hub.clock.now()

    async def sleep(self, seconds: float) -> None:
        """Let others work for a while."""
        await asyncio.sleep(seconds)

    async def sleep_until(self, time: float) -> None:
        """Let others work until a hub time, s; returns at once if that has passed."""
        await asyncio.sleep(max(0.0, time - self.now()))

    # -- events ---------------------------------------------------------------------------------

    async def events(
        self, device: str | None = None, types: Collection[int | str] | None = None
    ) -> AsyncIterator[DeviceEvent]:
        """Yield every event published from now on: ``async for event in hub.events():``.

        Args:
            device: only events of the device with this name.
            types: only events of these types, given by number or name.
        """
        subscription = self._subscribe(device, types)
        try:
            while True:
                yield await subscription.get()
        finally:
            self._unsubscribe(subscription)

    async def wait_for_event(
        self,
        device: str | None = None,
        types: Collection[int | str] | None = None,
        matches: Callable[[Any], bool] | None = None,
        timeout: float | None = None,
    ) -> DeviceEvent | None:
        """Wait for an event and return it; None when the time ran out.

        Args:
            device: see :meth:`events`, as for ``types``.
            matches: keeps waiting for an event it returns True for.
            timeout: the longest wait, s.
        """
        subscription = self._subscribe(device, types)

        async def wait() -> DeviceEvent:
            while True:
                event = await subscription.get()
                if matches is None or matches(event):
                    return event

        try:
            return await asyncio.wait_for(wait(), timeout)
        except asyncio.TimeoutError:
            return None
        finally:
            self._unsubscribe(subscription)

    def emit(self, event: DeviceEvent) -> None:
        """Publish an event of any registered type: journaled, buffered, told to observers.

        It goes into the buffer of the device whose type it is, and into the global one; an event
        type that belongs to no open device goes into the global one alone.

        Raises:
            KeyError: if its type is not registered.
        """
        self._emitter.emit(event)

    # -- devices and telling --------------------------------------------------------------------

    def get_device(self, name: str) -> Device | None:
        """Return a device of the hub, or None if there is none with that name."""
        return self._hub.devices.get(name)

    def send_message(self, text: str, category: str = "") -> None:
        """Send a message event, time stamped now.

        Raises:
            RuntimeError: if no open device takes messages.
        """
        for device in self._hub.devices.values():
            send = getattr(device, "sendMessages", None)
            if send is not None:
                send([(text, category, 0.0, self.now())])
                return
        raise RuntimeError("no device of this session takes messages; add Experiment to it")

    def log(self, text: str, level: int = logging.INFO) -> None:
        """Write a log record; it becomes a LogEvent where the Experiment device reports those."""
        _log.log(level, "%s: %s", self.name, text)

    async def run_in_thread(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run a long computation in a thread of its own and return its result."""
        return await asyncio.get_running_loop().run_in_executor(None, function, *args)

    def _subscribe(self, device: str | None, types: Collection[int | str] | None) -> Subscription:
        subscription = Subscription(device, self._type_ids(types))
        self._thread.listen(subscription, subscription.put)
        return subscription

    def _unsubscribe(self, subscription: Subscription) -> None:
        self._thread.unlisten(subscription)
        if subscription.dropped:
            _log.warning(
                "tasklet %r did not take %d events in time; the oldest were dropped",
                self.name,
                subscription.dropped,
            )

    def _type_ids(self, types: Collection[int | str] | None) -> frozenset[int] | None:
        if types is None:
            return None
        events = self._hub.events
        return frozenset(events.type_id(one) if isinstance(one, str) else one for one in types)
