"""Trials: their variables as they were, and which events fell in which."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from iohub_core.config.problems import nearest
from iohub_datastore.trials import (
    EXACT_COLUMN,
    EXPERIMENT_ID,
    KINDS_COLUMN,
    SESSION_ID,
    decode_trial,
)

if TYPE_CHECKING:
    import pandas as pd


def trial_rows(table: Any, session_id: int | None) -> list[dict[str, Any]]:
    """Return the rows of a table of condition variables as dicts.

    Files of PsychoPy's ioHub lack the two columns that say what each value was; their values come
    as they are stored.
    """
    own = {EXPERIMENT_ID, SESSION_ID, KINDS_COLUMN, EXACT_COLUMN}
    variables = [name for name in table.colnames if name not in own]
    exact = KINDS_COLUMN in table.colnames
    found = []
    for row in table.read():
        if session_id is not None and int(row[SESSION_ID]) != session_id:
            continue
        cells = [_cell(row[name]) for name in variables]
        values: dict[str, Any] = {"session_id": int(row[SESSION_ID])}
        if exact:
            kinds, more = _cell(row[KINDS_COLUMN]), _cell(row[EXACT_COLUMN])
            values.update(decode_trial(variables, cells, kinds, more))
        else:
            values.update(zip(variables, cells, strict=True))
        found.append(values)
    return found


def trial_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a DataFrame that keeps None and missing apart.

    A column in which every row has a value gets the dtype pandas infers; any other is of dtype
    object, with None where None was given and ``pandas.NA`` where the row had no such variable.
    """
    import pandas as pd

    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {}
    for name in names:
        values = [row.get(name, pd.NA) for row in rows]
        whole = all(value is not None and value is not pd.NA for value in values)
        columns[name] = pd.Series(values, dtype=None if whole else object)
    return pd.DataFrame(columns)


def joined_by_trial(
    events: pd.DataFrame,
    messages: pd.DataFrame,
    trials: pd.DataFrame | None,
    start: str | tuple[str, str],
    end: str | tuple[str, str] | None,
) -> pd.DataFrame:
    """Return the events that fell in a trial, with its number, its time and its variables.

    Warns:
        UserWarning: if messages start more or fewer trials than were recorded.

    Raises:
        KeyError: if there is no trial variable of that name.
        ValueError: if nothing starts a trial, or a variable holds no times.
    """
    starts = _times(messages, trials, start)
    if not len(starts):
        raise ValueError(f"no message starts a trial: none matches {start!r}")
    order = np.argsort(starts, kind="stable")
    starts = starts[order]
    ends = _ends(messages, trials, starts, order, end)
    times = events["time"].to_numpy(dtype=float)
    places = np.searchsorted(starts, times, side="right") - 1
    inside = (places >= 0) & (times < ends[np.maximum(places, 0)])
    found = events[inside].copy()
    places = places[inside]
    found["trial"] = order[places] + 1
    found["trial_time"] = times[inside] - starts[places]
    if trials is None or trials.empty:
        return found
    if len(trials) != len(starts):
        warnings.warn(
            f"{len(starts)} messages start a trial ({start!r}), but {len(trials)} trials were "
            "recorded; they are matched in order, so that from the first trial without either, "
            "events have another trial's variables. "
            "Join by a trial variable with the time instead: start=('variable', name)",
            stacklevel=3,
        )
    variables = trials.drop(columns=["session_id"]).reset_index(drop=True)
    variables = variables.rename(
        columns={name: f"{name}_variable" for name in variables.columns if name in found.columns}
    )
    variables["trial"] = np.arange(1, len(variables) + 1)
    merged: pd.DataFrame = found.merge(variables, on="trial", how="left")
    return merged


def _ends(
    messages: pd.DataFrame,
    trials: pd.DataFrame | None,
    starts: Any,
    order: Any,
    end: str | tuple[str, str] | None,
) -> Any:
    """Return when each trial ends; one whose end is missing ends where the next begins."""
    following = np.append(starts[1:], np.inf)
    if end is None:
        return following
    ends = _times(messages, trials, end)
    if _is_variable(end) and len(ends) == len(starts):
        return np.minimum(ends[order], following)
    ends = np.sort(ends)
    return np.minimum(np.append(ends, np.inf)[np.searchsorted(ends, starts)], following)


def _times(
    messages: pd.DataFrame, trials: pd.DataFrame | None, wanted: str | tuple[str, str]
) -> Any:
    """Return the times of the messages, or the values of the trial variable, that are meant."""
    if not _is_variable(wanted):
        return messages["time"][_matches(messages, wanted)].to_numpy(dtype=float)
    name = wanted[1]
    known = [] if trials is None else [str(one) for one in trials.columns]
    if trials is None or name not in trials:
        raise KeyError(
            f"no trial variable {name!r}{nearest(name, known)} (variables: {', '.join(known)})"
        )
    try:
        times = trials[name].to_numpy(dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"the trial variable {name!r} does not hold a time in s in every trial"
        ) from error
    if not np.isfinite(times).all():
        raise ValueError(f"the trial variable {name!r} does not hold a time in s in every trial")
    return times


def _is_variable(wanted: str | tuple[str, str]) -> bool:
    return isinstance(wanted, tuple) and wanted[0] == "variable"


def _matches(messages: pd.DataFrame, wanted: str | tuple[str, str]) -> Any:
    if isinstance(wanted, tuple):
        column, value = wanted
        return messages[column] == value
    return messages["text"].str.startswith(wanted)


def _cell(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.item() if hasattr(value, "item") else value
