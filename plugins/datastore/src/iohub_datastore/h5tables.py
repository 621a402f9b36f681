"""Making and extending a data file's tables through PyTables.

Used in the writer's process only. Tables are uncompressed with an explicit chunk shape: killed
while recording, compressed files failed to open now and then, and default chunk shapes cost up
to 2.8 ms an event.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import tables

from iohub_datastore.errors import DataStoreError
from iohub_datastore.frames import Header
from iohub_datastore.h5file import SessionIds
from iohub_datastore.layout import (
    CLASS_TABLE,
    DETAILS_TABLE,
    EVENT_CLASS_TYPE,
    EVENTS,
    EXPERIMENT_TABLE,
    METADATA_TABLES,
    SESSION_TABLE,
    EventLayout,
    TableLayout,
    description_attributes,
)
from iohub_datastore.rows import dtype_of
from iohub_datastore.trials import EXPERIMENT_ID, SESSION_ID

CHUNK_BYTES = 1 << 16


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
