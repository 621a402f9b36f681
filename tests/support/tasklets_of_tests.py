"""Tasklets for tests, found by the hub as a module beside the script."""

from __future__ import annotations

import time
from typing import Any

from support.toy_device import ToyEvent

from iohub_core import hookimpl
from iohub_core.event import DeviceEvent, column, define_event
from iohub_core.plugins import TaskletType
from iohub_core.tasklets import Tasklet
from iohub_core.tasklets.facade import HubFacade


class Echo(Tasklet):
    """Answers every toy event with one whose value is negative."""

    async def run(self, hub: HubFacade) -> None:
        async for event in hub.events(types=["TOY"]):
            if event.value >= 0:  # type: ignore[attr-defined]
                hub.emit(ToyEvent(value=-event.value - 1))  # type: ignore[attr-defined]


class Marker(Tasklet):
    """Sends a message now and then."""

    def __init__(self, interval: float = 1.0, text: str = "mark") -> None:
        self.interval = interval
        self.text = text

    async def run(self, hub: HubFacade) -> None:
        due = hub.now()
        while True:
            hub.send_message(self.text, "marker")
            due += self.interval
            await hub.sleep_until(due)


class FailsAtOnce(Tasklet):
    """Raises in its first step."""

    async def run(self, hub: HubFacade) -> None:
        raise ValueError("no start")


class FailsLater(Tasklet):
    """Raises after a while."""

    async def run(self, hub: HubFacade) -> None:
        await hub.sleep(0.05)
        raise ValueError("no more")


class Blocks(Tasklet):
    """Holds the loop."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    async def run(self, hub: HubFacade) -> None:
        await hub.sleep(0.01)
        time.sleep(self.seconds)
        hub.send_message("let go")


class Stubborn(Tasklet):
    """Does not let itself be cancelled."""

    async def run(self, hub: HubFacade) -> None:
        while True:
            try:
                await hub.sleep(60)
            except BaseException:  # noqa: BLE001 - that is the point
                continue


class Computes(Tasklet):
    """Computes in a thread."""

    async def run(self, hub: HubFacade) -> None:
        result = await hub.run_in_thread(sum, range(100_000))
        hub.send_message(str(result))


class Watches(Tasklet):
    """Implements hooks."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    async def run(self, hub: HubFacade) -> None:
        self.hub = hub
        await hub.sleep(3600)

    @hookimpl
    def iohub_events_published(self, events: Any) -> None:
        for event in events:
            if event.type == 1901:
                self.hub.send_message(f"saw {event.value}")

    @hookimpl
    def iohub_device_opened(self, device: Any) -> None:
        self.hub.send_message(f"opened {device.name}")


class Waits(Tasklet):
    """Waits for one event, with a limit."""

    async def run(self, hub: HubFacade) -> None:
        none = await hub.wait_for_event(timeout=0.05)
        hub.send_message(f"timed out: {none is None}")
        event = await hub.wait_for_event(
            "toy", types=["TOY"], matches=lambda event: event.value == 3
        )
        hub.send_message(f"got {event.value}")  # type: ignore[union-attr]


class NoTasklet:
    """Has no run."""


@define_event(type_id=1911, type_name="STRAY", device="stray", table=True)
class StrayEvent(DeviceEvent):
    """An event of a type that no open device has."""

    value: int = column("i4", doc="A number.")


class EmitsStray(Tasklet):
    """Publishes events that belong to no device."""

    async def run(self, hub: HubFacade) -> None:
        for value in range(5):
            hub.emit(StrayEvent(value=value))


@hookimpl
def iohub_event_types() -> list[type[DeviceEvent]]:
    return [StrayEvent]


@hookimpl
def iohub_tasklet_types() -> list[TaskletType]:
    return [TaskletType(name="stray", tasklet=EmitsStray)]
