"""CSV and Parquet: one file an event type, one for the trials, as they are in the data file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Progress = Callable[[str], None]


def export_tables(
    file: Any, folder: Path, form: str, session: int | str | None, progress: Progress
) -> list[Path]:
    """Write every event table and the trials.

    Args:
        file: the open data file.
        folder: where to; made if it is not there.
        form: ``csv`` or ``parquet``.
        session: only this session.
        progress: told the name of each table before it is written.

    Returns:
        The files written; tables without rows are left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for path in dict.fromkeys(one.path for one in file.classes):
        name = path.rsplit("/", 1)[1]
        progress(name)
        frame = file.events(name, session)
        if len(frame):
            written.append(_write(_plain(frame), folder / name, form))
    progress("trials")
    trials = file.trials(session)
    if len(trials):
        written.append(_write(_plain(trials), folder / "trials", form))
    progress("sessions")
    sessions = file.sessions()
    written.append(_write(_plain(sessions), folder / "sessions", form))
    return written


def _plain(frame: Any) -> Any:
    """Turn what a table cell can't hold (lists, dicts) into text."""
    frame = frame.copy()
    for name in frame.columns:
        if any(isinstance(value, (list, dict)) for value in frame[name].head(50)):
            frame[name] = [_text(value) for value in frame[name]]
        elif frame[name].dtype == object:
            frame[name] = frame[name].map(
                lambda value: value.hex() if isinstance(value, bytes) else value
            )
    return frame


def _text(value: Any) -> str:
    import json

    if isinstance(value, list):
        return "+".join(map(str, value))
    return json.dumps(value, ensure_ascii=False)


def _write(frame: Any, path: Path, form: str) -> Path:
    target = path.with_suffix(f".{form}")
    if form == "csv":
        frame.to_csv(target, index=False)
    else:
        mixed = [name for name in frame.columns if frame[name].dtype == object]
        frame = frame.astype(dict.fromkeys(mixed, "string"))
        frame.to_parquet(target, index=False)
    return target
