"""``ExperimentDataAccessUtility``: reading under the names that existing analyses use."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import tables

from iohub_datastore.layout import CLASS_TABLE_MAPPING, EXPERIMENTS, SESSIONS, trial_table_path
from iohub_datastore.read.classes import find_class, stored_classes
from iohub_datastore.read.conditions import conditions_for, fulfils


class ExperimentDataAccessUtility:
    """A data file of one experiment.

    Args:
        hdf5FilePath: the file's folder.
        hdf5FileName: its name.
        experimentCode: which experiment; None takes the only one, or the first.
        sessionCodes: which sessions; empty means all.
        mode: how PyTables opens it.
    """

    def __init__(
        self,
        hdf5FilePath: str,
        hdf5FileName: str,
        experimentCode: str | None = None,
        sessionCodes: Sequence[str] = (),
        mode: str = "r",
    ) -> None:
        self.hdf5FilePath = hdf5FilePath
        self.hdf5FileName = hdf5FileName
        self.hdf5File: Any = tables.open_file(str(Path(hdf5FilePath) / hdf5FileName), mode)
        self._classes = stored_classes(self.hdf5File)
        experiments = self.getExperimentMetaData()
        codes = [one.code for one in experiments]
        if experimentCode is not None and experimentCode not in codes:
            self.close()
            known = ", ".join(codes)
            raise KeyError(
                f"no experiment {experimentCode!r} in {hdf5FileName} (experiments: {known})"
            )
        self._experiment = experiments[codes.index(experimentCode) if experimentCode else 0]
        self._experimentCode = self._experiment.code
        self._experimentID = self._experiment.experiment_id
        self._sessionCodes = list(sessionCodes)

    def close(self) -> None:
        """Close the file."""
        if self.hdf5File is not None:
            self.hdf5File.close()
            self.hdf5File = None

    # -- metadata -------------------------------------------------------------------------------

    def getExperimentMetaData(self) -> list[Any]:
        """Return the experiments as namedtuples."""
        return self._records(EXPERIMENTS, "ExperimentMetaDataInstance")

    def getSessionMetaData(self, sessions: Sequence[str] | None = None) -> list[Any]:
        """Return the experiment's sessions as namedtuples; all chosen ones, or those named."""
        wanted = list(sessions) if sessions else self._sessionCodes
        return [
            one
            for one in self._records(SESSIONS, "SessionMetaDataInstance")
            if one.experiment_id == self._experimentID and (not wanted or one.code in wanted)
        ]

    def getTableForPath(self, path: str) -> Any:
        """Return the PyTables table at a path."""
        return self.hdf5File.get_node(path)

    def getEventTable(self, event_type: int | str) -> Any:
        """Return the PyTables table that holds events of a type."""
        return self.getTableForPath(find_class(self._classes, event_type).path)

    def getEventMappingInformation(self) -> dict[int, Any]:
        """Return a namedtuple for each event class, by its number."""
        rows = self._records(CLASS_TABLE_MAPPING, "EventTableMapping")
        return {one.class_id: one for one in rows}

    # -- events ---------------------------------------------------------------------------------

    def getEventsByType(self, condition_str: str | None = None) -> dict[int, Any]:
        """Return an iterator of row references for each event type that has events."""
        found: dict[int, Any] = {}
        for one in self._classes:
            more = [f"({condition_str})"] if condition_str else []
            condition = self._whole_condition(one.type_id, *more)
            table = self.hdf5File.get_node(one.path)
            if next(iter(table.where(condition)), None) is not None:
                found[one.type_id] = table.where(condition)
        return found

    def getEventAttributeValues(
        self,
        event_type_id: int | str,
        event_attribute_names: Sequence[str],
        filter_id: int | None = None,
        conditionVariablesFilter: Any = None,
        startConditions: Any = None,
        endConditions: Any = None,
    ) -> Any:
        """Return the values of some fields of the events of a type.

        Args:
            event_type_id: number or name of the type.
            event_attribute_names: the fields.
            filter_id: only events of this filter.
            conditionVariablesFilter: which trials; see :meth:`getConditionVariables`.
            startConditions: what each event of a trial fulfils from its start on, as ``{field:
                (operator, value)}``; a text ``@NAME@`` is the value of the trial's variable NAME,
                e.g. ``{"time": (">=", "@TRIAL_START@")}``.
            endConditions: what it fulfils up to the trial's end, likewise.

        Returns:
            Without conditions a namedtuple of numpy arrays, one for each name. With any of them a
            list with such a namedtuple for each trial, which has two more fields: the
            ``query_string`` used, and ``condition_set``, the trial's variables.

        Raises:
            KeyError: if there is no such type, field or variable.
            ValueError: if a condition is not understood.
        """
        stored = find_class(self._classes, event_type_id)
        more = [] if filter_id is None else [f"(filter_id == {int(filter_id)})"]
        table = self.hdf5File.get_node(stored.path)
        names = list(event_attribute_names)
        if not (conditionVariablesFilter or startConditions or endConditions):
            rows = table.read_where(self._whole_condition(stored.type_id, *more))
            return _tuple_class("EventAttributeValues", names)(*(rows[name] for name in names))
        made = _tuple_class("EventAttributeValues", [*names, "query_string", "condition_set"])
        found = []
        for trial in self.getConditionVariables(conditionVariablesFilter):
            session = f"(session_id == {trial.SESSION_ID})"
            limits = conditions_for(trial, table.colnames, startConditions, endConditions)
            query = self._whole_condition(stored.type_id, session, *more, *limits)
            rows = table.read_where(query)
            found.append(made(*(rows[name] for name in names), query, trial))
        return found

    def getEventIterator(self, event_type: int | str) -> Any:
        """Return an iterator of row references over the events of a type."""
        stored = find_class(self._classes, event_type)
        return self.hdf5File.get_node(stored.path).where(self._whole_condition(stored.type_id))

    # -- condition variables --------------------------------------------------------------------

    def getConditionVariablesTable(self) -> Any:
        """Return the PyTables table of the condition variables; None if nothing was recorded."""
        path = trial_table_path(self._experimentID)
        return self.hdf5File.get_node(path) if path in self.hdf5File else None

    def getConditionVariableNames(self) -> list[str]:
        """Return the names of the columns of the condition variables' table."""
        path = trial_table_path(self._experimentID)
        return list(self.hdf5File.get_node(path).colnames) if path in self.hdf5File else []

    def getConditionVariables(self, filter: Any = None) -> list[Any]:
        """Return the rows of condition variables as namedtuples.

        Args:
            filter: what the variables must be: ``{name: (operator, value)}`` with an operator of
                Python's comparisons, ``in`` or ``not in``; or ``{name: value or list of values}``.
                None keeps all.

        Raises:
            KeyError: if there is no such variable.
            ValueError: if a condition is not understood.
        """
        path = trial_table_path(self._experimentID)
        rows = self._records(path, "ConditionVariables") if path in self.hdf5File else []
        sessions = {one.session_id for one in self.getSessionMetaData()}
        kept = [row for row in rows if row.SESSION_ID in sessions]
        return [row for row in kept if fulfils(row, filter or {})]

    def getValuesForVariables(
        self, cv: str, value: Any, cvNames: Iterable[str]
    ) -> list[tuple[Any, ...]]:
        """Return the values of some variables in the rows where one variable has a value."""
        return [
            tuple(getattr(row, name) for name in cvNames)
            for row in self.getConditionVariables({cv: value})
        ]

    # -- printing -------------------------------------------------------------------------------

    def printTableStructure(self, tableName: str) -> None:
        """Print the columns of a table."""
        for table in self.hdf5File.walk_nodes("/", "Table"):
            if table.name == tableName:
                print(repr(table))  # noqa: T201 - what the method is for

    def printHubFileStructure(self) -> None:
        """Print what is in the file."""
        print(self.hdf5File)  # noqa: T201 - what the method is for

    def _whole_condition(self, type_id: int, *more: str) -> str:
        parts = [f"(type == {type_id})", f"(experiment_id == {self._experimentID})"]
        if self._sessionCodes:
            numbers = [one.session_id for one in self.getSessionMetaData()]
            parts.append("(" + " | ".join(f"(session_id == {n})" for n in numbers or [-1]) + ")")
        return " & ".join([*parts, *more])

    def _records(self, path: str, name: str) -> list[Any]:
        table = self.hdf5File.get_node(path)
        made = _tuple_class(name, table.colnames)
        return [made(*(_value(row[column]) for column in table.colnames)) for row in table.read()]


def _value(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.item() if hasattr(value, "item") else value


def _tuple_class(name: str, fields: Sequence[str]) -> Any:
    make: Any = namedtuple  # the fields are known at run time only
    return make(name, fields)
