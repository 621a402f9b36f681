"""The sink: journals every batch in the hub, and keeps a writer's process filling the data file.

Nothing here imports numpy or PyTables; the hub's event path costs one checksum and one system
call a batch.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from iohub_core.event import DeviceEvent
from iohub_core.pipeline.batch import Batch
from iohub_core.pipeline.sink import Sink, SinkContext
from iohub_datastore.errors import DataStoreError, FileInUseError, TrialTableError
from iohub_datastore.frames import Kind
from iohub_datastore.journal import JournalWriter
from iohub_datastore.keeper import WriterKeeper
from iohub_datastore.layout import ColumnLayout, layout_of
from iohub_datastore.locks import hold_shared
from iohub_datastore.metadata import make_header
from iohub_datastore.paths import data_file_path, journal_path, session_code_from
from iohub_datastore.trials import check_same_variables, encode_trial, variable, variables_from

WAKE_EVERY_S = 0.01
CLOSE_WAIT_S = 1.3
READY_WAIT_S = 120.0


class HDF5Sink(Sink):
    """Records a session in an HDF5 file; a :class:`~iohub_core.pipeline.sink.SessionRecorder`.

    Args:
        context: what it may use of the hub.

    Attributes:
        experiment_id: number of the experiment in the file, from :meth:`wait_ready` on.
        session_id: number of the session in the file, likewise.
        data_file: the file's absolute path.
    """

    name = "hdf5"

    def __init__(self, context: SinkContext) -> None:
        self._context = context
        self._store = context.settings.data_store
        self._moment = datetime.now().astimezone()
        self._session_code = self._store.session_info.code or session_code_from(self._moment)
        self.data_file = data_file_path(self._store, context.script_folder, self._session_code)
        self.experiment_id = 0
        self.session_id = 0
        self._keeper = WriterKeeper(self.data_file, context)
        self._journal: JournalWriter | None = None
        self._experiment: dict[str, str] = {}
        self._session: dict[str, str] = {}
        self._variables: list[ColumnLayout] | None = None
        self._table_made = False
        self._trial_lock = threading.Lock()
        self._accepted = 0
        self._lost = 0
        self._trial_rows = 0
        self._broken = False
        self._last_wake = 0.0
        self._launched = False
        self._closed = False

    # -- lifecycle ----------------------------------------------------------------------------

    def open(self) -> None:
        """Make the journal and start the writer.

        Raises:
            DataStoreError: if the folder, the file or the metadata won't do; says the remedy.
        """
        header = make_header(self._context, self._session_code, self._moment)
        self._experiment = header.experiment
        self._session = header.session
        self._make_folder()
        if journal_path(self.data_file).exists():
            self._keeper.recover_leftover()
        if self.data_file.exists() and not self._store.multiple_sessions:
            raise DataStoreError(
                f"{self.data_file} exists and data_store.multiple_sessions is false; give another "
                "session_code or datastore_name, or allow several sessions in a file"
            )
        try:
            journal = JournalWriter(
                journal_path(self.data_file), header, sync_each=not self._store.sync_interval
            )
        except FileExistsError:
            raise FileInUseError(
                f"{self.data_file} is being recorded by another hub at this moment; give this "
                "session another file (datastore_name)"
            ) from None
        except OSError as error:
            raise DataStoreError(
                f"no data file can be made in {self.data_file.parent} ({error.strerror or error}); "
                "set data_store.parent_dir (or datastore_name) to a folder that can be written to"
            ) from error
        hold_shared(journal.fd)
        self._journal = journal
        self._keeper.start()

    def wait_ready(self) -> None:
        """Wait until the file can take the session.

        Raises:
            DataStoreError: if it can't, e.g. because the experiment has a session of that code.
        """
        try:
            ready = self._keeper.wait_ready(READY_WAIT_S)
        except DataStoreError:
            self._forget()
            raise
        self.experiment_id = int(ready["experiment_id"])
        self.session_id = int(ready["session_id"])
        self._experiment = dict(ready["experiment"])
        if ready["trial_variables"] is not None:
            self._variables = [variable(name, dtype) for name, dtype in ready["trial_variables"]]
        self._launched = True
        self._keeper.go()

    def close(self, reason: str) -> None:
        """Finish the file; what takes longer than about a second the writer finishes alone."""
        if self._closed:
            return
        self._closed = True
        journal = self._journal
        if journal is None:
            return
        if not self._launched:
            self._keeper.discard(CLOSE_WAIT_S)
            self._forget()
            return
        end = {
            "reason": reason,
            "ended": datetime.now().astimezone().isoformat(timespec="milliseconds"),
            "events": self._accepted,
            "events_lost": self._lost,
            "trial_rows": self._trial_rows,
            "writer_restarts": self._keeper.restarts,
            "dropped": self._context.drops(),
        }
        try:
            journal.append_value(Kind.END, end)
        except OSError as error:
            self._context.log.warning("the journal of %s: %s", self.data_file, error)
        self._keeper.finish(CLOSE_WAIT_S)
        journal.close()
        self._journal = None

    # -- an event's way -----------------------------------------------------------------------

    def record(self, batch: Batch) -> None:
        """Journal a batch: when this returns, its events survive the kill of any process."""
        journal = self._journal
        if journal is None:
            return
        try:
            journal.append_events(batch.records)
        except OSError as error:
            self._journal_failed(error, len(batch.records))
            return
        self._accepted += len(batch.records)
        self._wake()

    def flush(self) -> None:
        """Return when everything taken before is on disk in the data file.

        Raises:
            DataStoreError: if the data file can't be written.
        """
        journal = self._journal
        if journal is not None:
            self._keeper.flush(lambda: journal.size)

    def add_event_classes(self, classes: Sequence[type[DeviceEvent]]) -> None:
        """Make room in the file for more event classes."""
        if self._journal is not None:
            layout = layout_of(classes)
            self._journal.append_value(Kind.CLASSES, msgspec.to_builtins(layout))
            self._wake()

    # -- experiment, session, trials ----------------------------------------------------------

    def experiment_metadata(self) -> dict[str, Any]:
        """Return the experiment's metadata as stored, with its id."""
        return {"experiment_id": self.experiment_id, **self._experiment}

    def session_metadata(self) -> dict[str, Any]:
        """Return the session's metadata as stored, with its ids and the file's path."""
        return {
            "session_id": self.session_id,
            "experiment_id": self.experiment_id,
            **self._session,
            "user_variables": dict(self._store.session_info.user_variables),
            "data_file": str(self.data_file),
        }

    def create_trial_table(self, columns: Sequence[Sequence[Any]]) -> None:
        """Make the table of condition variables, or check that it has the same ones.

        Raises:
            TrialTableError: if the experiment's table has other variables; says which.
        """
        asked = variables_from(columns)
        with self._trial_lock:
            if self._variables is None:
                self._variables = asked
            else:
                known = [column.name for column in self._variables]
                check_same_variables(known, [column.name for column in asked], str(self.data_file))
            self._append_trial(
                Kind.TRIAL_TABLE, [[column.name, column.dtype] for column in self._variables]
            )
            self._table_made = True

    def add_trial_row(self, values: dict[str, Any]) -> None:
        """Add a row to the table of condition variables.

        Raises:
            TrialTableError: if there is no table yet, or a value has no place in it.
        """
        with self._trial_lock:
            if self._variables is None or not self._table_made:
                raise TrialTableError(
                    "there is no table of condition variables in this session yet; call "
                    "createTrialHandlerRecordTable(trials) first"
                )
            self._append_trial(Kind.TRIAL_ROW, encode_trial(self._variables, values))
            self._trial_rows += 1

    def status(self) -> dict[str, Any]:
        """Return the file's path, the state and counters of the recording."""
        journal = self._journal
        return {
            "sink": self.name,
            "file": str(self.data_file),
            "journal": str(journal_path(self.data_file)),
            "journal_bytes": 0 if journal is None else journal.size,
            "experiment_id": self.experiment_id,
            "session_id": self.session_id,
            "events": self._accepted,
            "events_lost": self._lost,
            "trial_rows": self._trial_rows,
            **self._keeper.status(),
        }

    # -- inner --------------------------------------------------------------------------------

    def _append_trial(self, kind: int, value: Any) -> None:
        if self._journal is None:
            raise DataStoreError("the recording is closed")
        try:
            self._journal.append_value(kind, value)
        except OSError as error:
            self._journal_failed(error, 0)
            raise DataStoreError(f"the trial's row was not recorded: {error}") from error
        self._wake()

    def _wake(self) -> None:
        # Waking at most every 10 ms keeps the price of an event low; the writer looks a second
        # time 25 ms after each wake, so what comes in between is found without another one.
        now = time.monotonic()
        if now - self._last_wake > WAKE_EVERY_S:
            self._last_wake = now
            self._keeper.wake()

    def _journal_failed(self, error: OSError, events: int) -> None:
        self._lost += events
        if not self._broken:
            self._broken = True
            self._context.fail(
                f"events can't be recorded any more: {journal_path(self.data_file)} can't be "
                f"written ({error.strerror or error}). What was recorded before is safe. "
                "Make room on the disk; io.getRecordingStatus() counts the events that were lost"
            )

    def _make_folder(self) -> None:
        folder = self.data_file.parent
        if folder.is_dir():
            return
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise DataStoreError(
                f"the folder {folder} does not exist and can't be made "
                f"({error.strerror or error}); set data_store.parent_dir to another"
            ) from error
        self._context.log.info("made the folder %s for the data file", folder)

    def _forget(self) -> None:
        """Take back a session whose launch failed: no script ever got an event of it."""
        self._closed = True
        if self._journal is not None:
            self._journal.close()
            self._journal = None
            journal_path(self.data_file).unlink(missing_ok=True)
