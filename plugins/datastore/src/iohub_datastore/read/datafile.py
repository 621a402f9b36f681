"""A data file, open for reading: nothing is loaded until it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tables
from numpy.lib.recfunctions import repack_fields

from iohub_core.config.problems import nearest
from iohub_datastore.errors import DataStoreError
from iohub_datastore.layout import (
    EXPERIMENTS,
    FILE_TITLE,
    SESSION_DETAILS,
    SESSIONS,
    ColumnLayout,
    trial_table_path,
)
from iohub_datastore.paths import journal_path
from iohub_datastore.read.classes import StoredClass, find_class, stored_classes, type_names
from iohub_datastore.read.declared import table_columns
from iohub_datastore.read.decoding import decoded_columns
from iohub_datastore.read.sessions import details_of, find_session
from iohub_datastore.read.trials import joined_by_trial, trial_frame, trial_rows

if TYPE_CHECKING:
    import pandas as pd

PANDAS, NUMPY = "pandas", "numpy"


def open_file(path: str | Path) -> DataFile:
    """Open a data file of this project or of PsychoPy's ioHub, for reading.

    Raises:
        FileNotFoundError: if there is no such file.
        DataStoreError: if it is no data file, or was left behind by a crash.
    """
    return DataFile(path)


class DataFile:
    """A data file. Use it with ``with``, or call :meth:`close`.

    Args:
        path: the file.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.exists():
            raise FileNotFoundError(f"there is no file {self.path}")
        if journal_path(self.path).exists():
            raise DataStoreError(
                f"{self.path} is being recorded, or its session ended in a crash: its journal is "
                f"still there. If nothing records to it now, `iohubctl recover {self.path}` "
                "brings what is missing into it"
            )
        try:
            self._file = tables.open_file(str(self.path), "r")
        except tables.HDF5ExtError as error:
            raise DataStoreError(f"{self.path} can't be opened as an HDF5 file: {error}") from error
        if SESSIONS not in self._file:
            self._file.close()
            raise DataStoreError(f"{self.path} is an HDF5 file, but not one with a session in it")
        self.classes: list[StoredClass] = stored_classes(self._file)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> DataFile:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def is_psychopys(self) -> bool:
        """Whether the file was written by PsychoPy's ioHub rather than by this project."""
        return bool(self._file.title == FILE_TITLE) and SESSION_DETAILS not in self._file

    # -- what there is --------------------------------------------------------------------------

    def experiments(self) -> pd.DataFrame:
        """Return the experiments: id, code, title, description, version."""
        return self._frame(self._file.get_node(EXPERIMENTS).read())

    def sessions(self) -> pd.DataFrame:
        """Return the sessions: ids, code, name, comments, user variables as dicts, details."""
        frame = self._frame(self._file.get_node(SESSIONS).read())
        frame["user_variables"] = [details_of(text) for text in frame["user_variables"]]
        if SESSION_DETAILS in self._file:
            details = self._frame(self._file.get_node(SESSION_DETAILS).read())
            for column in ("software", "summary"):
                details[column] = [details_of(text) for text in details[column]]
            frame = frame.merge(details, on="session_id", how="left")
        return frame

    def session_id(self, session: int | str) -> int:
        """Return the number of a session given by number or code; a text is a code first.

        Raises:
            KeyError: if there is none, or two experiments have one of that code.
        """
        rows = self._file.get_node(SESSIONS).read()
        listed = [(row["code"].decode("utf-8", "replace"), int(row["session_id"])) for row in rows]
        return find_session(listed, session, self.path.name)

    def event_counts(self, session: int | str | None = None) -> dict[str, int]:
        """Return how many events of each type there are; types without events are left out."""
        counts: dict[str, int] = {}
        names = type_names(self.classes)
        for path in dict.fromkeys(one.path for one in self.classes):
            table = self._file.get_node(path)
            for chunk in self._chunks(table, None):
                rows = chunk
                if session is not None:
                    rows = rows[rows["session_id"] == self.session_id(session)]
                for number, count in zip(*np.unique(rows["type"], return_counts=True), strict=True):
                    name = names.get(int(number), str(number))
                    counts[name] = counts.get(name, 0) + int(count)
        return counts

    def columns(self, event_type: int | str) -> list[ColumnLayout]:
        """Return the columns of an event type: doc, unit, missing value.

        The file describes them; files of PsychoPy's ioHub, which don't, are described by the
        installed plugins.
        """
        return table_columns(self._file.get_node(find_class(self.classes, event_type).path))

    # -- events ---------------------------------------------------------------------------------

    def events(
        self,
        event_type: int | str,
        session: int | str | None = None,
        *,
        columns: Sequence[str] | None = None,
        start: float | None = None,
        stop: float | None = None,
        as_: str = PANDAS,
        names: bool = True,
    ) -> Any:
        """Return events of a type, in the order of their times.

        The file is read piece by piece, so a selection from a large file needs memory for what it
        selects only.

        Args:
            event_type: number, constant (``KEYBOARD_PRESS``) or class name; a parent's
                (``KeyboardInputEvent``) stands for all events of its table.
            session: number or code; None for all sessions.
            columns: which columns; None for all.
            start: earliest time, s.
            stop: time before which events must have happened, s.
            as_: ``pandas`` for a DataFrame, ``numpy`` for the stored structured array.
            names: whether to add columns with the names of types, enumerated values, modifiers.

        Raises:
            KeyError: if the type, the session or a column does not exist.
            ValueError: if ``as_`` is neither.
        """
        if as_ not in {PANDAS, NUMPY}:
            raise ValueError(f"as_ {as_!r} is neither {PANDAS!r} nor {NUMPY!r}")
        stored = find_class(self.classes, event_type)
        table = self._file.get_node(stored.path)
        described = {column.name: column for column in table_columns(table)}
        wanted = list(described if columns is None else columns)
        for name in wanted:
            if name not in described:
                raise KeyError(
                    f"{stored.name} has no column {name!r}{nearest(name, described)} "
                    f"(columns: {', '.join(described)})"
                )
        condition = self._condition(stored, session, start, stop)
        kept = list(dict.fromkeys([*wanted, "time"]))
        parts = [np.empty(0, dtype=table.dtype), *self._chunks(table, condition)]
        if columns is not None:  # packed, else a piece's other columns would stay in memory
            parts = [repack_fields(part[kept]) for part in parts]
        rows = np.concatenate(parts)
        rows = rows[np.argsort(rows["time"], kind="stable")]
        if as_ == NUMPY:
            return rows[wanted] if columns is not None else rows
        import pandas as pd

        types = type_names(self.classes) if names else None
        return pd.DataFrame(decoded_columns(rows, wanted, described, types))

    def messages(self, session: int | str | None = None) -> pd.DataFrame:
        """Return the messages: time, category, text and the rest."""
        frame: pd.DataFrame = self.events("MESSAGE", session)
        return frame

    # -- trials ---------------------------------------------------------------------------------

    def trials(self, session: int | str | None = None) -> pd.DataFrame:
        """Return the condition variables, one row a trial, each value as it was given."""
        wanted = None if session is None else self.session_id(session)
        rows: list[dict[str, Any]] = []
        for path in self._trial_tables():
            rows += trial_rows(self._file.get_node(path), wanted)
        return trial_frame(rows)

    def events_by_trial(
        self,
        event_type: int | str,
        session: int | str,
        *,
        start: str | tuple[str, str],
        end: str | tuple[str, str] | None = None,
        **selection: Any,
    ) -> pd.DataFrame:
        """Return events of a session with the number and variables of the trial they fell in.

        Args:
            event_type: see :meth:`events`.
            session: number or code.
            start: what a trial starts with: a message by the start of its text or by
                ``("category", name)``, the n-th of which starts the n-th trial; or
                ``("variable", name)``, a trial variable that holds the time.
            end: what it ends with, given likewise; None ends it with the next start.
            selection: further arguments of :meth:`events`.

        Returns:
            The events that fell in a trial, with the columns ``trial`` (from 1), ``trial_time``
            (s since the trial's start) and the trial's variables.

        Warns:
            UserWarning: if messages start more or fewer trials than were recorded; which trial's
                variables an event gets is then a guess.

        Raises:
            KeyError: if there is no such trial variable.
            ValueError: if nothing starts a trial, or a variable holds no times.
        """
        events = self.events(event_type, session, **selection)
        trials = self.trials(session) if list(self._trial_tables()) else None
        return joined_by_trial(events, self.messages(session), trials, start, end)

    # -- inside ---------------------------------------------------------------------------------

    def _condition(
        self,
        stored: StoredClass,
        session: int | str | None,
        start: float | None,
        stop: float | None,
    ) -> str | None:
        """Return the selection as PyTables evaluates it while reading."""
        parts = []
        is_table = any(one.path == stored.path and one is not stored for one in self.classes)
        owner = stored.path.rsplit("/", 1)[1] == stored.name
        if not (owner and is_table):
            parts.append(f"(type == {stored.type_id})")
        if session is not None:
            parts.append(f"(session_id == {self.session_id(session)})")
        if start is not None:
            parts.append(f"(time >= {float(start)!r})")
        if stop is not None:
            parts.append(f"(time < {float(stop)!r})")
        return " & ".join(parts) or None

    def _chunks(self, table: Any, condition: str | None) -> Iterator[Any]:
        """Yield the rows that fulfil a condition, a piece of the table at a time."""
        step = 1 << 17
        for first in range(0, table.nrows, step):
            last = min(first + step, table.nrows)
            if condition is None:
                yield table.read(first, last)
            else:
                yield table.read_where(condition, start=first, stop=last)

    def _trial_tables(self) -> Iterator[str]:
        for row in self._file.get_node(EXPERIMENTS).read():
            path = trial_table_path(int(row["experiment_id"]))
            if path in self._file:
                yield path

    def _frame(self, rows: Any) -> pd.DataFrame:
        import pandas as pd

        names = list(rows.dtype.names)
        blank = {name: ColumnLayout(name=name, dtype="") for name in names}
        return pd.DataFrame(decoded_columns(rows, names, blank, None))

    def __repr__(self) -> str:
        return f"<DataFile {str(self.path)!r}>"
