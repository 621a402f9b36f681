"""Tasklets on their loop, with the parts of a hub they use."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from iohub_core import hookimpl
from iohub_core.clock import SystemClock
from iohub_core.event import DeviceEvent, EventRegistry, column, define_event
from iohub_core.plugins.manager import PluginManager
from iohub_core.tasklets.facade import HubFacade
from iohub_core.tasklets.host import TaskletHost
from iohub_core.tasklets.shipping import pack, unpack


@define_event(type_id=1951, type_name="NOTE", device="notes", table=True)
class NoteEvent(DeviceEvent):
    """An event of these tests."""

    value: int = column("i4", doc="A number.")


class FakeHub:
    """What a host uses of a hub; a published event goes where the pipeline would take it."""

    def __init__(self) -> None:
        self.clock = SystemClock()
        self.events = EventRegistry([DeviceEvent, NoteEvent])
        self.manager = PluginManager(blocked=set(), strict=False)
        self.devices: dict[str, Any] = {}
        self.warnings: list[str] = []
        self.told = threading.Event()

    def warn(self, text: str) -> None:
        self.warnings.append(text)
        self.told.set()


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


@pytest.fixture
def host(hub: FakeHub) -> Iterator[TaskletHost]:
    made = TaskletHost(hub)  # type: ignore[arg-type]
    yield made
    Blocker.release.set()
    made.close()
    Blocker.release.clear()


def start(host: TaskletHost, name: str, tasklet: Any, **kwargs: Any) -> Any:
    """Start a class as it is, and return the instance the host made."""
    made: list[Any] = []

    def factory(**given: Any) -> Any:
        made.append(tasklet(**given))
        return made[0]

    factory.__module__, factory.__qualname__ = __name__, tasklet.__name__
    host.hub.manager.tasklets[name] = SimpleNamespace(name=name, tasklet=factory)  # type: ignore
    host.start(name, name, kwargs)
    return made[0]


def state(host: TaskletHost, name: str) -> str:
    return str([one["state"] for one in host.report() if one["name"] == name][-1])


def wait_until(condition: Any, told: Any = None) -> None:
    end = time.monotonic() + 5.0
    while not condition():
        assert time.monotonic() < end, told and told()
        time.sleep(0.002)


DEVICE: Any = SimpleNamespace(name="notes")


class Collects:
    """Keeps the values it hears of."""

    def __init__(self) -> None:
        self.values: list[int] = []

    async def run(self, hub: HubFacade) -> None:
        async for event in hub.events("notes", types=["NOTE"]):
            self.values.append(event.value)  # type: ignore[attr-defined]


class Blocker:
    """Holds the loop until it is released."""

    release = threading.Event()

    def __init__(self) -> None:
        self.holds = threading.Event()

    async def run(self, hub: HubFacade) -> None:
        await hub.sleep(0)
        self.holds.set()
        Blocker.release.wait(10.0)


class Waits:
    """Waits for ever."""

    async def run(self, hub: HubFacade) -> None:
        await hub.sleep(3600)


class Fails:
    """Raises in its first step what it is told to."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    async def run(self, hub: HubFacade) -> None:
        raise self.error


class ExitsLater:
    """Ends the program, it thinks."""

    async def run(self, hub: HubFacade) -> None:
        await hub.sleep(0.005)
        raise SystemExit(3)


class HasChild:
    """Makes a task of its own that blocks for a moment, then waits for ever."""

    def __init__(self) -> None:
        self.ended = threading.Event()

    async def run(self, hub: HubFacade) -> None:
        self.child = asyncio.create_task(self.work())
        await hub.sleep(3600)

    async def work(self) -> None:
        try:
            time.sleep(0.08)
            await asyncio.sleep(3600)
        finally:
            self.ended.set()


class BadHook:
    """Implements a hook that does not exist."""

    async def run(self, hub: HubFacade) -> None:
        await hub.sleep(3600)

    @hookimpl
    def iohub_no_such_hook(self) -> None:
        """Never called."""


def test_a_failing_first_step_is_always_the_callers_error(host: TaskletHost) -> None:
    for turn in range(200):
        with pytest.raises(RuntimeError, match="no start"):
            start(host, f"fails{turn}", Fails, error=ValueError("no start"))


def test_leaving_the_program_fails_the_tasklet_and_no_other(host: TaskletHost) -> None:
    with pytest.raises(RuntimeError, match="SystemExit"):
        start(host, "exits", Fails, error=SystemExit(3))
    start(host, "later", ExitsLater)
    wait_until(lambda: state(host, "later") == "failed")
    collects = start(host, "collects", Collects)
    host.published(DEVICE, [NoteEvent(value=1)])
    wait_until(lambda: collects.values == [1])


