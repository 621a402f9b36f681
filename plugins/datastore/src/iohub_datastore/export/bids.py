"""BIDS: a session as `_beh.tsv` or `_events.tsv` with its sidecar, the mouse as `_physio.tsv.gz`.

Brain Imaging Data Structure, https://bids-specification.readthedocs.io: tab-separated files whose
first columns are onset and duration in seconds, `n/a` for what is missing, a JSON sidecar that
describes every column; continuous recordings as gzipped tables without a header, whose sidecar
has SamplingFrequency, StartTime and Columns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from iohub_datastore.export.folding import folded_keys
from iohub_datastore.export.zero import zero_of

BIDS_VERSION = "1.10.0"
MISSING = "n/a"
Progress = Callable[[str], None]

_EVENT_COLUMNS: dict[str, dict[str, Any]] = {
    "onset": {"Description": "Time of the event since the declared zero.", "Units": "s"},
    "duration": {
        "Description": "How long a key was held; 0 for events without a duration; n/a where the "
        "release was not seen.",
        "Units": "s",
    },
    "trial_type": {
        "LongName": "Kind of event",
        "Description": "What happened.",
        "Levels": {
            "message": "The experiment script sent a message.",
            "key": "A key was pressed.",
            "button": "A mouse button was pressed.",
            "serial": "A device at a serial port sent something.",
            "log": "Something was logged.",
        },
    },
    "value": {"Description": "The message, the key's name, the button's number, the data."},
    "category": {"Description": "The message's category; n/a for other events."},
    "confidence_interval": {
        "Description": "Half-width of the interval around onset that holds the true time with at "
        "least 95 % probability; n/a where it is not known.",
        "Units": "s",
    },
    "device_id": {"Description": "Number of the physical device; 0 where it can't be told."},
    "event_id": {"Description": "Number of the event in the session's data file."},
}


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
    """
    number = file.session_id(session)
    sessions = file.sessions()
    row = sessions[sessions["session_id"] == number].iloc[0]
    experiments = file.experiments()
    experiment = experiments[experiments["experiment_id"] == row["experiment_id"]].iloc[0]
    variables = row["user_variables"]
    subject = _label(variables.get("participant") or variables.get("subject") or row["code"])
    entities = f"sub-{subject}_ses-{_label(row['code'])}_task-{_label(experiment['code'])}"
    target = folder / f"sub-{subject}" / f"ses-{_label(row['code'])}" / "beh"
    target.mkdir(parents=True, exist_ok=True)
    seconds_zero = zero_of(file, number, zero)
    progress("events")
    table = _event_rows(file, number, seconds_zero)
    written = [_write_tsv(table, target / f"{entities}_{suffix}.tsv")]
    sidecar = {
        **{name: about for name, about in _EVENT_COLUMNS.items() if name in table.columns},
        "StimulusPresentation": {"SoftwareName": "iohub", "SoftwareVersion": _version(row)},
        "TimeZero": zero,
    }
    written.append(_write_json(sidecar, target / f"{entities}_{suffix}.json"))
    progress("mouse")
    written += _mouse(file, number, seconds_zero, target / f"{entities}_recording-mouse_physio")
    written += _dataset(folder, experiment, subject, variables)
    return written


def _event_rows(file: Any, session: int, zero: float) -> Any:
    import pandas as pd

    parts = [
        _part(file, session, "MessageEvent", "message", "text", {"category": "category"}),
        _keys(file, session),
        _part(file, session, "MouseButtonPressEvent", "button", "button_id", {}),
        _part(file, session, "SerialInputEvent", "serial", "data", {}),
        _part(file, session, "LogEvent", "log", "text", {}),
    ]
    found = [part for part in parts if part is not None and len(part)]
    if not found:
        return pd.DataFrame(columns=["onset", "duration", "trial_type", "value"])
    table = pd.concat(found, ignore_index=True)
    table["onset"] = table["onset"] - zero
    table["confidence_interval"] = table["confidence_interval"].replace(0.0, np.nan)
    return table.sort_values("onset", kind="stable").reset_index(drop=True)


def _keys(file: Any, session: int) -> Any:
    if not any(one.name == "KeyboardInputEvent" for one in file.classes):
        return None
    presses = folded_keys(file.events("KeyboardInputEvent", session))
    rows = _columns(presses, "key", "key", {})
    rows["duration"] = presses["duration"].to_numpy()
    return rows


def _part(
    file: Any, session: int, class_name: str, kind: str, value: str, more: dict[str, str]
) -> Any:
    if not any(one.name == class_name for one in file.classes):
        return None
    return _columns(file.events(class_name, session), kind, value, more)


def _columns(events: Any, kind: str, value: str, more: dict[str, str]) -> Any:
    import pandas as pd

    rows = pd.DataFrame(
        {
            "onset": events["time"].to_numpy(dtype=float),
            "duration": 0.0,
            "trial_type": kind,
            "value": [_cell(one) for one in events[value]],
        }
    )
    for name, column in more.items():
        rows[name] = events[column].replace("", None).to_numpy()
    for name in ("confidence_interval", "device_id", "event_id"):
        rows[name] = events[name].to_numpy()
    return rows


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
    rate = float(np.clip(round(1.0 / np.median(steps[steps > 0])), 1, 8000))
    count = int(np.ceil((times[-1] - times[0]) * rate)) + 1  # so that the last position is in it
    grid = times[0] + np.arange(count) / rate
    # A position holds until the next event: between two events the mouse did not move.
    places = np.clip(np.searchsorted(times, grid + 1e-9, side="right") - 1, 0, None)
    table = events.iloc[places][names[1:]]
    target = stem.with_name(stem.name + ".tsv.gz")
    table.to_csv(target, sep="\t", header=False, index=False, na_rep=MISSING, compression="gzip")
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
    table.to_csv(path, sep="\t", index=False, na_rep=MISSING, float_format="%.7g")
    return path


def _write_json(content: dict[str, Any], path: Path) -> Path:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return path


def _cell(value: Any) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return re.sub(r"[\t\r\n]+", " ", text) or MISSING


def _label(text: Any) -> str:
    """Return a BIDS label: letters and digits only."""
    return re.sub(r"[^A-Za-z0-9]", "", str(text)) or "unnamed"


def _version(row: Any) -> str:
    software = row.get("software")
    versions = software.get("versions", {}) if isinstance(software, dict) else {}
    return str(versions.get("iohub-core", MISSING))
