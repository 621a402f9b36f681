"""Condition variables: from values of any kind to table cells, and back as they were.

A trial table keeps ioHub's columns (``EXPERIMENT_ID``, ``SESSION_ID``, then one column a variable:
int as i8, float as f8, everything else as S256), so that existing analyses read it. Two columns
after them make every value come back as it was:

``VALUE_KINDS``
    one letter a variable: ``i`` int, ``f`` float, ``b`` bool, ``s`` text, ``n`` None,
    ``m`` missing (the row had no such variable), ``x`` see the next column.
``EXACT_VALUES``
    a JSON object with the values that their own column can't hold: a float in an int column, a
    text of more than 256 bytes, a list.

The cell of a value that its column can't hold has the column's missing value (a text: as much of
it as fits).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from iohub_datastore.errors import TrialTableError
from iohub_datastore.layout import ColumnLayout, TableLayout, trial_table_path

EXPERIMENT_ID = "EXPERIMENT_ID"
SESSION_ID = "SESSION_ID"
KINDS_COLUMN = "VALUE_KINDS"
EXACT_COLUMN = "EXACT_VALUES"

TEXT_BYTES = 256
EXACT_BYTES = 4096
MISSING_INT = -(2**63)

Cell = int | float | str

_DTYPES = {"int": "i8", "bool": "i8", "float": "f8"}
_MISSING: dict[str, Cell] = {"i8": MISSING_INT, "f8": math.nan, f"S{TEXT_BYTES}": ""}
_EXACT_FLOAT = 2**53


def variables_from(columns: Sequence[Sequence[Any]]) -> list[ColumnLayout]:
    """Return the columns for variables given as ``[name, type name]``.

    A type name may be a Python type's name or a numpy dtype's (``int64``); what is neither int,
    bool nor float is text.

    Raises:
        TrialTableError: if a name is empty, there twice, or taken by a column of the table's own.
    """
    _check_names([str(entry[0]) for entry in columns])
    return [variable(str(entry[0]), _dtype(str(entry[1]))) for entry in columns]


def variable(name: str, dtype: str) -> ColumnLayout:
    """Return the column of a variable that is stored as ``dtype``."""
    return ColumnLayout(
        name=name, dtype=dtype, doc=f"Condition variable {name}.", missing=_MISSING[dtype]
    )


def trial_table(experiment_id: int, variables: Sequence[ColumnLayout]) -> TableLayout:
    """Return the table of an experiment's condition variables."""
    return TableLayout(
        path=trial_table_path(experiment_id),
        title=f"Condition variables of experiment {experiment_id}: one row a trial.",
        columns=[
            ColumnLayout(name=EXPERIMENT_ID, dtype="i4", doc="Number of the experiment."),
            ColumnLayout(name=SESSION_ID, dtype="i4", doc="Number of the session."),
            *variables,
            ColumnLayout(
                name=KINDS_COLUMN,
                dtype=f"S{max(1, len(variables))}",
                doc="What each variable's value was, one letter a variable in column order: i int, "
                "f float, b bool, s text, n None, m missing, x see EXACT_VALUES.",
            ),
            ColumnLayout(
                name=EXACT_COLUMN,
                dtype=f"S{EXACT_BYTES}",
                doc="JSON object with the values that their own column can't hold; empty for none.",
            ),
        ],
    )


def variables_of(table: TableLayout) -> list[ColumnLayout]:
    """Return the columns that hold variables."""
    own = {EXPERIMENT_ID, SESSION_ID, KINDS_COLUMN, EXACT_COLUMN}
    return [column for column in table.columns if column.name not in own]


def check_same_variables(existing: Sequence[str], asked: Sequence[str], where: str) -> None:
    """Check that a session's variables are those its table was made with, in any order.

    Raises:
        TrialTableError: naming the variables that are new and those that are gone.
    """
    new = [name for name in asked if name not in existing]
    gone = [name for name in existing if name not in asked]
    if not new and not gone:
        return
    parts = []
    if new:
        parts.append(f"new: {', '.join(map(repr, new))}")
    if gone:
        parts.append(f"missing: {', '.join(map(repr, gone))}")
    raise TrialTableError(
        f"the condition variables differ from those already in {where} ({'; '.join(parts)}); "
        "use the same set of variables, another experiment code or another file"
    )


