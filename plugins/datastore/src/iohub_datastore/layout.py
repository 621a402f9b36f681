"""The HDF5 file's layout: names, paths, tables, columns and how each column is described.

The layout is that of ioHub's data files, so analyses written for those open ours; columns are
wider where ioHub's width is a fault (readers take widths from the file). Everything here is plain
data without numpy or PyTables: the hub derives it from the event classes and puts it in the
journal, and the process that writes (or recovers) the file needs no plugin installed.

Every table carries a description of its columns as attributes:
``<column>_doc`` (meaning), ``<column>_unit``, ``<column>_missing`` (the stored value that means
"not known") and ``<column>_names`` (JSON: names of the values); the last three only where they
say something.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Union

import attrs

from iohub_core.event import Column, DeviceEvent, columns_of

FILE_TITLE = "ioHub DataStore - Experiment Data File."

CLASS_TABLE_MAPPING = "/class_table_mapping"
DATA_COLLECTION = "/data_collection"
EXPERIMENTS = "/data_collection/experiment_meta_data"
SESSIONS = "/data_collection/session_meta_data"
SESSION_DETAILS = "/data_collection/session_details"
CONDITION_VARIABLES = "/data_collection/condition_variables"
TRIAL_TABLE_PREFIX = "EXP_CV_"
EVENTS = "/data_collection/events"
OTHER_DEVICE = "other"

EVENT_CLASS_TYPE = 1
"""``class_type_id`` of event classes in the class table."""

DOC_SUFFIX = "_doc"
UNIT_SUFFIX = "_unit"
MISSING_SUFFIX = "_missing"
NAMES_SUFFIX = "_names"


@attrs.frozen(kw_only=True)
class ColumnLayout:
    """One column of a table.

    Attributes:
        name: the column's name.
        dtype: ``u1…u8``, ``i1…i8``, ``f4``, ``f8``, ``b1`` or ``S<bytes>`` (UTF-8 or raw bytes).
        doc: what a value means.
        unit: its unit, empty for none.
        missing: the stored value that means "not known", or None if it is always known.
        names: names of the values of an enumerated column.
        default: what stands in the column for an event whose class lacks it.
    """

    name: str
    dtype: str
    doc: str = ""
    unit: str = ""
    missing: Any = None
    names: dict[int, str] = attrs.field(factory=dict)
    default: Any = None

    @property
    def text_width(self) -> int | None:
        """The most bytes a value may have, or None for a number."""
        return int(self.dtype[1:]) if self.dtype.startswith("S") else None


@attrs.frozen(kw_only=True)
class TableLayout:
    """One table.

    Attributes:
        path: its path in the file.
        title: its title.
        columns: its columns, in order.
    """

    path: str
    title: str
    columns: list[ColumnLayout]

    @property
    def column_names(self) -> list[str]:
        """The names of the columns, in order."""
        return [column.name for column in self.columns]


@attrs.frozen(kw_only=True)
class ClassLayout:
    """Where the events of one class are stored, and how their rows are laid out on the wire.

    Attributes:
        type_id: the number in the event's ``type`` field.
        name: the class's name.
        table_path: path of the table that holds its events; empty for a class that has none.
        fields: names of the row's values, in order.
    """

    type_id: int
    name: str
    table_path: str
    fields: list[str]


@attrs.frozen(kw_only=True)
class EventLayout:
    """All event classes of a session and the tables that hold them."""

    classes: list[ClassLayout]
    tables: list[TableLayout]


def _table(path: str, title: str, *columns: tuple[str, str, str]) -> TableLayout:
    return TableLayout(
        path=path,
        title=title,
        columns=[ColumnLayout(name=name, dtype=dtype, doc=doc) for name, dtype, doc in columns],
    )


CLASS_TABLE = _table(
    CLASS_TABLE_MAPPING,
    "Where the events of each class are stored.",
    ("class_id", "u4", "The event class's type number, as in an event's type column."),
    ("class_type_id", "u4", "What kind of class it is; 1 for events."),
    ("class_name", "S32", "The class's name."),
    ("table_path", "S128", "Path of the table with its events; empty if it has none."),
)

EXPERIMENT_TABLE = _table(
    EXPERIMENTS,
    "The experiments in this file.",
    ("experiment_id", "u4", "Number of the experiment in this file, from 1."),
    ("code", "S1024", "Short name of the experiment (at most 256 characters, UTF-8)."),
    ("title", "S1024", "Its title (at most 256 characters, UTF-8)."),
    ("description", "S16384", "What it is about (at most 4096 characters, UTF-8)."),
    ("version", "S128", "Version of the experiment (at most 32 characters, UTF-8)."),
)

SESSION_TABLE = _table(
    SESSIONS,
    "The sessions in this file.",
    ("session_id", "u4", "Number of the session in this file, from 1."),
    ("experiment_id", "u4", "Number of the experiment it belongs to."),
    ("code", "S1024", "Short name of the session, unique in its experiment (UTF-8)."),
    ("name", "S1024", "A longer name (at most 256 characters, UTF-8)."),
    ("comments", "S16384", "Comments (at most 4096 characters, UTF-8)."),
    ("user_variables", "S16384", "Variables of the user's own, as a JSON object (UTF-8)."),
)

DETAILS_TABLE = _table(
    SESSION_DETAILS,
    "How each session was recorded (ioHub's files lack this table).",
    ("session_id", "u4", "Number of the session in this file."),
    ("uid", "S64", "A random text that names the session once and for all."),
    ("started", "S40", "When the session started, ISO 8601 with the offset from UTC."),
    ("ended", "S40", "When it ended, likewise; empty if it did not end in order."),
    ("state", "S16", "recording, complete, or recovered (finished after a crash)."),
    ("software", "S16384", "Versions and settings of the hub and its devices, as a JSON object."),
    ("summary", "S16384", "Counts, warnings and faults of the session, as a JSON object."),
)

METADATA_TABLES = (CLASS_TABLE, EXPERIMENT_TABLE, SESSION_TABLE, DETAILS_TABLE)


def trial_table_path(experiment_id: int) -> str:
    """Return the path of an experiment's table of condition variables."""
    return f"{CONDITION_VARIABLES}/{TRIAL_TABLE_PREFIX}{experiment_id}"


