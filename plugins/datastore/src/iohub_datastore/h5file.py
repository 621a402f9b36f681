"""The data file through PyTables: making, extending and inspecting it.

Used in the writer's process only. Tables are uncompressed with an explicit chunk shape: killed
while recording, compressed files failed to open now and then, and default chunk shapes cost up
to 2.8 ms an event.
"""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import tables

from iohub_datastore.errors import (
    DataStoreError,
    FileInUseError,
    NotADataFileError,
    SessionExistsError,
)
from iohub_datastore.journal import Header
from iohub_datastore.layout import (
    CLASS_TABLE,
    DETAILS_TABLE,
    EVENT_CLASS_TYPE,
    EVENTS,
    EXPERIMENT_TABLE,
    FILE_TITLE,
    METADATA_TABLES,
    SESSION_TABLE,
    ColumnLayout,
    EventLayout,
    TableLayout,
    description_attributes,
    trial_table_path,
)
from iohub_datastore.rows import dtype_of
from iohub_datastore.trials import EXPERIMENT_ID, SESSION_ID, variables_of

CHUNK_BYTES = 1 << 16
SIGNATURE = b"\x89HDF\r\n\x1a\n"
_SIGNATURE_PLACES = (0, 512, 1024, 2048)


@attrs.frozen(kw_only=True)
class SessionIds:
    """Numbers of a session in a file, and what the file has for its experiment already.

    Attributes:
        experiment_id: number of the experiment.
        session_id: number of the session.
        new_experiment: whether the experiment is new in the file.
        experiment: the experiment's metadata as the file has it.
        trial_variables: name and dtype of its trial table's variables; None if it has no table.
        present: whether the session is in the file already (the file of an interrupted session).
        only_session: whether no other session is in the file.
    """

    experiment_id: int
    session_id: int
    new_experiment: bool
    experiment: dict[str, str]
    trial_variables: list[list[str]] | None
    present: bool
    only_session: bool


def check_is_data_file(path: Path) -> None:
    """Check that an existing file is HDF5 at all, without opening it as such.

    Raises:
        NotADataFileError: if it is not.
    """
    with path.open("rb") as file:
        for place in _SIGNATURE_PLACES:
            file.seek(place)
            if file.read(len(SIGNATURE)) == SIGNATURE:
                return
    raise NotADataFileError(
        f"{path} exists and is not an HDF5 file; give the data file another name, or move that one"
    )


def open_file(path: Path, mode: str) -> tables.File:
    """Open a data file, turning HDF5's faults into sentences.

    Raises:
        FileInUseError: if another program holds it open for writing.
        NotADataFileError: if HDF5 can't open it.
    """
    tables.silence_hdf5_messages()
    warnings.simplefilter("ignore", tables.NaturalNameWarning)  # variables are called as they are
    try:
        return tables.open_file(str(path), mode, title=FILE_TITLE)
    except tables.HDF5ExtError as error:
        text = str(error)
        if "lock" in text or "already open" in text:
            raise FileInUseError(
                f"{path} is held open by another program; close it there (a viewer, a notebook, "
                "another experiment), or give the data file another name"
            ) from error
        last = text.strip().splitlines()[-1] if text.strip() else "no reason given"
        raise NotADataFileError(
            f"{path} can't be opened as HDF5 ({last}); it is damaged or not a data file: move it, "
            "or give the data file another name"
        ) from error
    except ValueError as error:  # PyTables: open already in this process
        raise FileInUseError(f"{path} is open in this process already: {error}") from error


