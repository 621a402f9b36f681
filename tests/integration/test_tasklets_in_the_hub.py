"""Tasklets in a running hub."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iohub_core import Computer, ioHubConnection
from iohub_core.tasklets import Tasklet

from .conftest import start_script

Launch = Callable[..., ioHubConnection]
MODULE = "support.tasklets_of_tests"
DEVICES: list[Any] = [{"Toy": {}}, {"Experiment": {"report_log_events": True}}]


@pytest.fixture
def io(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> ioHubConnection:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))
    return launch(plugins=["support.toy_device"], monitor_devices=DEVICES)


def texts(io: ioHubConnection, count: int, within_s: float = 5.0) -> list[str]:
    """Return the texts of messages and logs once there are ``count`` of them."""
    found: list[str] = []
    end = time.monotonic() + within_s
    while len(found) < count:
        assert time.monotonic() < end, found
        found += [event.text for event in io.devices.experiment.getEvents()]
        time.sleep(0.005)
    return found


def state_of(io: ioHubConnection, name: str) -> dict[str, Any]:
    return next(one for one in io.getTaskletReport() if one["name"] == name)


def wait_for_state(io: ioHubConnection, name: str, state: str) -> dict[str, Any]:
    end = time.monotonic() + 5.0
    while (found := state_of(io, name))["state"] != state:
        assert time.monotonic() < end, found
        time.sleep(0.01)
    return found


def test_a_tasklet_hears_events_and_emits_its_own(io: ioHubConnection) -> None:
    io.startCustomTasklet("echo", f"{MODULE}.Echo")
    io.devices.toy.emit(3)
    answers: list[int] = []
    end = time.monotonic() + 5.0
    while len(answers) < 3:
        assert time.monotonic() < end, answers
        answers += [event.value for event in io.devices.toy.getEvents() if event.value < 0]
    assert sorted(answers) == [-3, -2, -1]
    io.stopCustomTasklet("echo")
    assert state_of(io, "echo")["state"] == "stopped"
    io.devices.toy.emit(1, start=7)
    time.sleep(0.05)
    assert [event.value for event in io.devices.toy.getEvents()] == [7]


def test_a_marker_keeps_its_interval(io: ioHubConnection) -> None:
    io.startCustomTasklet("marker", f"{MODULE}.Marker", interval=0.05, text="tick")
    events: list[Any] = []
    end = time.monotonic() + 5.0
    while len(events) < 6:
        assert time.monotonic() < end
        events += io.devices.experiment.getEvents()
        time.sleep(0.01)
    assert {event.text for event in events} == {"tick"}
    assert events[5].time - events[0].time == pytest.approx(0.25, abs=0.1)


def test_a_class_of_the_script_itself_is_carried_to_the_hub(io: ioHubConnection) -> None:
    greeting = "hello from a closure"

    class Greets(Tasklet):
        async def run(self, hub: Any) -> None:
            hub.send_message(greeting)

    io.startCustomTasklet("greets", Greets)
    assert texts(io, 1) == [greeting]
    assert wait_for_state(io, "greets", "finished")["error"] == ""


def test_a_class_in_a_scripts_main_is_carried_too(tmp_path: Path) -> None:
    script = start_script(
        """
        import asyncio
        from iohub_core import launchHubServer

        FACTOR = 6

        class Multiplies:
            def __init__(self, by):
                self.by = by
            async def run(self, hub):
                hub.send_message(str(FACTOR * self.by))

        with launchHubServer(monitor_devices=["Experiment"]) as io:
            io.startCustomTasklet("m", Multiplies, by=7)
            print(io.devices.experiment.getEvents()[0].text)
        """,
        tmp_path,
    )
    out, err = script.communicate(timeout=30)
    assert out.strip() == "42", err


@pytest.mark.parametrize(
    ("what", "error", "message"),
    [
        (f"{MODULE}.FailsAtOnce", RuntimeError, "no start"),
        (f"{MODULE}.Nothing", ImportError, "has no 'Nothing'"),
        ("no_such_module.Tasklet", ModuleNotFoundError, "no_such_module"),
        ("unregistered", ValueError, "neither `module.Class` nor a registered"),
        (f"{MODULE}.NoTasklet", TypeError, "has no `async def run"),
        (f"{MODULE}.Blocks", TypeError, "seconds"),
    ],
)
def test_a_start_that_fails_is_the_scripts_error_at_once(
    io: ioHubConnection, what: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        io.startCustomTasklet("bad", what)


def test_a_later_failure_is_logged_and_reported(io: ioHubConnection) -> None:
    io.startCustomTasklet("fails", f"{MODULE}.FailsLater")
    report = wait_for_state(io, "fails", "failed")
    assert report["error"] == "ValueError: no more"
    assert "tasklets_of_tests.py" in report["traceback"]
    assert any("'fails' failed" in text for text in texts(io, 1))


def test_a_tasklet_that_blocks_is_named_and_delays_neither_events_nor_requests(
    io: ioHubConnection,
) -> None:
    with pytest.warns(UserWarning, match="'sleeper' holds the tasklet loop") as caught:
        io.startCustomTasklet("sleeper", f"{MODULE}.Blocks", seconds=0.6)
        end = time.monotonic() + 5.0
        while not caught:
            assert time.monotonic() < end
            time.sleep(0.01)
        before = Computer.getTime()
        io.devices.toy.emit(100)
        assert len(io.devices.toy.getEvents()) == 100
        assert Computer.getTime() - before < 0.3  # it still sleeps; requests don't wait for it
    wait_for_state(io, "sleeper", "finished")
    assert 0.5 < state_of(io, "sleeper")["longest_hold_s"] < 3.0


def test_a_tasklet_that_does_not_stop_is_left_behind_and_others_go_on(io: ioHubConnection) -> None:
    with pytest.warns(UserWarning, match="'mule' does not stop") as caught:
        io.startCustomTasklet("mule", f"{MODULE}.Stubborn")
        io.stopCustomTasklet("mule")
        end = time.monotonic() + 5.0
        while not caught:
            assert time.monotonic() < end
            time.sleep(0.01)
    assert state_of(io, "mule")["state"] == "stuck"
    io.startCustomTasklet("marker", f"{MODULE}.Marker")
    assert "mark" in texts(io, 1)


def test_long_work_goes_to_a_thread(io: ioHubConnection) -> None:
    io.startCustomTasklet("computes", f"{MODULE}.Computes")
    assert str(sum(range(100_000))) in texts(io, 1)


def test_hooks_of_a_tasklet_are_called_while_it_runs(io: ioHubConnection) -> None:
    io.startCustomTasklet("watches", f"{MODULE}.Watches")
    io.devices.toy.emit(1, start=5)
    assert "saw 5" in texts(io, 1)
    io.addDeviceToMonitor("Toy", {"name": "second"})
    assert "opened second" in texts(io, 1)
    io.stopCustomTasklet("watches")
    io.devices.toy.emit(1, start=6)
    time.sleep(0.05)
    assert io.devices.experiment.getEvents() == []


def test_waiting_for_one_event(io: ioHubConnection) -> None:
    io.startCustomTasklet("waits", f"{MODULE}.Waits")
    assert texts(io, 1) == ["timed out: True"]
    io.devices.toy.emit(5)
    assert "got 3" in texts(io, 1)


def test_names_are_taken_while_a_tasklet_runs_and_unknown_ones_are_told(
    io: ioHubConnection,
) -> None:
    io.startCustomTasklet("marker", f"{MODULE}.Marker")
    with pytest.raises(ValueError, match="'marker' is running"):
        io.startCustomTasklet("marker", f"{MODULE}.Marker")
    with pytest.raises(KeyError, match="did you mean 'marker'"):
        io.stopCustomTasklet("makrer")
    io.stopCustomTasklet("marker")
    io.startCustomTasklet("marker", f"{MODULE}.Marker")


def test_quitting_stops_all_tasklets(io: ioHubConnection) -> None:
    io.startCustomTasklet("marker", f"{MODULE}.Marker")
    io.startCustomTasklet("echo", f"{MODULE}.Echo")
    before = time.monotonic()
    io.quit()
    assert time.monotonic() - before < 2.0


def test_events_of_no_open_device_go_into_the_global_buffer_and_nothing_overflows(
    launch: Launch, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))
    io = launch(plugins=["support.toy_device", MODULE], monitor_devices=DEVICES)
    io.startCustomTasklet("any name", "stray")  # a name that the plugin registered
    wait_for_state(io, "any name", "finished")
    found = [event.value for event in io.getEvents() if event.type == 1911]
    assert found == [0, 1, 2, 3, 4]
    io.wait(0.05)
    assert [str(one.message) for one in recwarn] == []


def test_an_event_of_an_unregistered_type_fails_the_tasklet(io: ioHubConnection) -> None:
    with pytest.raises(RuntimeError, match="KeyError"):
        io.startCustomTasklet("stray", f"{MODULE}.EmitsStray")
