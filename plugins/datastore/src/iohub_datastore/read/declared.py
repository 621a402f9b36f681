"""What a table's columns mean: from the file, else from the installed plugins."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

import attrs

from iohub_core.plugins.declarations import resolve
from iohub_core.plugins.manager import PluginManager
from iohub_datastore.layout import ColumnLayout, described_columns, layout_of


def table_columns(table: Any) -> list[ColumnLayout]:
    """Return a table's columns with their descriptions.

    A file of this project describes them itself; one of PsychoPy's ioHub does not.
    """
    dtypes = {name: table.coldtypes[name].str.lstrip("<>|=") for name in table.colnames}
    attributes = {name: table.attrs[name] for name in table.attrs._v_attrnamesuser}
    columns = described_columns(dtypes, attributes)
    if any(column.doc for column in columns):
        return columns
    declared = declared_columns().get(table.name, {})
    return [
        attrs.evolve(declared[one.name], dtype=one.dtype) if one.name in declared else one
        for one in columns
    ]


@lru_cache(maxsize=1)
def declared_columns() -> dict[str, dict[str, ColumnLayout]]:
    """Return the columns of every event table the installed plugins declare, by table name.

    A plugin whose events can't be loaded describes nothing, and a warning says so.
    """
    manager = PluginManager(strict=False)
    manager.load_installed()
    refs = [ref for device in manager.device_types.values() for ref in device.events]
    found: dict[str, dict[str, ColumnLayout]] = {}
    for ref in dict.fromkeys([*manager.event_types, *refs]):
        try:
            tables = layout_of([resolve(ref)]).tables
        except Exception as error:  # noqa: BLE001 - a plugin's code; its name is in the warning
            warnings.warn(f"the columns of {ref} can't be described: {error}", stacklevel=2)
            continue
        for table in tables:
            known = found.setdefault(table.path.rsplit("/", 1)[1], {})
            known.update({column.name: column for column in table.columns})
    return found