def check_opens_elsewhere(path: Path) -> None:
    """Check in another process that a file which may be damaged opens with all its tables.

    A damaged file can crash the HDF5 library, and with it the process.

    Raises:
        NotADataFileError: if it does not open.
    """
    code = (
        "import sys, tables\n"
        "with tables.open_file(sys.argv[1]) as file:\n"
        "    for node in file.walk_nodes('/', 'Table'): node.nrows and node[-1]\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if found.returncode:
        raise NotADataFileError(f"{path} can't be opened as HDF5: it is damaged")


def inspect(path: Path | None, header: Header) -> SessionIds:
    """Return the numbers a session has, or would get, in a file (None: a new one).

    Raises:
        SessionExistsError: if the experiment has another session of that code.
        NotADataFileError: if the file is no data file that sessions can be added to.
        FileInUseError: if another program holds it open for writing.
    """
    if path is None:
        return SessionIds(
            experiment_id=1,
            session_id=1,
            new_experiment=True,
            experiment=dict(header.experiment),
            trial_variables=None,
            present=False,
            only_session=True,
        )
    check_is_data_file(path)
    with open_file(path, "r") as file:
        _check_layout(file, path, header)
        return _ids_in(file, path, header)


def _ids_in(file: tables.File, path: Path, header: Header) -> SessionIds:
    details = _texts(file, DETAILS_TABLE.path, "uid")
    session_ids = _numbers(file, DETAILS_TABLE.path, "session_id")
    experiments = _numbers(file, EXPERIMENT_TABLE.path, "experiment_id")
    codes = _texts(file, EXPERIMENT_TABLE.path, "code")
    all_sessions = _numbers(file, SESSION_TABLE.path, "session_id")
    code = header.experiment["code"]
    present = header.uid in details
    new_experiment = code not in codes
    experiment_id = (
        max(experiments, default=0) + 1 if new_experiment else experiments[codes.index(code)]
    )
    if present:
        session_id = session_ids[details.index(header.uid)]
    else:
        session_id = max(all_sessions, default=0) + 1
        _check_code_is_new(file, path, experiment_id, header.session["code"])
    stored = dict(header.experiment)
    if not new_experiment:
        row = file.get_node(EXPERIMENT_TABLE.path)[codes.index(code)]
        stored = {name: row[name].decode(errors="replace") for name in stored}
    return SessionIds(
        experiment_id=experiment_id,
        session_id=session_id,
        new_experiment=new_experiment,
        experiment=stored,
        trial_variables=_trial_variables(file, experiment_id),
        present=present,
        only_session=len(all_sessions) <= (1 if present else 0),
    )


def _check_code_is_new(file: tables.File, path: Path, experiment_id: int, code: str) -> None:
    owners = _numbers(file, SESSION_TABLE.path, "experiment_id")
    codes = _texts(file, SESSION_TABLE.path, "code")
    if (experiment_id, code) in zip(owners, codes, strict=True):
        raise SessionExistsError(
            f"the experiment has a session {code!r} already in {path}; nothing is overwritten: "
            "give this session another session_code, or record to another file (datastore_name)"
        )


def _check_layout(file: tables.File, path: Path, header: Header) -> None:
    """Refuse a file whose tables could not hold the session's events as they are."""
    for table in (*METADATA_TABLES, *header.layout.tables):
        if table.path not in file:
            if table in METADATA_TABLES:
                raise NotADataFileError(
                    f"{path} has no table {table.path}: it was not written by iohub-datastore (or "
                    "by ioHub, whose columns are too narrow to be added to); record to another file"
                )
            continue
        theirs = file.get_node(table.path).dtype
        ours = dtype_of(table)
        if theirs != ours:
            differing = sorted(
                name
                for name in {*(theirs.names or ()), *(ours.names or ())}
                if name not in (theirs.names or ())
                or name not in (ours.names or ())
                or theirs[name] != ours[name]
            )
            raise NotADataFileError(
                f"{path} was written by another version: the columns {', '.join(differing)} of "
                f"{table.path} differ from those of this session; record to another file"
            )


def _trial_variables(file: tables.File, experiment_id: int) -> list[list[str]] | None:
    path = trial_table_path(experiment_id)
    if path not in file:
        return None
    columns = variables_of(table_layout(file.get_node(path)))
    return [[column.name, column.dtype] for column in columns]


def table_layout(node: tables.Table) -> TableLayout:
    """Return the layout of a table that exists, without its descriptions."""
    columns = [(name, node.dtype[name].str.lstrip("<>|=")) for name in (node.dtype.names or ())]

    return TableLayout(
        path=node._v_pathname,
        title=node.title,
        columns=[ColumnLayout(name=name, dtype=dtype) for name, dtype in columns],
    )


def _numbers(file: tables.File, path: str, column: str) -> list[int]:
    return [int(value) for value in file.get_node(path).col(column)]


def _texts(file: tables.File, path: str, column: str) -> list[str]:
    return [value.decode(errors="replace") for value in file.get_node(path).col(column)]


# --- making ---------------------------------------------------------------------------------------


def ensure_table(file: tables.File, layout: TableLayout) -> tables.Table:
    """Return a table, made with the descriptions of its columns if it is not there."""
    if layout.path in file:
        return file.get_node(layout.path)
    folder, _, name = layout.path.rpartition("/")
    dtype = dtype_of(layout)
    table = file.create_table(
        folder or "/",
        name,
        description=dtype,
        title=layout.title,
        chunkshape=(max(1, CHUNK_BYTES // dtype.itemsize),),
        createparents=True,
    )
    for attribute, value in description_attributes(layout.columns).items():
        table.attrs[attribute] = value
    return table


def append_row(file: tables.File, layout: TableLayout, values: dict[str, Any]) -> None:
    """Append one row to a metadata table.

    Raises:
        DataStoreError: if a text is longer than its column.
    """
    row = np.zeros(1, dtype=dtype_of(layout))
    for column in layout.columns:
        value = values[column.name]
        if column.text_width is not None:
            value = value.encode()
            if len(value) > column.text_width:
                raise DataStoreError(
                    f"{column.name} takes {len(value)} bytes, {layout.path} has "
                    f"{column.text_width} for it; shorten it"
                )
        row[column.name] = value
    table = ensure_table(file, layout)
    table.append(row)


def add_session(file: tables.File, header: Header, ids: SessionIds) -> None:
    """Make all tables of a session and its rows of metadata."""
    for table in METADATA_TABLES:
        ensure_table(file, table)
    if EVENTS not in file:
        folder, _, name = EVENTS.rpartition("/")
        file.create_group(folder, name, createparents=True)
    add_event_tables(file, header.layout)
    if ids.new_experiment:
        append_row(
            file, EXPERIMENT_TABLE, {"experiment_id": ids.experiment_id, **header.experiment}
        )
    append_row(
        file,
        SESSION_TABLE,
        {
            "session_id": ids.session_id,
            "experiment_id": ids.experiment_id,
            **header.session,
        },
    )
    append_row(
        file,
        DETAILS_TABLE,
        {
            "session_id": ids.session_id,
            "uid": header.uid,
            "started": header.created,
            "ended": "",
            "state": "recording",
            "software": json_that_fits(header.software, 16384),
            "summary": "",
        },
    )


def add_event_tables(file: tables.File, layout: EventLayout) -> None:
    """Make the tables of event classes and list the classes in the class table."""
    for table in layout.tables:
        ensure_table(file, table)
    node = ensure_table(file, CLASS_TABLE)
    known = {(int(row["class_id"]), row["class_name"], row["table_path"]) for row in node.read()}
    for event_class in layout.classes:
        key = (event_class.type_id, event_class.name.encode(), event_class.table_path.encode())
        if key in known:
            continue
        append_row(
            file,
            CLASS_TABLE,
            {
                "class_id": event_class.type_id,
                "class_type_id": EVENT_CLASS_TYPE,
                "class_name": event_class.name,
                "table_path": event_class.table_path,
            },
        )


def finish_session(
    file: tables.File, session_id: int, state: str, ended: str, summary: dict[str, Any]
) -> None:
    """Note in the session's details how it ended."""
    node = file.get_node(DETAILS_TABLE.path)
    places = np.flatnonzero(node.col("session_id") == session_id)
    for place in places:
        row = node.read(int(place), int(place) + 1)
        row["state"] = state.encode()
        row["ended"] = ended.encode()
        row["summary"] = json_that_fits(summary, 16384).encode()
        node.modify_rows(int(place), int(place) + 1, rows=row)
    node.flush()


def json_that_fits(values: dict[str, Any], width: int) -> str:
    """Return a JSON object of at most ``width`` bytes; what had to be left out is named in it."""
    kept = dict(values)
    omitted: list[str] = []
    while True:
        whole = {**kept, "omitted": omitted} if omitted else kept
        text = json.dumps(whole, ensure_ascii=False, default=str)
        if len(text.encode()) <= width or not kept:
            return text
        longest = max(kept, key=lambda name: len(json.dumps(kept[name], default=str)))
        omitted.append(longest)
        del kept[longest]


def remove_session(file: tables.File, ids: SessionIds) -> None:
    """Take an interrupted session's rows out again, before they are replayed.

    The session was the last to be added, so its rows stand at the tables' ends.
    """
    for node in _tables_with_sessions(file):
        name = SESSION_ID if SESSION_ID in node.colnames else "session_id"
        places = np.flatnonzero(node.col(name) == ids.session_id)
        if len(places) == node.nrows and len(places):
            # PyTables refuses to remove all rows of some tables; truncating is the same.
            node.truncate(0)
        elif len(places):
            node.remove_rows(int(places[0]), int(places[-1]) + 1)
    file.flush()


def _tables_with_sessions(file: tables.File) -> Sequence[tables.Table]:
    return [
        node
        for node in file.walk_nodes("/", "Table")
        if "session_id" in node.colnames or {EXPERIMENT_ID, SESSION_ID} <= set(node.colnames)
    ]
