"""No response is left out of an export, and each has the duration that was recorded."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from iohub_core import launchHubServer
from iohub_datastore.export.command import export_command
from iohub_datastore.export.folding import folded_buttons

VALIDATOR = shutil.which("bids-validator-deno")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Responses by mouse, wheel and response box."""
    folder = tmp_path_factory.mktemp("responses")
    with launchHubServer(
        experiment_code="box",
        session_code="größe",
        datastore_name=str(folder / "data"),
        Keyboard={"backend": "virtual"},
        Mouse={"backend": "virtual"},
        Monitor={"backend": "virtual"},
        Pstbox={"backend": "virtual", "name": "box"},
    ) as io:
        devices: Any = io.devices
        devices.keyboard.simulate("5", duration=0.0)
        devices.mouse.simulate([("move", (1, 1)), ("press", "left"), ("press", "right")])
        devices.mouse.simulate([("release", "left"), ("scroll", -1)])
        devices.box.simulateButton(2)
        devices.box.simulateButton(2, False)
        seen: list[Any] = []
        while len(seen) < 2:
            io.wait(0.01)
            seen += devices.box.getEvents()
    return folder / "data.hdf5"


def export(file: Path, folder: Path, *options: str) -> pd.DataFrame:
    done = CliRunner().invoke(
        export_command, [str(file), "--to", "bids", "--out", str(folder), *options]
    )
    assert done.exit_code == 0, done.output
    (tsv,) = folder.rglob("*_beh.tsv")
    return pd.read_csv(tsv, sep="\t", na_values="n/a", keep_default_na=False, dtype={"value": str})


def test_buttons_of_mouse_and_box_have_their_durations(recorded: Path, tmp_path: Path) -> None:
    table = export(recorded, tmp_path).set_index(["trial_type", "value"])
    assert table.loc[("button", "1"), "duration"] > 0
    assert pd.isna(table.loc[("button", "2"), "duration"])  # never released
    assert table.loc[("box", "2"), "duration"] > 0
    assert table.loc[("scroll", "scroll_dx=0 scroll_dy=-1"), "duration"] == 0
    (sidecar,) = tmp_path.rglob("*_beh.json")
    levels = json.loads(sidecar.read_text(encoding="utf-8"))["trial_type"]["Levels"]
    assert set(levels) == {"key", "button", "scroll", "box"}


def test_onsets_count_from_a_scanners_key(recorded: Path, tmp_path: Path) -> None:
    table = export(recorded, tmp_path, "--zero", "key:5").set_index("value")
    assert table.loc["5", "onset"] == 0.0
    done = CliRunner().invoke(
        export_command,
        [str(recorded), "--to", "bids", "--out", str(tmp_path), "--zero", "key:t"],
    )
    assert "no key of session 1 is 't'" in done.output


def test_sessions_that_bids_can_not_tell_apart_are_not_written_over_one_another(
    recorded: Path, tmp_path: Path
) -> None:
    both = shutil.copy(recorded, tmp_path / "both.hdf5")
    with launchHubServer(
        experiment_code="box",
        session_code="gre",
        datastore_name=str(tmp_path / "both"),
        Keyboard={"backend": "virtual"},
        Mouse={"enable": False},
        Monitor={"enable": False},
    ) as io:
        io.sendMessageEvent("second")
    done = CliRunner().invoke(
        export_command, [str(both), "--to", "bids", "--out", str(tmp_path / "bids")]
    )
    assert done.exit_code == 1
    assert "'größe', 'gre' would all be sub-gre_ses-gre_task-box" in done.output


@pytest.mark.skipif(VALIDATOR is None, reason="needs the package bids-validator-deno")
def test_the_validator_of_the_bids_project_finds_no_error(recorded: Path, tmp_path: Path) -> None:
    export(recorded, tmp_path)
    done = subprocess.run(
        [str(VALIDATOR), str(tmp_path), "--json"], capture_output=True, text=True, check=False
    )
    issues = json.loads(done.stdout)["issues"]["issues"]
    assert [one for one in issues if one["severity"] == "error"] == []


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2)), max_size=30))
def test_a_press_lasts_until_the_first_release_of_its_button(steps: list[tuple[bool, int]]) -> None:
    events = pd.DataFrame(
        {"time": [float(place) for place in range(len(steps))], "button": [b for _, b in steps]}
    )
    folded = folded_buttons(events, [down for down, _ in steps], ["button"])
    assert len(folded) == sum(down for down, _ in steps)
    for row in folded.itertuples():
        later = [
            (place, down)
            for place, (down, button) in enumerate(steps)
            if button == row.button and place > row.time
        ]
        released = later and not later[0][1]
        if released:
            assert row.duration == later[0][0] - row.time
        else:
            assert pd.isna(row.duration)
