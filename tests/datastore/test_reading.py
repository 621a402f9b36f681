"""Reading data files: ours, and those of PsychoPy's ioHub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tables
from click.testing import CliRunner

from iohub_core import launchHubServer
from iohub_core.datastore.util import ExperimentDataAccessUtility
from iohub_datastore.errors import DataStoreError
from iohub_datastore.info import info_command
from iohub_datastore.read import DataFile, open_file

OFF = {"enable": False}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with two sessions of three trials, recorded by a hub."""
    folder = tmp_path_factory.mktemp("recorded")
    for session in ("s1", "s2"):
        with launchHubServer(
            experiment_code="reading",
            session_code=session,
            datastore_name=str(folder / "data"),
            session_info={"user_variables": {"participant": "P01", "age": 30}},
            Keyboard={"backend": "virtual"},
            Mouse=OFF,
            Monitor=OFF,
        ) as io:
            keyboard: Any = io.devices.keyboard
            trials = [
                {"colour": "red", "angle": 0.5, "catch": False, "note": None},
                {"colour": "grün", "angle": 1, "catch": True, "note": "x"},
                {"colour": "blue", "angle": 2.5, "catch": False},
            ]
            io.createTrialHandlerRecordTable(trials)
            for trial in trials:
                io.sendMessageEvent("trial start", category="START")
                keyboard.simulate("a", duration=0.0, modifiers=["lshift"])
                io.sendMessageEvent("trial end", category="END")
                keyboard.simulate("b", duration=0.0)
                io.addTrialHandlerRecord(trial)
    return folder / "data.hdf5"


@pytest.fixture
def data(recorded: Path) -> Iterator[DataFile]:
    with open_file(recorded) as file:
        yield file


def test_experiments_and_sessions_are_listed(data: DataFile) -> None:
    assert list(data.experiments()["code"]) == ["reading"]
    sessions = data.sessions()
    assert list(sessions["code"]) == ["s1", "s2"]
    assert sessions["user_variables"][0] == {"participant": "P01", "age": 30}
    assert list(sessions["state"]) == ["complete", "complete"]
    assert "iohub-core" in sessions["software"][0]["versions"]


@pytest.mark.parametrize("name", ["KEYBOARD_PRESS", "KeyboardPressEvent", 22])
def test_events_of_a_type_come_decoded(data: DataFile, name: int | str) -> None:
    presses = data.events(name, session="s1")
    assert list(presses["key"]) == ["lshift", "a", "b"] * 3
    assert list(presses["type_name"].unique()) == ["KEYBOARD_PRESS"]
    assert list(presses["modifiers_name"][:2]) == [["lshift"], ["lshift"]]
    assert presses["time"].is_monotonic_increasing
    assert set(presses["session_id"]) == {1}


def test_a_parents_type_stands_for_all_events_of_its_table(data: DataFile) -> None:
    both = data.events("KeyboardInputEvent", session=2)
    assert set(both["type_name"]) == {"KEYBOARD_PRESS", "KEYBOARD_RELEASE"}
    assert len(both) == 18


def test_a_selection_by_time_and_columns(data: DataFile) -> None:
    every = data.events("MESSAGE", session=1)
    middle = every["time"][2]
    found = data.events("MESSAGE", 1, start=middle, columns=["time", "text"], names=False)
    assert list(found.columns) == ["time", "text"]
    assert len(found) == 4
    assert len(data.events("MESSAGE", 1, stop=middle)) == 2


def test_numpy_gives_the_stored_array(data: DataFile) -> None:
    rows = data.events("KEYBOARD_PRESS", as_="numpy")
    assert isinstance(rows, np.ndarray)
    assert rows["key"][0] == b"lshift"
    assert data.events("LOG", as_="numpy").shape == (0,)
    with pytest.raises(ValueError, match="neither 'pandas' nor 'numpy'"):
        data.events("LOG", as_="polars")


def test_wrong_names_are_told_with_the_nearest(data: DataFile) -> None:
    with pytest.raises(KeyError, match="did you mean 'KEYBOARD_PRESS'"):
        data.events("KEYBOARD_PRES")
    with pytest.raises(KeyError, match=r"no session 's9' .*sessions: s1, s2"):
        data.events("MESSAGE", session="s9")
    with pytest.raises(KeyError, match="did you mean 'category'"):
        data.events("MESSAGE", columns=["categorie"])


def test_trials_come_back_as_they_were(data: DataFile) -> None:
    trials = data.trials("s1").to_dict("records")
    assert [row["colour"] for row in trials] == ["red", "grün", "blue"]
    assert trials[1]["angle"] == 1
    assert trials[0]["catch"] is False
    assert trials[0]["note"] is None
    assert pd.isna(trials[2]["note"])
    assert len(data.trials()) == 6


def test_events_are_joined_with_the_trials_they_fell_in(data: DataFile) -> None:
    joined = data.events_by_trial(
        "KEYBOARD_PRESS", "s1", start=("category", "START"), end=("category", "END")
    )
    assert list(joined["key"]) == ["lshift", "a"] * 3
    assert list(joined["trial"]) == [1, 1, 2, 2, 3, 3]
    assert list(joined["colour"]) == ["red", "red", "grün", "grün", "blue", "blue"]
    assert (joined["trial_time"] >= 0).all()
    until_next = data.events_by_trial("KEYBOARD_PRESS", "s1", start="trial start")
    assert list(until_next["key"]) == ["lshift", "a", "b"] * 3
    with pytest.raises(ValueError, match="no message starts a trial"):
        data.events_by_trial("KEYBOARD_PRESS", "s1", start="nothing")


def test_columns_are_described_by_the_file(data: DataFile) -> None:
    columns = {column.name: column for column in data.columns("KEYBOARD_PRESS")}
    assert columns["time"].unit == "s"
    assert "happened" in columns["time"].doc
    assert all(column.doc for column in columns.values())


