"""From decoded rows to numpy arrays, and nothing lost on the way without being counted.

Used in the writer's process only (numpy).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from iohub_datastore.layout import ColumnLayout, TableLayout

Report = Callable[[str], None]


def dtype_of(table: TableLayout) -> np.dtype[Any]:
    """Return a table's row type."""
    return np.dtype([(column.name, column.dtype) for column in table.columns])


class RowConverter:
    """Makes arrays of one table from the rows of one event class.

    Conversion goes column by column, which takes half the time of doing it row by row. A value
    that its column can't hold is cut to what fits (a text at a character's end, a number at the
    column's limit), counted and reported.

    Args:
        table: the table.
        fields: names of the rows' values, in order; columns not among them get their missing
            value, or 0.
        fixed: values that stand in every row, by column (the ids of experiment and session).
        report: told of the first value of each column that does not fit.

    Attributes:
        misfits: values that did not fit.
    """

    def __init__(
        self,
        table: TableLayout,
        fields: Sequence[str],
        fixed: dict[str, int],
        report: Report,
    ) -> None:
        self.table = table
        self.misfits = 0
        self._dtype = dtype_of(table)
        self._width = len(fields)
        self._fixed = fixed
        self._report = report
        self._reported: set[str] = set()
        places = {name: place for place, name in enumerate(fields)}
        self._taken = [
            (column, places[column.name])
            for column in table.columns
            if column.name in places and column.name not in fixed
        ]
        self._absent = [
            column
            for column in table.columns
            if column.name not in places and column.missing is not None
        ]

    def array(self, rows: Sequence[Sequence[Any]]) -> np.ndarray[Any, Any]:
        """Return the rows as an array.

        Raises:
            ValueError: if a row has another number of values than the class has fields.
        """
        found = np.zeros(len(rows), dtype=self._dtype)
        columns = list(zip(*rows, strict=True))
        if len(columns) != self._width:
            raise ValueError(f"a row has {len(columns)} values, its class {self._width} fields")
        for column, place in self._taken:
            found[column.name] = self._values(column, columns[place])
        for column in self._absent:
            found[column.name] = column.missing
        for name, value in self._fixed.items():
            found[name] = value
        return found

    def _values(self, column: ColumnLayout, values: Sequence[Any]) -> Any:
        width = column.text_width
        if width is None:
            try:
                return np.array(values, dtype=column.dtype)
            except (OverflowError, TypeError, ValueError):
                return [self._number(column, value) for value in values]
        texts = [value.encode() if isinstance(value, str) else bytes(value) for value in values]
        if max(map(len, texts)) > width:
            texts = [self._text(column, text, width) for text in texts]
        return texts

    def _number(self, column: ColumnLayout, value: Any) -> Any:
        kind = np.dtype(column.dtype)
        if value is None:
            return kind.type(column.missing if column.missing is not None else 0)
        try:
            return np.array([value], dtype=kind)[0]
        except OverflowError:
            self._misfit(column, value)
            limits = np.iinfo(kind)
            return kind.type(limits.max if value > 0 else limits.min)
        except (TypeError, ValueError):
            self._misfit(column, value)
            return kind.type(column.missing if column.missing is not None else 0)

    def _text(self, column: ColumnLayout, text: bytes, width: int) -> bytes:
        if len(text) <= width:
            return text
        self._misfit(column, text)
        cut = text[:width]
        try:
            text.decode()
        except UnicodeDecodeError:
            return cut  # raw bytes, not text
        return cut.decode(errors="ignore").encode()

    def _misfit(self, column: ColumnLayout, value: Any) -> None:
        self.misfits += 1
        if column.name not in self._reported:
            self._reported.add(column.name)
            shown = repr(value)
            self._report(
                f"a value of column {column.name!r} of {self.table.path} does not fit its type "
                f"{column.dtype} and was cut: {shown[:80]}{'…' if len(shown) > 80 else ''}"
            )
