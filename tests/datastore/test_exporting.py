"""Exporting data files."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from iohub_core import launchHubServer
from iohub_datastore.export.command import export_command


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session with messages, keys and a moving mouse."""
    folder = tmp_path_factory.mktemp("exported")
    with launchHubServer(
        experiment_code="flanker",
        experiment_info={"title": "Flanker task"},
        session_code="s1",
        datastore_name=str(folder / "data"),
        session_info={"user_variables": {"participant": "P-01", "age": 30}},
        Keyboard={"backend": "virtual"},
        Mouse={"backend": "virtual"},
        Monitor={"backend": "virtual"},
    ) as io:
        devices: Any = io.devices
        io.sendMessageEvent("scanner trigger", category="SYNC")
        devices.keyboard.simulate("a", duration=0.05)
        devices.keyboard.waitForReleases(maxWait=2.0, clear=False)
        devices.keyboard.simulate("b", duration=0.0, release=False)
        for place in range(50):
            devices.mouse.setPosition((place, -place))
        io.sendMessageEvent("tab\there")
        io.createTrialHandlerRecordTable([{"side": "left", "n": 1}])
        io.addTrialHandlerRecord({"side": "left", "n": 1})
    return folder / "data.hdf5"


def export(file: Path, *options: str) -> list[Path]:
    done = CliRunner().invoke(export_command, [str(file), *options])
    assert done.exit_code == 0, done.output
    return [Path(line) for line in done.stdout.splitlines() if line.startswith("/")]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tables_hold_what_the_file_holds(recorded: Path, tmp_path: Path, form: str) -> None:
    paths = {path.stem: path for path in export(recorded, "--to", form, "--out", str(tmp_path))}
    assert {"KeyboardInputEvent", "MessageEvent", "MouseInputEvent", "trials", "sessions"} <= set(
        paths
    )
    read = pd.read_csv if form == "csv" else pd.read_parquet
    keys = read(paths["KeyboardInputEvent"])
    assert list(keys["key"]) == ["a", "a", "b"]
    assert list(keys["type_name"][:2]) == ["KEYBOARD_PRESS", "KEYBOARD_RELEASE"]
    assert list(read(paths["trials"])["side"]) == ["left"]


def test_bids_has_onset_and_duration_first_and_folds_presses(
    recorded: Path, tmp_path: Path
) -> None:
    zero = "message:scanner trigger"
    paths = export(recorded, "--to", "bids", "--out", str(tmp_path), "--zero", zero)
    (tsv,) = [path for path in paths if path.name.endswith("_beh.tsv")]
    assert tsv.relative_to(tmp_path).as_posix() == (
        "sub-P01/ses-s1/beh/sub-P01_ses-s1_task-flanker_beh.tsv"
    )
    raw = tsv.read_text(encoding="utf-8")
    assert raw.splitlines()[0].split("\t")[:2] == ["onset", "duration"]
    assert all(line.count("\t") == raw.splitlines()[0].count("\t") for line in raw.splitlines())
    table = pd.read_csv(tsv, sep="\t", na_values="n/a", keep_default_na=False)
    assert table["onset"].is_monotonic_increasing
    trigger = table[table["value"] == "scanner trigger"].iloc[0]
    assert trigger["onset"] == 0.0
    held, unreleased = (table[table["value"] == key].iloc[0] for key in ("a", "b"))
    assert 0.04 < held["duration"] < 0.5
    assert math.isnan(unreleased["duration"])
    assert "\tn/a\t" in raw
    assert "tab here" in raw


def test_every_column_stands_in_the_sidecar(recorded: Path, tmp_path: Path) -> None:
    paths = export(recorded, "--to", "bids", "--out", str(tmp_path))
    (tsv,) = [path for path in paths if path.name.endswith("_beh.tsv")]
    sidecar = json.loads(tsv.with_suffix(".json").read_text(encoding="utf-8"))
    header = tsv.read_text(encoding="utf-8").splitlines()[0].split("\t")
    for column in header:
        assert sidecar[column]["Description"], column
    assert sidecar["onset"]["Units"] == "s"
    used = set(pd.read_csv(tsv, sep="\t")["trial_type"])
    assert used <= set(sidecar["trial_type"]["Levels"])
    about = json.loads((tmp_path / "dataset_description.json").read_text(encoding="utf-8"))
    assert about["Name"] == "Flanker task"
    assert about["BIDSVersion"]
    people = pd.read_csv(tmp_path / "participants.tsv", sep="\t")
    assert list(people["participant_id"]) == ["sub-P01"]
    assert list(people["age"]) == [30]


def test_the_mouse_is_a_continuous_recording_with_its_sidecar(
    recorded: Path, tmp_path: Path
) -> None:
    paths = export(recorded, "--to", "bids", "--out", str(tmp_path))
    (recording,) = [path for path in paths if path.name.endswith("_physio.tsv.gz")]
    sidecar = json.loads(
        recording.with_name(recording.name.replace(".tsv.gz", ".json")).read_text(encoding="utf-8")
    )
    assert sidecar["SamplingFrequency"] > 0
    assert sidecar["Columns"] == ["x_position", "y_position", "pressed_buttons"]
    with gzip.open(recording, "rt") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    assert all(len(row) == 3 for row in rows)
    assert float(rows[0][0]) == 0.0
    assert float(rows[-1][0]) == 49.0


def test_a_zero_that_is_not_there_is_told(recorded: Path, tmp_path: Path) -> None:
    for zero, message in (("message:none", "begins with 'none'"), ("noon", "none of session")):
        done = CliRunner().invoke(
            export_command,
            [str(recorded), "--to", "bids", "--out", str(tmp_path), "--zero", zero],
        )
        assert done.exit_code == 1
        assert message in done.output


def test_exporting_again_adds_to_the_dataset(recorded: Path, tmp_path: Path) -> None:
    for _ in range(2):
        export(recorded, "--to", "bids", "--out", str(tmp_path), "--session", "s1")
    assert len(pd.read_csv(tmp_path / "participants.tsv", sep="\t")) == 1