def test_a_tasklet_named_like_a_plugin_takes_nothing_of_it(hub: FakeHub, host: TaskletHost) -> None:
    class Plugin:
        """A plugin."""

        @hookimpl
        def iohub_hub_started(self, context: Any) -> None:
            """Only there to be found."""

    hub.manager.register(Plugin(), "mouse")
    start(host, "mouse", Waits)
    host.stop("mouse")
    wait_until(lambda: state(host, "mouse") == "stopped")
    assert hub.manager.has("iohub_hub_started")


def test_an_unknown_hook_fails_the_start_and_leaves_nothing_behind(host: TaskletHost) -> None:
    with pytest.raises(TypeError, match="iohub_no_such_hook"):
        start(host, "bad", BadHook)
    assert host.report() == []


def test_stopping_one_while_another_blocks_blames_the_blocker(
    hub: FakeHub, host: TaskletHost
) -> None:
    blocker = start(host, "blocker", Blocker)
    blocker.holds.wait(5.0)
    start(host, "waits", Waits)
    host.stop("waits")
    assert state(host, "waits") != "stuck"
    assert any("'blocker'" in text for text in hub.warnings)
    Blocker.release.set()
    wait_until(lambda: state(host, "waits") == "stopped", host.report)
    assert state(host, "blocker") == "finished"


def test_tasklets_of_an_abandoned_loop_go_on_when_it_is_free(
    hub: FakeHub, host: TaskletHost
) -> None:
    collects = start(host, "collects", Collects)
    blocker = start(host, "blocker", Blocker)
    blocker.holds.wait(5.0)
    host.stop("blocker")
    assert state(host, "blocker") == "stuck"
    fresh = start(host, "fresh", Collects)
    host.published(DEVICE, [NoteEvent(value=1)])
    wait_until(lambda: fresh.values == [1])
    assert collects.values == []
    Blocker.release.set()
    wait_until(lambda: collects.values == [1])
    host.published(DEVICE, [NoteEvent(value=2)])
    wait_until(lambda: collects.values == fresh.values == [1, 2])


def test_a_blocked_loop_keeps_a_bounded_number_of_events_and_counts_the_rest(
    hub: FakeHub, host: TaskletHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iohub_core.tasklets.loop.BATCH_LIMIT", 50)
    collects = start(host, "collects", Collects)
    blocker = start(host, "blocker", Blocker)
    blocker.holds.wait(5.0)
    for value in range(80):
        host.published(DEVICE, [NoteEvent(value=value)])
    Blocker.release.set()
    wait_until(lambda: len(collects.values) == 50)
    assert collects.values == list(range(30, 80))
    assert any("30 batches" in text for text in hub.warnings)


def test_tasks_a_tasklet_makes_are_timed_and_end_with_it(hub: FakeHub, host: TaskletHost) -> None:
    parent = start(host, "parent", HasChild)
    wait_until(lambda: host.report()[0]["longest_hold_s"] > 0.07)
    assert any("'parent' holds" in text for text in hub.warnings)
    host.stop("parent")
    assert parent.ended.wait(5.0)


def test_a_stopped_subscriber_costs_nothing(host: TaskletHost) -> None:
    start(host, "collects", Collects)
    assert host.listening
    host.stop("collects")
    wait_until(lambda: not host.listening)


def test_an_error_in_a_hook_is_logged_under_the_tasklets_name(
    host: TaskletHost, caplog: pytest.LogCaptureFixture
) -> None:
    class Raises(Waits):
        """Raises when told of events."""

        @hookimpl
        def iohub_events_published(self, device: Any, events: Any) -> None:
            """Raise."""
            raise KeyError("in the hook")

    with caplog.at_level(logging.ERROR, "iohub.tasklet"):
        start(host, "raises", Raises)
        host.published(DEVICE, [NoteEvent(value=1)])
        wait_until(lambda: "in the hook" in caplog.text)
    assert "'raises'" in caplog.text
    assert state(host, "raises") == "running"


def test_what_is_packed_is_the_same_when_unpacked() -> None:
    factor = 6

    def times(value: int) -> int:
        return factor * value

    assert unpack(pack(times))(7) == 42


def test_what_cannot_be_packed_is_named() -> None:
    lock = threading.Lock()

    def waits() -> None:
        iterator.__next__()

    iterator = (lock for _ in range(3))
    with pytest.raises(TypeError, match="'waits' can't be sent to the hub"):
        pack(waits)
