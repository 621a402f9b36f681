"""What the report shows of one session, read from the file a column at a time."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from iohub_core.config.problems import nearest


@attrs.define
class TableFacts:
    """The times of one event table.

    Attributes:
        name: the table's name.
        times: when its events happened, s, sorted.
        delays: how long each took to reach the hub, s.
        intervals: half-widths of confidence, s; only those that are known.
    """

    name: str
    times: Any
    delays: Any
    intervals: Any


@attrs.define
class SessionFacts:
    """Everything the page shows of a session.

    Attributes:
        reaction_times: reaction times in s by condition; empty where no cue and answer were found.
        reaction_rule: how they were computed, in words.
    """

    number: int
    session: dict[str, Any]
    counts: dict[str, int]
    tables: list[TableFacts]
    messages: list[tuple[float, str]]
    logs: list[tuple[float, str, str]]
    reaction_times: dict[str, Any]
    reaction_rule: str

    @property
    def span(self) -> tuple[float, float]:
        """First and last event time, s."""
        ends = [(table.times[0], table.times[-1]) for table in self.tables if len(table.times)]
        if not ends:
            return 0.0, 0.0
        return float(min(one for one, _ in ends)), float(max(two for _, two in ends))


def gather(file: Any, number: int, start: str | None, condition: str | None) -> SessionFacts:
    """Read what the page shows of a session.

    Args:
        file: the open data file.
        number: the session.
        start: the beginning of the messages that mark cues; None takes the commonest category.
        condition: the trial variable to split reaction times by.
    """
    sessions = file.sessions()
    session = sessions[sessions["session_id"] == number].iloc[0].to_dict()
    tables = []
    for path in dict.fromkeys(one.path for one in file.classes):
        name = path.rsplit("/", 1)[1]
        columns = ["time", "delay", "confidence_interval"]
        frame = file.events(name, number, columns=columns, names=False)
        if len(frame):
            intervals = frame["confidence_interval"].to_numpy()
            tables.append(
                TableFacts(
                    name,
                    frame["time"].to_numpy(),
                    frame["delay"].to_numpy(),
                    intervals[intervals > 0],
                )
            )
    has = {one.name for one in file.classes}
    messages = file.messages(number) if "MessageEvent" in has else None
    listed = [] if messages is None else list(zip(messages["time"], messages["text"], strict=True))
    logs = []
    if "LogEvent" in has:
        frame = file.events("LogEvent", number)
        levels = frame["log_level_name"] if "log_level_name" in frame else frame["log_level"]
        logs = list(zip(frame["time"], map(str, levels), frame["text"], strict=True))
    times, rule = _reaction_times(file, number, messages, start, condition)
    return SessionFacts(
        number, session, file.event_counts(number), tables, listed, logs, times, rule
    )


def check_condition(file: Any, condition: str | None) -> None:
    """Make sure that there is such a trial variable, if one is given.

    Raises:
        KeyError: if no session has it.
    """
    if condition is None:
        return
    known = [str(name) for name in file.trials().columns if name != "session_id"]
    if condition not in known:
        raise KeyError(
            f"no trial variable {condition!r}{nearest(condition, known)} "
            f"(variables: {', '.join(known) or 'none'})"
        )


def _reaction_times(
    file: Any, number: int, messages: Any, start: str | None, condition: str | None
) -> tuple[dict[str, Any], str]:
    """Return times from each cue message to the next key press, by condition."""
    nothing: dict[str, Any] = {}
    has = {one.name for one in file.classes}
    if messages is None or not len(messages) or "KeyboardPressEvent" not in has:
        return nothing, ""
    if start is None:
        categories = messages["category"][messages["category"] != ""]
        if not len(categories):
            return nothing, ""
        category = categories.value_counts().index[0]
        cues = messages["time"][messages["category"] == category].to_numpy(dtype=float)
        rule = f"from each message of category {category!r} to the next key press"
    else:
        cues = messages["time"][messages["text"].str.startswith(start)].to_numpy(dtype=float)
        rule = f"from each message that begins with {start!r} to the next key press"
    presses = file.events("KeyboardPressEvent", number, columns=["time"], names=False)
    times = presses["time"].to_numpy(dtype=float)
    if not len(cues) or not len(times):
        return nothing, ""
    places = np.searchsorted(times, cues, side="left")
    following = np.append(cues[1:], np.inf)
    answered = places < len(times)
    found = np.full(len(cues), np.nan)
    found[answered] = times[places[answered]] - cues[answered]
    found[found >= following - cues] = np.nan  # no answer before the next cue
    trials = file.trials(number)
    if condition is None or condition not in trials:
        return {"all trials": found[np.isfinite(found)]}, rule
    if len(trials) != len(cues):
        rule += (
            f"; not split by {condition}: {len(cues)} cues and {len(trials)} recorded trials "
            "can't be matched"
        )
        return {"all trials": found[np.isfinite(found)]}, rule
    labels = trials[condition].astype(str).to_numpy()
    groups = {
        f"{condition} = {label}": found[(labels == label) & np.isfinite(found)]
        for label in dict.fromkeys(labels)
    }
    return groups, f"{rule}, by {condition}"
