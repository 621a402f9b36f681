"""Condition variables come back as they were."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_datastore.errors import TrialTableError
from iohub_datastore.layout import ColumnLayout
from iohub_datastore.rows import dtype_of
from iohub_datastore.trials import (
    EXACT_COLUMN,
    KINDS_COLUMN,
    check_same_variables,
    decode_trial,
    encode_trial,
    trial_table,
    variables_from,
)

COLUMNS = [["i", "int"], ["f", "float"], ["s", "str"], ["b", "bool"]]


def through_a_table(variables: list[ColumnLayout], values: dict[str, Any]) -> dict[str, Any]:
    """Encode, store in an array as the file does, and decode."""
    table = trial_table(1, variables)
    row = np.zeros(1, dtype=dtype_of(table))
    for name, cell in zip(table.column_names[2:], encode_trial(variables, values), strict=True):
        row[name] = cell.encode() if isinstance(cell, str) else cell
    names = [column.name for column in variables]
    cells = [
        row[name][0].decode() if row.dtype[name].kind == "S" else row[name][0] for name in names
    ]
    kinds, exact = (row[name][0].decode() for name in (KINDS_COLUMN, EXACT_COLUMN))
    return decode_trial(names, cells, kinds, exact)


values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
    | st.lists(st.integers() | st.text(max_size=5), max_size=5)
)


@given(st.fixed_dictionaries({}, optional={name: values for name, _ in COLUMNS}))
def test_any_value_in_any_column_comes_back_as_it_was(row: dict[str, Any]) -> None:
    found = through_a_table(variables_from(COLUMNS), row)
    assert found == row
    assert {name: type(value) for name, value in found.items()} == {
        name: type(value) for name, value in row.items()
    }


def test_not_a_number_and_infinities_come_back() -> None:
    row = {"i": math.inf, "f": math.nan, "s": -math.inf}
    found = through_a_table(variables_from(COLUMNS), row)
    assert found["i"] == math.inf
    assert math.isnan(found["f"])
    assert found["s"] == -math.inf


def test_numpy_values_come_back_as_plain_ones() -> None:
    row = {"i": np.int64(3), "f": np.float32(0.5), "s": np.array([1, 2]), "b": np.bool_(True)}
    found = through_a_table(variables_from(COLUMNS), row)
    assert found == {"i": 3, "f": 0.5, "s": [1, 2], "b": True}


def test_columns_are_those_of_iohub() -> None:
    table = trial_table(7, variables_from(COLUMNS))
    assert table.path == "/data_collection/condition_variables/EXP_CV_7"
    types = {column.name: column.dtype for column in table.columns[:-2]}
    assert types == {
        "EXPERIMENT_ID": "i4",
        "SESSION_ID": "i4",
        "i": "i8",
        "f": "f8",
        "s": "S256",
        "b": "i8",
    }


def test_a_changed_set_of_columns_is_named() -> None:
    check_same_variables(["a", "b"], ["b", "a"], "file")
    with pytest.raises(TrialTableError, match=r"new: 'c'; missing: 'b'"):
        check_same_variables(["a", "b"], ["a", "c"], "file")


def test_a_variable_without_a_column_is_named() -> None:
    with pytest.raises(TrialTableError, match="'x'"):
        encode_trial(variables_from(COLUMNS), {"i": 1, "x": 2})


def test_values_too_long_for_the_file_are_an_error_and_not_cut() -> None:
    with pytest.raises(TrialTableError, match="'s'"):
        encode_trial(variables_from(COLUMNS), {"s": "x" * 5000})


@pytest.mark.parametrize("name", ["", "a/b", "SESSION_ID", "VALUE_KINDS", "_v_x"])
def test_names_that_a_table_cannot_have_are_refused(name: str) -> None:
    with pytest.raises(TrialTableError):
        variables_from([[name, "int"]])
