"""Stored columns to what an analysis works with: text for bytes, names for numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from iohub_core.constants.keyboard import modifier_names
from iohub_datastore.layout import ColumnLayout

_NAME_SUFFIX = "_name"


def decoded_columns(
    rows: Any,
    wanted: Sequence[str],
    columns: Mapping[str, ColumnLayout],
    names: Mapping[int, str] | None,
) -> dict[str, Any]:
    """Return the columns of a numpy structured array, decoded.

    Args:
        rows: the array.
        wanted: names of the columns, in order.
        columns: what is known of each column.
        names: names of event types; None leaves numbers alone and adds no name columns.

    Returns:
        Arrays by column name. Bytes become text, modifier masks lists of names, and an enumerated
        column gets a second one with the names of its values.
    """
    found: dict[str, Any] = {}
    for name in wanted:
        values = rows[name]
        if values.dtype.kind == "S":
            values = _texts(values)
        found[name] = values
        if names is None:
            continue
        listed = dict(names) if name == "type" else columns[name].names
        if listed:
            found[name + _NAME_SUFFIX] = _named(values, listed)
        elif name == "modifiers":
            found[name + _NAME_SUFFIX] = _objects([modifier_names(int(mask)) for mask in values])
    return found


def _texts(values: Any) -> Any:
    """Decode UTF-8; what is no text (serial data) stays bytes."""
    try:
        return _objects([value.decode("utf-8") for value in values.tolist()])
    except UnicodeDecodeError:
        return _objects(values.tolist())


def _named(values: Any, names: Mapping[int, str]) -> Any:
    unique, places = np.unique(values, return_inverse=True)
    return _objects([names.get(int(value), str(value)) for value in unique])[places]


def _objects(values: list[Any]) -> Any:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made