def test_counts_by_type(data: DataFile) -> None:
    assert data.event_counts("s1") == {
        "KEYBOARD_PRESS": 9,
        "KEYBOARD_RELEASE": 9,
        "MESSAGE": 6,
    }


def test_info_shows_sessions_and_counts(recorded: Path) -> None:
    shown = CliRunner().invoke(info_command, [str(recorded)])
    assert shown.exit_code == 0, shown.output
    for text in ("session 1: s1", "KEYBOARD_PRESS", "trials", "participant=P01"):
        assert text in shown.output


def test_a_file_with_a_journal_or_without_sessions_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_file(tmp_path / "none.hdf5")
    path = tmp_path / "other.hdf5"
    with tables.open_file(str(path), "w"):
        pass
    with pytest.raises(DataStoreError, match="not one with a session"):
        open_file(path)
    path.with_name("other.hdf5.iohub-journal").touch()
    with pytest.raises(DataStoreError, match="iohubctl recover"):
        open_file(path)
    text = tmp_path / "text.hdf5"
    text.write_text("no HDF5")
    with pytest.raises(DataStoreError, match="can't be opened as an HDF5 file"):
        open_file(text)


@pytest.fixture
def psychopys(tmp_path: Path) -> Path:
    """A file as PsychoPy's ioHub lays it out: narrow columns, no descriptions."""
    path = tmp_path / "old.hdf5"
    base = [("experiment_id", "u1"), ("session_id", "u1"), ("device_id", "u1"), ("event_id", "u4")]
    base += [("type", "u1"), ("device_time", "f8"), ("logged_time", "f8"), ("time", "f8")]
    base += [("confidence_interval", "f4"), ("delay", "f4"), ("filter_id", "i2")]
    message = np.dtype([*base, ("msg_offset", "f4"), ("category", "S32"), ("text", "S128")])
    with tables.open_file(str(path), "w", title="ioHub DataStore - Experiment Data File.") as file:
        mapping = [("class_id", "u4"), ("class_type_id", "u4")]
        mapping += [("class_name", "S32"), ("table_path", "S128")]
        where = b"/data_collection/events/experiment/MessageEvent"
        file.create_table(
            "/", "class_table_mapping", np.array([(151, 1, b"MessageEvent", where)], dtype=mapping)
        )
        experiment = np.array(
            [(1, b"old", b"Old", b"", b"1.0")],
            dtype=[("experiment_id", "u4"), ("code", "S256"), ("title", "S256")]
            + [("description", "S4096"), ("version", "S32")],
        )
        session = np.array(
            [(1, 1, b"p1", b"", b"", b'{"age": 20}')],
            dtype=[("session_id", "u4"), ("experiment_id", "u4"), ("code", "S256")]
            + [("name", "S256"), ("comments", "S4096"), ("user_variables", "S16384")],
        )
        file.create_table(
            "/data_collection", "experiment_meta_data", experiment, createparents=True
        )
        file.create_table("/data_collection", "session_meta_data", session)
        rows = np.zeros(2, dtype=message)
        rows["type"], rows["session_id"], rows["experiment_id"] = 151, 1, 1
        rows["time"], rows["text"] = [2.0, 1.0], [b"second", "größe".encode()]
        parent = "/data_collection/events/experiment"
        file.create_table(parent, "MessageEvent", rows, createparents=True)
        variables = np.array(
            [(1, 1, b"left", 3, 0.5)],
            dtype=[("EXPERIMENT_ID", "i4"), ("SESSION_ID", "i4"), ("side", "S256")]
            + [("n", "i8"), ("p", "f8")],
        )
        parent = "/data_collection/condition_variables"
        file.create_table(parent, "EXP_CV_1", variables, createparents=True)
    return path


def test_files_of_psychopys_iohub_read_the_same_way(psychopys: Path) -> None:
    with open_file(psychopys) as file:
        assert file.is_psychopys
        assert list(file.messages()["text"]) == ["größe", "second"]
        assert file.sessions()["user_variables"][0] == {"age": 20}
        assert file.trials("p1").to_dict("records") == [
            {"session_id": 1, "side": "left", "n": 3, "p": 0.5}
        ]
        assert file.event_counts() == {"MESSAGE": 2}
        columns = {column.name: column for column in file.columns("MESSAGE")}
        assert "happened" in columns["time"].doc  # by the installed plugin's declaration
        assert columns["text"].dtype == "S128"  # by the file


def test_existing_analyses_find_their_utility(recorded: Path, psychopys: Path) -> None:
    utility = ExperimentDataAccessUtility(
        str(recorded.parent), recorded.name, experimentCode="reading", sessionCodes=["s2"]
    )
    assert [session.code for session in utility.getSessionMetaData()] == ["s2"]
    assert utility.getEventMappingInformation()[22].class_name == "KeyboardPressEvent"
    values = utility.getEventAttributeValues(22, ["time", "key"])
    assert [key.decode() for key in values.key] == ["lshift", "a", "b"] * 3
    assert {22, 23, 151} == set(utility.getEventsByType())
    red = utility.getConditionVariables({"colour": ["red"]})
    assert [row.SESSION_ID for row in red] == [2]
    assert utility.getValuesForVariables("colour", "blue", ["angle"]) == [(2.5,)]
    assert "colour" in utility.getConditionVariableNames()
    utility.close()
    old = ExperimentDataAccessUtility(str(psychopys.parent), psychopys.name)
    assert len(old.getEventTable("MESSAGE")) == 2
    old.close()
    with pytest.raises(KeyError, match="no experiment 'none'"):
        ExperimentDataAccessUtility(str(recorded.parent), recorded.name, "none")
