"""A recorded session, from launch to a file that others can open."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
import tables

from iohub_core import ioHubConnection, launchHubServer
from iohub_core.errors import HubStartError
from iohub_datastore.read import open_file

from .conftest import start_script

VIRTUAL = {
    "Keyboard": {"backend": "virtual"},
    "Mouse": {"enable": False},
    "Monitor": {"enable": False},
}


def record(folder: Path, session: str = "s1", **further: Any) -> ioHubConnection:
    """Launch a hub that records to ``data.hdf5`` in a folder."""
    keywords = {**VIRTUAL, **further}
    return launchHubServer(
        experiment_code="exp", session_code=session, datastore_name=str(folder / "data"), **keywords
    )


def rows(folder: Path, table: str) -> Any:
    with tables.open_file(str(folder / "data.hdf5")) as file:
        return file.get_node(f"/data_collection/events/{table}").read()


def test_keys_and_messages_are_in_the_tables_of_the_layout(tmp_path: Path) -> None:
    with record(tmp_path) as io:
        io.sendMessageEvent("grüße 漢", category="c")
        io.devices.keyboard.simulate("a", duration=0.0)  # type: ignore[attr-defined]
        sent = io.getEvents()
        assert {(event.experiment_id, event.session_id) for event in sent} == {(1, 1)}
    (message,) = rows(tmp_path, "experiment/MessageEvent")
    assert message["text"].decode() == "grüße 漢"
    keys = rows(tmp_path, "keyboard/KeyboardInputEvent")
    assert [int(row["type"]) for row in keys] == [22, 23]
    assert [int(row["event_id"]) for row in keys] == [e.event_id for e in sent if e.type != 151]
    assert keys[1]["press_event_id"] == keys[0]["event_id"]
    assert (message["experiment_id"], message["session_id"]) == (1, 1)
    with tables.open_file(str(tmp_path / "data.hdf5")) as file:
        assert file.title == "ioHub DataStore - Experiment Data File."
        mapped = {
            int(row["class_id"]): row["table_path"].decode()
            for row in file.root.class_table_mapping.read()
        }
        path = "/data_collection/events/keyboard/KeyboardInputEvent"
        assert mapped[20] == mapped[22] == mapped[23] == path


def test_10000_messages_sent_while_recording_are_10000_rows(tmp_path: Path) -> None:
    with record(tmp_path, Experiment={"event_buffer_length": 20_000}) as io:
        for number in range(10_000):
            io.sendMessageEvent(str(number))
        assert len(io.devices.experiment.getEvents()) == 10_000
    texts = [text.decode() for text in rows(tmp_path, "experiment/MessageEvent")["text"]]
    assert texts == [str(number) for number in range(10_000)]


def test_what_the_buffers_dropped_stands_in_the_file(tmp_path: Path) -> None:
    with record(tmp_path, Experiment={"event_buffer_length": 10}) as io:
        for number in range(25):
            io.sendMessageEvent(str(number))
    with open_file(tmp_path / "data.hdf5") as file:
        (summary,) = file.sessions()["summary"]
    assert summary["dropped"] == {"experiment": 15}
    assert (summary["events"], summary["events_lost"]) == (25, 0)


def test_what_flush_returned_for_is_in_the_file_while_it_is_being_written(tmp_path: Path) -> None:
    with record(tmp_path) as io:
        for number in range(7):
            io.sendMessageEvent(str(number))
        io.flushDataStoreFile()
        (status,) = io.getRecordingStatus()
        assert status["rows_in_file"] == 7


def test_save_events_false_is_honoured_per_device(tmp_path: Path) -> None:
    further = {"Keyboard": {"backend": "virtual", "save_events": False}}
    with record(tmp_path, **further) as io:
        io.devices.keyboard.simulate("a", duration=0.0)  # type: ignore[attr-defined]
        io.sendMessageEvent("x")
        assert len(io.getEvents()) == 3
    assert len(rows(tmp_path, "keyboard/KeyboardInputEvent")) == 0
    assert len(rows(tmp_path, "experiment/MessageEvent")) == 1


def test_sessions_are_added_and_a_used_code_is_refused(tmp_path: Path) -> None:
    for session in ("s1", "s2"):
        with record(tmp_path, session) as io:
            io.sendMessageEvent(session)
            assert io.getSessionMetaData()["code"] == session  # type: ignore[index]
    assert io.getActiveConnection() is None
    with pytest.raises(HubStartError, match="s1"):
        record(tmp_path, "s1")
    messages = rows(tmp_path, "experiment/MessageEvent")
    assert [(row["text"].decode(), int(row["session_id"])) for row in messages] == [
        ("s1", 1),
        ("s2", 2),
    ]


def test_a_killed_script_leaves_a_file_with_everything_it_sent(tmp_path: Path) -> None:
    script = start_script(
        """
        from iohub_core import launchHubServer
        import time
        io = launchHubServer(monitor_devices=["Experiment"], experiment_code="e",
                             session_code="killed", datastore_name="data")
        for number in range(200):
            io.sendMessageEvent(str(number))
            print(number, flush=True)
        print(io.iohub_process_id, flush=True)
        time.sleep(60)
        """,
        tmp_path,
    )
    assert script.stdout is not None
    lines = [script.stdout.readline().strip() for _ in range(201)]
    os.kill(script.pid, signal.SIGKILL)
    script.wait()
    hub = int(lines[-1])
    from .test_two_processes import _wait_until_gone

    _wait_until_gone(hub, within_s=4.0)
    with launchHubServer(
        monitor_devices=["Experiment"],
        experiment_code="e",
        session_code="next",
        datastore_name=str(tmp_path / "data"),
    ):
        pass  # a launch on the file recovers what was left over
    texts = [text.decode() for text in rows(tmp_path, "experiment/MessageEvent")["text"]]
    assert texts == lines[:200]


@pytest.mark.parametrize(
    ("blocked", "class_name", "package"),
    [
        ("keyboard", "Keyboard", "iohub-keyboard"),
        ("mouse", "Mouse", "iohub-mouse"),
        ("monitor", "Monitor", "iohub-monitor"),
        ("experiment", "Experiment", "iohub-experiment"),
    ],
)
def test_each_default_plugin_can_be_missing(
    monkeypatch: pytest.MonkeyPatch, blocked: str, class_name: str, package: str
) -> None:
    monkeypatch.setenv("IOHUB_DISABLE_PLUGINS", blocked)
    others = {
        "Keyboard": {"backend": "virtual"},
        "Mouse": {"backend": "virtual"},
        "Monitor": {"backend": "virtual"},
    }
    others.pop(class_name, None)
    with launchHubServer(**others) as io:
        assert blocked not in io.devices.getNames()
        assert len(io.devices) == 3
    with pytest.raises(ValueError, match=f"pip install {package}"):
        launchHubServer(**others, **{class_name: {}})


def test_an_experiment_is_resumed_and_others_stand_beside_it(tmp_path: Path) -> None:
    numbers = []
    for experiment, session in (("a", "s1"), ("b", "s1"), ("a", "s2")):
        with launchHubServer(
            monitor_devices=["Experiment"],
            experiment_code=experiment,
            session_code=session,
            datastore_name=str(tmp_path / "data"),
        ) as io:
            numbers.append((io.getExperimentID(), io.getSessionID()))
    assert numbers == [(1, 1), (2, 2), (1, 3)]
    with open_file(tmp_path / "data.hdf5") as file:
        assert list(file.experiments()["code"]) == ["a", "b"]
        assert list(file.sessions()["experiment_id"]) == [1, 2, 1]