def event_table_path(device: str, table: str) -> str:
    """Return the path of an event table: a folder for each device type, a table in it."""
    return f"{EVENTS}/{device or OTHER_DEVICE}/{table}"


# --- from event classes to tables ---------------------------------------------------------------


def layout_of(event_classes: Iterable[type[DeviceEvent]]) -> EventLayout:
    """Return the classes and tables of a session.

    A class is stored in the table of its nearest ancestor (or itself) declared with
    ``table=True``; one without such an ancestor gets a table of its own unless other classes
    derive from it. A table has its owner's columns, then those its other classes add.

    Raises:
        ValueError: if a name does not fit its column, two classes claim one table, or a table
            would need one column in two types; says which.
    """
    classes = _with_parents(event_classes)
    owners: dict[str, type[DeviceEvent]] = {}
    columns: dict[str, dict[str, ColumnLayout]] = {}
    found: list[ClassLayout] = []
    for event_class in classes:
        owner = _owner(event_class, classes)
        path = ""
        if owner is not None:
            path = event_table_path(owner.DEVICE, owner.__name__)
            if owners.setdefault(path, owner) is not owner:
                raise ValueError(
                    f"{_qualified(owners[path])} and {_qualified(owner)} both claim the table "
                    f"{path}; rename one of the classes"
                )
            table = columns.setdefault(path, {c.name: _column(c) for c in columns_of(owner)})
            _extend(table, columns_of(event_class), path, event_class)
        _check_width(event_class.__name__, 32, "event class name")
        _check_width(path, 128, "table path")
        found.append(
            ClassLayout(
                type_id=event_class.EVENT_TYPE_ID,
                name=event_class.__name__,
                table_path=path,
                fields=[column.name for column in columns_of(event_class)],
            )
        )
    tables = [
        TableLayout(path=path, title=_title(owners[path]), columns=list(table.values()))
        for path, table in columns.items()
    ]
    return EventLayout(classes=found, tables=tables)


