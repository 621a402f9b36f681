"""Puts a journal's frames into the tables of an open data file.

Used in the writer's process only.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tables

from iohub_datastore import h5file, h5tables
from iohub_datastore.frames import (
    Frame,
    Header,
    Kind,
    decode_event_rows,
    decode_layout,
)
from iohub_datastore.h5file import SessionIds
from iohub_datastore.layout import ClassLayout, EventLayout, TableLayout
from iohub_datastore.rows import RowConverter, dtype_of
from iohub_datastore.trials import EXPERIMENT_ID, SESSION_ID, trial_table, variable

_TYPE_FIELD = 4  # place of "type" in a row; checked against every class's fields


class FrameSink:
    """Takes frames in the journal's order; one thread.

    Attributes:
        misplaced: rows that could not be stored, because nothing described them.
        end: the payload of the END frame, once it came.
    """

    def __init__(
        self, file: tables.File, header: Header, ids: SessionIds, report: Callable[[str], None]
    ) -> None:
        self._file = file
        self._ids = ids
        self._report = report
        self._classes: dict[int, ClassLayout] = {}
        self._tables: dict[str, TableLayout] = {}
        self._converters: dict[int, RowConverter] = {}
        self._first_rows: dict[str, int] = {}
        self._trials: TableLayout | None = None
        self._kept_misfits = 0
        self.misplaced = 0
        self.end: dict[str, Any] | None = None
        self._learn(header.layout)

    def reopened(self, file: tables.File) -> None:
        """Go on with the same data in another open file."""
        self._file = file

    @property
    def misfits(self) -> int:
        """Values that did not fit their column so far."""
        return self._kept_misfits + sum(one.misfits for one in self._converters.values())

    def take(self, frames: Iterable[Frame]) -> int:
        """Append what the frames hold; returns the number of rows."""
        rows: dict[int, list[list[Any]]] = {}
        count = 0
        for frame in frames:
            if frame.kind == Kind.EVENTS:
                for row in decode_event_rows(frame.payload):
                    rows.setdefault(row[_TYPE_FIELD], []).append(row)
                    count += 1
                continue
            self._append_events(rows)
            rows = {}
            count += self._take_other(frame)
        self._append_events(rows)
        return count

    def flush(self) -> None:
        """Flush the file."""
        self._file.flush()

    def expected_rows(self) -> dict[str, tuple[int, int]]:
        """Return the first and the stop row of the session by table, for tables that have any."""
        found = {}
        for path, first in self._first_rows.items():
            rows = int(self._file.get_node(path).nrows)
            if rows > first:
                found[path] = (first, rows)
        return found

    def salvage(self, path: Path, header: Header) -> int:
        """Append rows of the session that another file of it has and this one lacks.

        Returns:
            The number of events found.
        """
        found = 0
        ids = h5file.inspect(path, header)
        if not ids.present:
            return 0
        with h5file.open_file(path, "r") as other:
            for table_path in self._tables:
                if table_path not in other or "event_id" not in other.get_node(table_path).colnames:
                    continue
                theirs = other.get_node(table_path).read()
                theirs = theirs[theirs["session_id"] == ids.session_id]
                node = self._file.get_node(table_path)
                ours = node.read(self._first_rows[table_path], field="event_id")
                missing = theirs[~np.isin(theirs["event_id"], ours)]
                if len(missing):
                    node.append(missing)
                    found += len(missing)
        self._file.flush()
        return found

    def _take_other(self, frame: Frame) -> int:
        if frame.kind == Kind.CLASSES:
            layout = decode_layout(frame.payload)
            h5tables.add_event_tables(self._file, layout)
            self._file.flush()
            self._learn(layout)
        elif frame.kind == Kind.TRIAL_TABLE:
            variables = [variable(name, dtype) for name, dtype in frame.value()]
            self._trials = trial_table(self._ids.experiment_id, variables)
            self._know(self._trials)
            self._file.flush()
        elif frame.kind == Kind.TRIAL_ROW:
            self._append_trial(frame.value())
            return 1
        elif frame.kind == Kind.END:
            self.end = frame.value()
        return 0

    def _learn(self, layout: EventLayout) -> None:
        for table in layout.tables:
            self._know(table)
        for event_class in layout.classes:
            if event_class.fields[_TYPE_FIELD] != "type":
                raise ValueError(f"{event_class.name}: the base fields are not in their places")
            self._classes[event_class.type_id] = event_class
            self._kept_misfits += getattr(
                self._converters.pop(event_class.type_id, None), "misfits", 0
            )

    def _know(self, table: TableLayout) -> None:
        self._tables[table.path] = table
        node = h5tables.ensure_table(self._file, table)
        self._first_rows.setdefault(table.path, int(node.nrows))

    def _append_events(self, rows: dict[int, list[list[Any]]]) -> None:
        if not rows:
            return
        arrays: dict[str, list[np.ndarray[Any, Any]]] = {}
        for type_id, of_type in rows.items():
            converter = self._converter(type_id)
            if converter is None:
                self._misplaced(f"events of unknown type {type_id}", len(of_type))
                continue
            try:
                array = converter.array(of_type)
            except ValueError as error:
                self._misplaced(f"events of type {type_id}: {error}", len(of_type))
                continue
            arrays.setdefault(converter.table.path, []).append(array)
        for path, parts in arrays.items():
            whole = parts[0] if len(parts) == 1 else _in_order(parts)
            self._file.get_node(path).append(whole)

    def _converter(self, type_id: int) -> RowConverter | None:
        known = self._converters.get(type_id)
        if known is not None:
            return known
        event_class = self._classes.get(type_id)
        if event_class is None or not event_class.table_path:
            return None
        fixed = {"experiment_id": self._ids.experiment_id, "session_id": self._ids.session_id}
        made = RowConverter(
            self._tables[event_class.table_path], event_class.fields, fixed, self._report
        )
        self._converters[type_id] = made
        return made

    def _misplaced(self, what: str, count: int) -> None:
        self.misplaced += count
        self._report(f"{count} {what} could not be stored; they are counted as misplaced")

    def _append_trial(self, cells: Sequence[Any]) -> None:
        if self._trials is None:
            self._misplaced("trial rows without a table", 1)
            return
        row = np.zeros(1, dtype=dtype_of(self._trials))
        row[EXPERIMENT_ID] = self._ids.experiment_id
        row[SESSION_ID] = self._ids.session_id
        for name, cell in zip(self._trials.column_names[2:], cells, strict=True):
            row[name] = cell.encode() if isinstance(cell, str) else cell
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", tables.NaturalNameWarning)
            self._file.get_node(self._trials.path).append(row)


def _in_order(parts: Sequence[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    """Join the rows of several classes of one table in the order of their event ids."""
    whole = np.concatenate(parts)
    return whole[np.argsort(whole["event_id"], kind="stable")]
