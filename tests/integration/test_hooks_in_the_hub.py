"""Plugins in a running hub: told of everything, contained when they fail."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from iohub_core import ioHubConnection
from iohub_core.errors import RecordingError

from .conftest import TOY

RECORDER = str(Path(__file__).parents[1] / "support" / "hook_recorder.py")
Launch = Callable[..., ioHubConnection]


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which the hub's plugin notes its calls."""
    path = tmp_path / "notes.txt"
    path.touch()
    monkeypatch.setenv("IOHUB_TEST_NOTES", str(path))
    return path


def wait_for(notes: Path, text: str) -> list[str]:
    end = time.monotonic() + 5.0
    while text not in notes.read_text():
        assert time.monotonic() < end, f"{text!r} was not noted:\n{notes.read_text()}"
        time.sleep(0.01)
    return notes.read_text().splitlines()


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5.0
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_plugin_is_told_of_the_sessions_course_in_order(launch: Launch, notes: Path) -> None:
    with launch(plugins=[TOY, RECORDER]) as io:
        io.devices.toy.emit(2)
        wait_for(notes, "published toy [1]")
    assert notes.read_text().splitlines() == [
        "opened toy",
        "started ['toy']",
        "published toy [0]",
        "published toy [1]",
        "stopping: the script asked for it",
    ]


def test_an_observer_that_raises_is_named_and_called_again(launch: Launch, notes: Path) -> None:
    io = launch(plugins=[TOY, RECORDER])
    io.devices.toy.emit(1, start=13)
    io.devices.toy.emit(1, start=14)
    wait_for(notes, "published toy [14]")
    entry = next(one for one in io.getPluginReport() if one["name"] == RECORDER)
    assert "hook iohub_events_published raised: RuntimeError: unlucky" in entry["faults"][0]
    assert len(io.getEvents()) == 2


def test_a_plugin_is_told_of_dropped_events(launch: Launch, notes: Path) -> None:
    with pytest.warns(UserWarning, match="full") as caught:
        io = launch(plugins=[TOY, RECORDER], monitor_devices=[{"Toy": {"event_buffer_length": 4}}])
        io.devices.toy.emit(5)
        wait_for(notes, "overflowed toy 1")
        wait_until(lambda: bool(caught))


def test_a_plugin_is_told_of_a_device_that_failed(launch: Launch, notes: Path) -> None:
    with pytest.warns(UserWarning, match="no toys") as caught:
        launch(
            plugins=[TOY, RECORDER],
            monitor_devices=[{"Toy": {"refuse": "no toys", "optional": True}}],
        )
        wait_for(notes, "failed toy: no toys")
        wait_until(lambda: bool(caught))


def test_a_recording_that_fails_makes_the_next_call_raise(
    launch: Launch, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOHUB_TEST_SINK", "1")
    with pytest.warns(UserWarning, match="NO LONGER RECORDED"):
        io = launch(plugins=[TOY, RECORDER])
        io.devices.toy.emit(2)
        assert io.getRecordingStatus() == [{"name": "failing sink", "taken": 2}]
        io.devices.toy.emit(1)
        end = time.monotonic() + 5.0
        while io._process.trouble is None:
            assert time.monotonic() < end
            time.sleep(0.01)
    with pytest.raises(RecordingError, match=r"the recording has failed.*the disk is full"):
        io.getEvents()
    with pytest.raises(RecordingError):
        io.quit()
    assert "sink closed" in notes.read_text()


def test_the_experiment_goes_on_without_recording_if_it_says_so(
    launch: Launch, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOHUB_TEST_SINK", "1")
    with pytest.warns(UserWarning, match=r"NO LONGER RECORDED.*disk is full") as caught:
        io = launch(plugins=[TOY, RECORDER], data_store={"on_error": "continue"})
        io.devices.toy.emit(5)
        end = time.monotonic() + 5.0
        while not caught:
            assert time.monotonic() < end
            time.sleep(0.01)
    assert len(io.getEvents()) == 5


def test_save_events_false_keeps_a_devices_events_out_of_the_recording(
    launch: Launch, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOHUB_TEST_SINK", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with launch(
            plugins=[TOY, RECORDER], monitor_devices=[{"Toy": {"save_events": False}}]
        ) as io:
            io.devices.toy.emit(5)
            assert len(io.getEvents()) == 5
    assert "recorded" not in notes.read_text()
