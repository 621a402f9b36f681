"""Builds one session's part of the data file from its journal.

Used by the writer's process while a session runs, by a writer that replaces one that died, and by
recovery: all three do the same. The file is never changed where it stands. What was there before
the session (the base) is copied, the session's tables are made in the copy, and the copy takes
the file's name in one step, the base staying beside it until the session is over. Whatever is
killed at whatever instant, the base and the journal are whole, and the file can be built again
from them; so an event can neither be lost nor written twice.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import tables

from iohub_datastore import h5file, h5tables
from iohub_datastore.copying import Progress, copy_file
from iohub_datastore.errors import DataStoreError, NotADataFileError
from iohub_datastore.frames import Header
from iohub_datastore.frames_to_tables import FrameSink
from iohub_datastore.h5file import SessionIds
from iohub_datastore.paths import (
    before_path,
    befores,
    damaged_path,
    part_path,
    sync_folder,
)

log = logging.getLogger("iohub.datastore")


@attrs.frozen
class Base:
    """What the session is added to.

    Attributes:
        path: the file, or None for a new one.
        ids: the session's numbers in it.
    """

    path: Path | None
    ids: SessionIds


def find_base(data_file: Path, header: Header, *, resuming: bool) -> Base:
    """Find what the data file was before the session.

    Args:
        data_file: the data file.
        header: the journal's header.
        resuming: whether another process may have begun with this session before.

    Raises:
        DataStoreError: as :func:`~iohub_datastore.h5file.inspect` does.
    """
    before = before_path(data_file, header.uid)
    if before.exists():
        return Base(before, h5file.inspect(before, header))
    if not data_file.exists():
        return Base(None, h5file.inspect(None, header))
    try:
        if resuming:
            h5file.check_opens_elsewhere(data_file)
        ids = h5file.inspect(data_file, header)
    except NotADataFileError:
        if not resuming:
            raise
        h5file.check_is_data_file(data_file)
        kept = damaged_path(data_file, header.uid)
        os.replace(data_file, kept)
        log.warning("%s could not be opened; kept as %s and made anew", data_file, kept)
        return Base(None, h5file.inspect(None, header))
    if ids.present and ids.only_session:
        return Base(None, h5file.inspect(None, header))
    return Base(data_file, ids)


class SessionWriter:
    """Makes and fills the file of one session; one thread.

    Args:
        data_file: the data file.
        header: the journal's header.
        base: what :func:`find_base` found.
        report: told of values that did not fit.
    """

    def __init__(
        self, data_file: Path, header: Header, base: Base, report: Callable[[str], None]
    ) -> None:
        self.data_file = data_file
        self.header = header
        self.base = base
        self.ids = base.ids
        self._report = report
        self._file: tables.File | None = None
        self._path = part_path(data_file)
        self._sink: FrameSink | None = None

    @property
    def sink(self) -> FrameSink:
        """What takes the journal's frames, once the file is built."""
        if self._sink is None:
            raise DataStoreError(f"{self.data_file} is not open for writing")
        return self._sink

    def build(self, progress: Progress) -> None:
        """Make the session's tables in a copy of the base; the data file is not touched.

        Raises:
            DataStoreError: if there is no room, or the metadata do not fit.
            OSError: if the copy can't be written.
        """
        self._path.unlink(missing_ok=True)
        if self.base.path is not None:
            copy_file(self.base.path, self._path, progress)
        file = h5file.open_file(self._path, "a")
        self._file = file
        if self.ids.present:
            h5tables.remove_session(file, self.ids)
        h5tables.add_session(file, self.header, self.ids)
        self._sink = FrameSink(file, self.header, self.ids, self._report)
        self.flush()

    def install(self) -> None:
        """Give the copy the data file's name, keeping the base beside it."""
        if self._path == self.data_file:
            return
        if os.name == "nt":  # an open file can't be renamed there
            self._close_file()
        if self.base.path == self.data_file:
            _keep(self.data_file, before_path(self.data_file, self.header.uid))
        os.replace(self._path, self.data_file)
        sync_folder(self.data_file.parent)
        self._path = self.data_file
        if os.name == "nt":
            self._file = h5file.open_file(self._path, "a")
            self.sink.reopened(self._file)

    def flush(self) -> None:
        """Return when all rows are on disk in the file (HDF5 flush and fsync)."""
        self.hand_over()
        _sync(self._path)

    def hand_over(self) -> None:
        """Give all rows to the operating system: they survive a kill, not a power loss."""
        if self._file is not None:
            self._file.flush()

    def finish(self, state: str, ended: str, summary: dict[str, Any]) -> dict[str, int]:
        """Close the file, verify it, and return how many rows each table got in this session.

        Raises:
            DataStoreError: if a table has not the rows it should have.
        """
        assert self._file is not None
        sink = self.sink
        sink.flush()
        h5tables.finish_session(self._file, self.ids.session_id, state, ended, summary)
        expected = sink.expected_rows()
        self._close_file()
        _sync(self._path)
        self._verify(expected)
        if self.header.compress_at_close:
            self._compress()
            self._verify(expected)
        self.install()
        return {path: stop - first for path, (first, stop) in expected.items()}

    def abandon(self) -> None:
        """Close the file as it is, after a fault."""
        try:
            self._close_file()
        except (OSError, tables.HDF5ExtError) as error:
            log.warning("closing %s after a fault: %s", self._path, error)

    def remove_leftovers(self) -> None:
        """Remove the base kept beside the file; call when the journal is gone."""
        for path in befores(self.data_file):
            path.unlink(missing_ok=True)
        part_path(self.data_file).unlink(missing_ok=True)
        sync_folder(self.data_file.parent)

    def _close_file(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.close()

    def _verify(self, expected: dict[str, tuple[int, int]]) -> None:
        with h5file.open_file(self._path, "r") as file:
            for path, (first, stop) in expected.items():
                table = file.get_node(path)
                ends = np.concatenate([table.read(first, first + 1), table.read(stop - 1, stop)])
                column = "session_id" if "session_id" in table.colnames else "SESSION_ID"
                of_session = stop == first or bool(np.all(ends[column] == self.ids.session_id))
                if table.nrows != stop or not of_session:
                    raise DataStoreError(
                        f"{self._path}: {path} has {table.nrows} rows where {stop} were written; "
                        "the journal is kept"
                    )

    def _compress(self) -> None:
        compressed = self.data_file.with_name(self.data_file.name + ".iohub-compressed")
        filters = tables.Filters(complevel=5, complib="zlib", shuffle=True)
        with (
            h5file.open_file(self._path, "r") as file,
            h5file.open_file(compressed, "w") as target,
        ):
            # Not File.copy_file: that would also make tables of later sessions compressed from
            # the start, and those open less surely after a kill.
            file.root._v_attrs._f_copy(target.root)
            file.root._f_copy_children(target.root, recursive=True, filters=filters)
        _sync(compressed)
        os.replace(compressed, self._path)


def _keep(data_file: Path, before: Path) -> None:
    try:
        os.link(data_file, before)
    except OSError:  # a file system without links: the name is free for an instant
        os.replace(data_file, before)


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDWR)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def now_text() -> str:
    """Return the present moment as ISO 8601 with the offset from UTC."""
    return datetime.now().astimezone().isoformat(timespec="milliseconds")
