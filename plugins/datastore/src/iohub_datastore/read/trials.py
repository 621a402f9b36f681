"""Trials: their variables as they were, and which events fell in which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

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


def joined_by_messages(
    events: pd.DataFrame,
    messages: pd.DataFrame,
    trials: pd.DataFrame | None,
    start: str | tuple[str, str],
    end: str | tuple[str, str] | None,
) -> pd.DataFrame:
    """Return the events that fell in a trial, with its number, its time and its variables.

    Raises:
        ValueError: if no message starts a trial, or there are more ends than starts.
    """
    starts = messages["time"][_matches(messages, start)].to_numpy(dtype=float)
    if not len(starts):
        raise ValueError(f"no message starts a trial: none matches {start!r}")
    if end is None:
        ends = np.append(starts[1:], np.inf)
    else:
        all_ends = messages["time"][_matches(messages, end)].to_numpy(dtype=float)
        places = np.searchsorted(all_ends, starts)
        following = np.append(starts[1:], np.inf)
        ends = np.append(all_ends, np.inf)[places]
        # A trial whose end message is missing ends where the next begins.
        ends = np.minimum(ends, following)
    times = events["time"].to_numpy(dtype=float)
    numbers = np.searchsorted(starts, times, side="right")
    inside = (numbers > 0) & (times < ends[np.maximum(numbers - 1, 0)])
    found = events[inside].copy()
    found["trial"] = numbers[inside]
    found["trial_time"] = times[inside] - starts[numbers[inside] - 1]
    if trials is None or trials.empty:
        return found
    variables = trials.drop(columns=["session_id"]).reset_index(drop=True)
    variables = variables.rename(
        columns={name: f"{name}_variable" for name in variables.columns if name in found.columns}
    )
    variables["trial"] = np.arange(1, len(variables) + 1)
    merged: pd.DataFrame = found.merge(variables, on="trial", how="left")
    return merged


def _matches(messages: pd.DataFrame, wanted: str | tuple[str, str]) -> Any:
    if isinstance(wanted, tuple):
        column, value = wanted
        return messages[column] == value
    return messages["text"].str.startswith(wanted)


def _cell(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.item() if hasattr(value, "item") else value
