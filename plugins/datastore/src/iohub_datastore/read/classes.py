"""Which event classes a file has, and the many names each goes by."""

from __future__ import annotations

import re
from typing import Any

import attrs

from iohub_core.config.problems import nearest
from iohub_core.constants import EventConstants
from iohub_datastore.layout import CLASS_TABLE_MAPPING


@attrs.frozen
class StoredClass:
    """One event class of a file.

    Attributes:
        type_id: the number in the events' ``type`` column.
        name: the class's name.
        path: path of the table with its events.
    """

    type_id: int
    name: str
    path: str

    @property
    def constant(self) -> str:
        """Its constant's name, e.g. ``KEYBOARD_PRESS``."""
        known = EventConstants.getName(self.type_id)
        if known:
            return str(known)
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.name.removesuffix("Event")).upper()


def stored_classes(file: Any) -> list[StoredClass]:
    """Return the event classes that have a table in the file (ioHub's files list all there are)."""
    found = []
    for row in file.get_node(CLASS_TABLE_MAPPING).read():
        path = _text(row["table_path"])
        if path and path in file:
            found.append(StoredClass(int(row["class_id"]), _text(row["class_name"]), path))
    return list(dict.fromkeys(found))


def find_class(classes: list[StoredClass], wanted: str | int) -> StoredClass:
    """Return the class with a number, constant or class name.

    Raises:
        KeyError: if the file has none; with the nearest name.
    """
    for one in classes:
        if wanted in {one.type_id, one.name, one.constant}:
            return one
    known = [one.constant for one in classes]
    raise KeyError(
        f"no events of type {wanted!r} can be in this file{nearest(wanted, known)} "
        f"(types: {', '.join(known)})"
    )


def type_names(classes: list[StoredClass]) -> dict[int, str]:
    """Return the constant of each type number."""
    return {one.type_id: one.constant for one in classes}


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