def encode_trial(variables: Sequence[ColumnLayout], values: Mapping[str, Any]) -> list[Cell]:
    """Return a row's cells: those of the variables, the kinds and the exact values.

    Raises:
        TrialTableError: if ``values`` has a variable the table lacks, or needs more room than
            ``EXACT_VALUES`` has; says which.
    """
    known = {column.name for column in variables}
    unknown = [name for name in values if name not in known]
    if unknown:
        raise TrialTableError(
            f"the trial has variables without a column: {', '.join(map(repr, unknown))} "
            f"(columns: {', '.join(map(repr, sorted(known)))}); the table of condition variables "
            "is made once a session, with every variable"
        )
    cells: list[Cell] = []
    kinds = []
    exact: dict[str, Any] = {}
    for column in variables:
        if column.name not in values:
            kind, cell = "m", _MISSING[column.dtype]
        else:
            value = _plain(values[column.name])
            kind, cell = _encode(column.dtype, value)
            if kind == "x":
                exact[column.name] = value
        kinds.append(kind)
        cells.append(cell)
    return [*cells, "".join(kinds), _exact_text(exact)]


def decode_trial(
    variables: Sequence[str], cells: Sequence[Any], kinds: str, exact: str
) -> dict[str, Any]:
    """Return a row's values as they were; variables the row did not have are left out.

    Args:
        variables: names of the variables, in column order.
        cells: their cells, numbers or decoded text.
        kinds: the row's ``VALUE_KINDS``.
        exact: the row's ``EXACT_VALUES``.
    """
    exact_values = json.loads(exact) if exact else {}
    found: dict[str, Any] = {}
    for name, cell, kind in zip(variables, cells, kinds, strict=True):
        if kind == "m":
            continue
        found[name] = exact_values[name] if kind == "x" else _DECODERS[kind](cell)
    return found


def _decode_bool(cell: Any) -> bool:
    return cell == "True" if isinstance(cell, str) else bool(cell)


_DECODERS: dict[str, Any] = {
    "i": int,
    "f": float,
    "b": _decode_bool,
    "s": str,
    "n": lambda _: None,
}


def _check_names(names: Sequence[str]) -> None:
    taken = {EXPERIMENT_ID, SESSION_ID, KINDS_COLUMN, EXACT_COLUMN}
    for name in names:
        if not name or "/" in name or name == "." or name.startswith(("_v_", "_f_", "_g_", "_c_")):
            raise TrialTableError(f"{name!r} can't be the name of a condition variable; rename it")
        if name in taken:
            raise TrialTableError(
                f"the condition variable {name!r} is there twice, or is a column of the table's "
                "own; rename it"
            )
        taken.add(name)


def _dtype(type_name: str) -> str:
    kind = type_name.rstrip("0123456789_").removeprefix("u")
    return _DTYPES.get(kind, f"S{TEXT_BYTES}")


def _plain(value: Any) -> Any:
    """The value as plain Python: numpy scalars and arrays unpacked, the unknown as its text."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    unpack = getattr(value, "tolist", None)
    if callable(unpack):
        return unpack()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    return str(value)


def _encode(dtype: str, value: Any) -> tuple[str, Cell]:
    missing = _MISSING[dtype]
    if value is None:
        return "n", missing
    if dtype == "i8":
        return _encode_in_int(value, missing)
    if dtype == "f8":
        return _encode_in_float(value, missing)
    return _encode_in_text(value)


def _encode_in_int(value: Any, missing: Cell) -> tuple[str, Cell]:
    if isinstance(value, bool):
        return "b", int(value)
    if isinstance(value, int) and -(2**63) < value < 2**63:
        return "i", value
    return "x", missing


def _encode_in_float(value: Any, missing: Cell) -> tuple[str, Cell]:
    if isinstance(value, bool):
        return "b", float(value)
    if isinstance(value, float):
        return "f", value
    if isinstance(value, int) and abs(value) <= _EXACT_FLOAT:
        return "i", float(value)
    return "x", missing


def _encode_in_text(value: Any) -> tuple[str, Cell]:
    kind = {bool: "b", int: "i", float: "f", str: "s"}.get(type(value), "x")
    text = value if isinstance(value, str) else _json(value) if kind == "x" else repr(value)
    fits = len(text.encode()) <= TEXT_BYTES and not text.endswith("\0")
    if fits:
        return kind, text
    return "x", text.encode()[:TEXT_BYTES].decode(errors="ignore")


def _exact_text(exact: dict[str, Any]) -> str:
    if not exact:
        return ""
    text = _json(exact)
    size = len(text.encode())
    if size > EXACT_BYTES:
        raise TrialTableError(
            f"the trial's values of {', '.join(map(repr, exact))} are too long for their columns "
            f"and take {size} bytes together, of {EXACT_BYTES} there are for such values"
        )
    return text


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