def _with_parents(event_classes: Iterable[type[DeviceEvent]]) -> list[type[DeviceEvent]]:
    """The classes with all their event parents, each once, parents first."""
    found: dict[type[DeviceEvent], None] = {}
    for event_class in event_classes:
        for parent in reversed(event_class.__mro__):
            if isinstance(parent, type) and issubclass(parent, DeviceEvent):
                found.setdefault(parent)
    return list(found)


def _owner(
    event_class: type[DeviceEvent], classes: Sequence[type[DeviceEvent]]
) -> type[DeviceEvent] | None:
    for parent in event_class.__mro__:
        if vars(parent).get("TABLE"):
            return parent
    if event_class is DeviceEvent:
        return None
    is_parent = any(
        other is not event_class and issubclass(other, event_class) for other in classes
    )
    return None if is_parent else event_class


def _column(column: Column) -> ColumnLayout:
    return ColumnLayout(
        name=column.name,
        dtype=column.dtype,
        doc=column.doc,
        unit=column.unit,
        missing=column.missing,
        names=dict(column.names or {}),
    )


def _extend(
    table: dict[str, ColumnLayout],
    columns: Iterable[Column],
    path: str,
    event_class: type[DeviceEvent],
) -> None:
    for column in columns:
        known = table.setdefault(column.name, _column(column))
        if known.dtype != column.dtype:
            raise ValueError(
                f"column {column.name!r} of {path} is {known.dtype}, but "
                f"{_qualified(event_class)} declares it as {column.dtype}"
            )


def _check_width(text: str, width: int, what: str) -> None:
    if len(text.encode()) > width:
        raise ValueError(
            f"the {what} {text!r} is longer than the {width} bytes the file has for it"
        )


def _title(event_class: type[DeviceEvent]) -> str:
    first_line = (event_class.__doc__ or "").strip().split("\n", 1)[0]
    return first_line or event_class.__name__


def _qualified(event_class: type) -> str:
    return f"{event_class.__module__}.{event_class.__qualname__}"


# --- descriptions as attributes -----------------------------------------------------------------


def description_attributes(columns: Iterable[ColumnLayout]) -> dict[str, Any]:
    """Return the attributes that describe a table's columns, by attribute name."""
    found: dict[str, Any] = {}
    for column in columns:
        if column.doc:
            found[column.name + DOC_SUFFIX] = column.doc
        if column.unit:
            found[column.name + UNIT_SUFFIX] = column.unit
        if column.missing is not None:
            found[column.name + MISSING_SUFFIX] = column.missing
        if column.names:
            names = {str(value): name for value, name in column.names.items()}
            found[column.name + NAMES_SUFFIX] = json.dumps(names, ensure_ascii=False)
    return found


def described_columns(
    dtypes: Mapping[str, str], attributes: Mapping[str, Any]
) -> list[ColumnLayout]:
    """Return a table's columns as the file itself describes them.

    Args:
        dtypes: each column's dtype in the file, by name, in order.
        attributes: the table's attributes; what is not there is left empty.
    """
    return [
        ColumnLayout(
            name=name,
            dtype=dtype,
            doc=str(attributes.get(name + DOC_SUFFIX, "")),
            unit=str(attributes.get(name + UNIT_SUFFIX, "")),
            missing=attributes.get(name + MISSING_SUFFIX),
            names=_names(attributes.get(name + NAMES_SUFFIX)),
        )
        for name, dtype in dtypes.items()
    ]


def _names(text: Union[str, None]) -> dict[int, str]:  # noqa: UP007
    if not text:
        return {}
    return {int(value): str(name) for value, name in json.loads(str(text)).items()}
