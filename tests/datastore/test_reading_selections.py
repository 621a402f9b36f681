"""Selecting from a data file: sessions coded by numbers, trials that were not recorded."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from iohub_core import launchHubServer
from iohub_core.datastore.util import ExperimentDataAccessUtility
from iohub_datastore.export.command import export_command
from iohub_datastore.read import DataFile, open_file
from iohub_datastore.read.sessions import find_session

OFF = {"enable": False}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Session 1 is coded "2" and has three cues, whose second trial was not recorded."""
    folder = tmp_path_factory.mktemp("selected")
    for code, sides in (("2", "lmr"), ("1", "")):
        with launchHubServer(
            experiment_code="selecting",
            session_code=code,
            datastore_name=str(folder / "data"),
            Keyboard={"backend": "virtual"},
            Mouse=OFF,
            Monitor=OFF,
        ) as io:
            keyboard: Any = io.devices.keyboard
            row = {"side": "", "trial_start": 0.0, "trial_end": 0.0}
            io.createTrialHandlerRecordTable([row])
            for side in sides:
                start = io.getTime()
                io.sendMessageEvent("cue")
                keyboard.simulate(side, duration=0.0)
                end = io.getTime()
                if side != "m":
                    io.addTrialHandlerRecord({"side": side, "trial_start": start, "trial_end": end})
            keyboard.simulate("x", duration=0.0)
    return folder / "data.hdf5"


@pytest.fixture
def data(recorded: Path) -> Iterator[DataFile]:
    with open_file(recorded) as file:
        yield file


@pytest.mark.parametrize(("wanted", "number"), [("2", 1), ("1", 2), (1, 1), (2, 2)])
def test_a_session_given_as_text_is_a_code_before_it_is_a_number(
    data: DataFile, wanted: int | str, number: int
) -> None:
    assert data.session_id(wanted) == number


def test_a_number_as_text_is_a_number_where_no_session_has_that_code() -> None:
    listed = [("p01", 1), ("p02", 2)]
    assert find_session(listed, "2", "data.hdf5") == 2
    with pytest.raises(KeyError, match="no session '3'"):
        find_session(listed, "3", "data.hdf5")
    with pytest.raises(KeyError, match="all called 'p01'"):
        find_session([("p01", 1), ("p01", 2)], "p01", "data.hdf5")


def test_the_command_line_takes_sessions_by_their_codes_too(recorded: Path, tmp_path: Path) -> None:
    options = ["--to", "csv", "--session", "2", "--out", str(tmp_path)]
    done = CliRunner().invoke(export_command, [str(recorded), *options])
    assert done.exit_code == 0, done.output
    text = (tmp_path / "KeyboardInputEvent.csv").read_text(encoding="utf-8")
    assert {line.split(",")[1] for line in text.splitlines()[1:]} == {"1"}


def test_more_cues_than_recorded_trials_are_told(data: DataFile) -> None:
    with pytest.warns(UserWarning, match=r"3 messages start a trial .* but 2 trials"):
        data.events_by_trial("KEYBOARD_PRESS", "2", start="cue")


def test_trial_variables_with_times_say_exactly_which_trial_an_event_fell_in(
    data: DataFile,
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        joined = data.events_by_trial(
            "KEYBOARD_PRESS",
            "2",
            start=("variable", "trial_start"),
            end=("variable", "trial_end"),
        )
    assert list(joined["key"]) == ["l", "r"]
    assert list(joined["side"]) == ["l", "r"]
    assert list(joined["trial"]) == [1, 2]
    with pytest.raises(KeyError, match="did you mean 'trial_start'"):
        data.events_by_trial("KEYBOARD_PRESS", "2", start=("variable", "trial_star"))
    with pytest.raises(ValueError, match="'side' does not hold a time"):
        data.events_by_trial("KEYBOARD_PRESS", "2", start=("variable", "side"))


def test_existing_analyses_select_events_by_the_times_of_trials(recorded: Path) -> None:
    utility = ExperimentDataAccessUtility(str(recorded.parent), recorded.name)
    trials = utility.getEventAttributeValues(
        "KEYBOARD_PRESS",
        ["time", "key"],
        startConditions={"time": (">=", "@trial_start@")},
        endConditions={"time": ("<=", "@trial_end@")},
    )
    assert [list(trial.key) for trial in trials] == [[b"l"], [b"r"]]
    assert [trial.condition_set.side for trial in trials] == ["l", "r"]
    assert "time >=" in trials[0].query_string
    (right,) = utility.getEventAttributeValues(
        22, ["key"], conditionVariablesFilter={"side": ("==", "r")}
    )
    assert list(right.key) == [b"l", b"m", b"r", b"x"]
    with pytest.raises(KeyError, match="no condition variable 'start'"):
        utility.getEventAttributeValues(22, ["key"], startConditions={"time": (">", "@start@")})
    with pytest.raises(ValueError, match=r"write \(operator, value\)"):
        utility.getEventAttributeValues(22, ["key"], startConditions={"time": 3.0})
    assert [row["key"] for row in utility.getEventIterator(22)] == [b"l", b"m", b"r", b"x", b"x"]
    utility.close()


@pytest.mark.parametrize(
    ("conditions", "sides"),
    [
        ({"side": ("==", "l")}, ["l"]),
        ({"side": ("!=", "l")}, ["r"]),
        ({"trial_end": (">", 0)}, ["l", "r"]),
        ({"trial_end": ("<", 0)}, []),
        ({"SESSION_ID": (" in ", [1])}, ["l", "r"]),
        ({"side": ("not in", ["l", "r"])}, []),
        ({"side": ["l", "x"]}, ["l"]),
        ({"side": "r"}, ["r"]),
    ],
)
def test_condition_variables_are_filtered_by_operators_and_lists(
    recorded: Path, conditions: dict[str, Any], sides: list[str]
) -> None:
    utility = ExperimentDataAccessUtility(str(recorded.parent), recorded.name)
    assert [row.side for row in utility.getConditionVariables(conditions)] == sides
    table = utility.getConditionVariablesTable()
    assert table.nrows == 2
    utility.close()
