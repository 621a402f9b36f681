"""BIDS: a session as `_beh.tsv` or `_events.tsv` with its sidecar, the mouse as `_physio.tsv.gz`.

Brain Imaging Data Structure, https://bids-specification.readthedocs.io: tab-separated files whose
first columns are onset and duration in seconds, `n/a` for what is missing, a JSON sidecar that
describes every column; continuous recordings as gzipped tables without a header, whose sidecar
has SamplingFrequency, StartTime and Columns.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from iohub_datastore.errors import DataStoreError
from iohub_datastore.export.event_rows import MISSING, column_descriptions, event_rows
from iohub_datastore.export.zero import zero_of

BIDS_VERSION = "1.10.0"
Progress = Callable[[str], None]


def export_bids(
    file: Any,
    folder: Path,
    session: int | str,
    *,
    zero: str = "session",
    suffix: str = "beh",
    progress: Progress = lambda name: None,
) -> list[Path]:
    """Write a session as a BIDS dataset.

    Args:
        file: the open data file.
        folder: the dataset's folder; sessions are added to one that exists.
        session: number or code.
        zero: what onsets count from; see :func:`~iohub_datastore.export.zero.zero_of`.
        suffix: ``beh`` for behaviour alone, ``events`` where a recording of the same name exists.
        progress: told what is written.

    Returns:
        The files written.

    Raises:
        DataStoreError: if another session of the file would get the same name, or the time zero
            is not there.
    """
    number = file.session_id(session)
    sessions = file.sessions()
    row = sessions[sessions["session_id"] == number].iloc[0]
    experiments = file.experiments().set_index("experiment_id")
    experiment = experiments.loc[row["experiment_id"]]
    variables = row["user_variables"]
    subject, entities = _named(row, experiment)
    _check_one_of_a_name(sessions, experiments, entities)
    target = folder / f"sub-{subject}" / f"ses-{_label(row['code'])}" / "beh"
    target.mkdir(parents=True, exist_ok=True)
    seconds_zero = zero_of(file, number, zero)
    progress("events")
    table = event_rows(file, number, seconds_zero)
    written = [_write_tsv(table, target / f"{entities}_{suffix}.tsv")]
    sidecar = {
        **column_descriptions(table),
        "StimulusPresentation": {"SoftwareName": "iohub", "SoftwareVersion": _version(row)},
        "TimeZero": zero,
    }
    written.append(_write_json(sidecar, target / f"{entities}_{suffix}.json"))
    progress("mouse")
    written += _mouse(file, number, seconds_zero, target / f"{entities}_recording-mouse_physio")
    written += _dataset(folder, experiment, subject, variables)
    return written


def _named(row: Any, experiment: Any) -> tuple[str, str]:
    """Return the subject's label and the name that a session's files begin with."""
    variables = row["user_variables"]
    subject = _label(variables.get("participant") or variables.get("subject") or row["code"])
    return subject, f"sub-{subject}_ses-{_label(row['code'])}_task-{_label(experiment['code'])}"


def _check_one_of_a_name(sessions: Any, experiments: Any, entities: str) -> None:
    """Make sure that no session would be written over another: labels have fewer characters."""
    same = [
        str(row["code"])
        for row in sessions.to_dict("records")
        if _named(row, experiments.loc[row["experiment_id"]])[1] == entities
    ]
    if len(same) > 1:
        listed = ", ".join(map(repr, same))
        raise DataStoreError(
            f"the sessions {listed} would all be {entities}, since BIDS allows letters and digits "
            "only; give them different user variables `participant`, or codes"
        )


def _mouse(file: Any, session: int, zero: float, stem: Path) -> list[Path]:
    """Write the mouse's positions as a continuous recording at its median rate."""
    if not any(one.name == "MouseInputEvent" for one in file.classes):
        return []
    names = ["time", "x_position", "y_position", "pressed_buttons"]
    events = file.events("MouseInputEvent", session, columns=names, names=False)
    if len(events) < 2:
        return []
    times = events["time"].to_numpy(dtype=float) - zero
    steps = np.diff(times)
    steps = steps[steps > 0]
    if not len(steps):
        return []
    rate = float(np.clip(round(1.0 / np.median(steps)), 1, 8000))
    count = int(np.ceil((times[-1] - times[0]) * rate)) + 1  # so that the last position is in it
    grid = times[0] + np.arange(count) / rate
    # A position holds until the next event: between two events the mouse did not move.
    places = np.clip(np.searchsorted(times, grid + 1e-9, side="right") - 1, 0, None)
    table = events.iloc[places][names[1:]]
    target = stem.with_name(stem.name + ".tsv.gz")
    text = table.to_csv(sep="\t", header=False, index=False, na_rep=MISSING)
    # Neither time nor name in the gzip header: the same data give the same file.
    target.write_bytes(gzip.compress(text.encode(), mtime=0))
    sidecar = {
        "SamplingFrequency": rate,
        "StartTime": float(grid[0]),
        "Columns": names[1:],
        "x_position": {"Description": "Horizontal position, right is positive."},
        "y_position": {"Description": "Vertical position, up is positive."},
        "pressed_buttons": {"Description": "Sum of the bits of the buttons held."},
        "Interpolation": "The last position before each sample; the mouse reports changes only.",
    }
    return [target, _write_json(sidecar, stem.with_name(stem.name + ".json"))]


def _dataset(folder: Path, experiment: Any, subject: str, variables: dict[str, Any]) -> list[Path]:
    """Write the files of the dataset as a whole, or add to them."""
    import pandas as pd

    description = folder / "dataset_description.json"
    if not description.exists():
        about = {
            "Name": experiment["title"] or experiment["code"],
            "BIDSVersion": BIDS_VERSION,
            "DatasetType": "raw",
            "GeneratedBy": [{"Name": "iohub-datastore"}],
        }
        _write_json(about, description)
    readme = folder / "README"
    if not readme.exists():
        text = experiment["description"] or "Behavioural data, exported from an iohub data file."
        readme.write_text(f"{experiment['title'] or experiment['code']}\n\n{text}\n", "utf-8")
    participants = folder / "participants.tsv"
    row = {"participant_id": f"sub-{subject}"}
    row.update({name: value for name, value in variables.items() if name != "participant"})
    table = pd.DataFrame([row])
    if participants.exists():
        known = pd.read_csv(participants, sep="\t", dtype=str, keep_default_na=False)
        table = pd.concat([known[known["participant_id"] != row["participant_id"]], table])
    _write_tsv(table, participants)
    return [description, readme, participants]


def _write_tsv(table: Any, path: Path) -> Path:
    table = table.astype(object).where(table.notna(), None)
    table.to_csv(path, sep="\t", index=False, na_rep=MISSING)
    return path


def _write_json(content: dict[str, Any], path: Path) -> Path:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return path


def _label(text: Any) -> str:
    """Return a BIDS label: letters and digits only."""
    return re.sub(r"[^A-Za-z0-9]", "", str(text)) or "unnamed"


def _version(row: Any) -> str:
    software = row.get("software")
    versions = software.get("versions", {}) if isinstance(software, dict) else {}
    return str(versions.get("iohub-core", MISSING))
