"""What a session's journal says of it at its start."""

from __future__ import annotations

import json
import platform
import sys
import uuid
from collections.abc import Iterable
from datetime import datetime
from importlib import metadata as distributions
from typing import Any

import attrs

from iohub_core.pipeline.sink import SinkContext
from iohub_datastore.errors import DataStoreError
from iohub_datastore.frames import Header
from iohub_datastore.layout import EXPERIMENT_TABLE, SESSION_TABLE, TableLayout, layout_of


def make_header(context: SinkContext, session_code: str, moment: datetime) -> Header:
    """Return the journal's header.

    Raises:
        DataStoreError: if a text is longer than its column; says which.
    """
    store = context.settings.data_store
    experiment = {
        name: getattr(store.experiment_info, name)
        for name in ("code", "title", "description", "version")
    }
    session = {
        "code": session_code,
        "name": store.session_info.name,
        "comments": store.session_info.comments,
        "user_variables": json.dumps(
            store.session_info.user_variables, ensure_ascii=False, default=str
        ),
    }
    _check_widths(EXPERIMENT_TABLE, experiment, "experiment_info")
    _check_widths(SESSION_TABLE, session, "session_info")
    return Header(
        uid=uuid.uuid4().hex,
        experiment=experiment,
        session=session,
        layout=layout_of(context.event_classes),
        software=_software(context),
        created=moment.astimezone().isoformat(timespec="milliseconds"),
        flush_interval=store.flush_interval,
        sync_interval_s=store.sync_interval,
        compress_at_close=store.compress_at_close,
        file_may_exist=store.multiple_sessions,
    )


def _check_widths(table: TableLayout, values: dict[str, str], where: str) -> None:
    for column in table.columns:
        width = column.text_width
        size = len(values.get(column.name, "").encode())
        if width is not None and size > width:
            raise DataStoreError(
                f"data_store.{where}.{column.name} takes {size} bytes in the data file, which has "
                f"{width} for it; shorten it (nothing is cut silently)"
            )


def _software(context: SinkContext) -> dict[str, str]:
    devices = [
        {"class_name": name, "settings": _plain(settings)}
        for name, settings in context.device_settings
    ]
    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "versions": json.dumps(_versions()),
        "devices": json.dumps(devices, ensure_ascii=False, default=str),
        "clock_zero": repr(context.clock.zero),
    }


def _plain(settings: Any) -> Any:
    return attrs.asdict(settings) if attrs.has(type(settings)) else settings


def _versions() -> dict[str, str]:
    """Versions of the installed distributions of this project and what the recording rests on."""
    found = {}
    for name in _names():
        try:
            found[name] = distributions.version(name)
        except distributions.PackageNotFoundError:
            continue
    return found


def _names() -> Iterable[str]:
    for entry in distributions.entry_points(group="iohub.plugins"):
        if entry.dist is not None:
            yield entry.dist.name
    yield from ("iohub-core", "iohub-datastore", "msgspec", "numpy", "tables", "psychopy")
