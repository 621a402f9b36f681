"""The writer's process: reads the journal as it grows and fills the data file.

Started by the hub as ``python -c "from iohub_datastore.writer import main; main()" DATA_FILE``.
Commands come as lines on its standard input (``w``: there is more in the journal; ``go``: the
launch succeeded, take the file's name; ``flush TOKEN SIZE``; ``discard``), replies go as JSON
lines to its standard output. When the input ends, the hub is gone: what is in the journal is
written, the file closed and verified, and the process ends. It sleeps while there is nothing to
do.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import time
from pathlib import Path

from iohub_datastore.errors import DataStoreError, FileInUseError
from iohub_datastore.frames import Damage
from iohub_datastore.journal import JournalReader
from iohub_datastore.locks import hold_shared
from iohub_datastore.paths import journal_path, part_path
from iohub_datastore.writer_pipes import Inbox, Replies

LINGER_S = 0.025
"""How long after a wake the journal is looked at again; the hub wakes at most every 10 ms, and an
event that comes within those is found by this second look."""

HAND_OVER_S = 0.5
"""Rows wait at most so long until the operating system has them."""

SYNC_MARGIN_S = 0.05
SPARE_BYTES = 1 << 22
"""Room that must be left for closing the file in order while the journal still grows."""

ROW_GROWTH = 8
"""A row with text takes up to about so many times its journal bytes in a table."""

_LOCK_TRIES = 100


class Recorder:
    """The writer's loop.

    Args:
        data_file: the data file.
        inbox: where commands come from.
        replies: where messages go.
    """

    def __init__(self, data_file: Path, inbox: Inbox, replies: Replies) -> None:
        self._replies = replies
        self._inbox = inbox
        self._data_file = data_file
        self._reader = JournalReader(journal_path(data_file))
        self._lock()
        self._rows = 0
        self._pending_rows = 0
        self._damages: list[Damage] = []
        self._hand_over_at: float | None = None
        self._sync_at: float | None = None
        self._linger_until: float | None = None
        self._installed = False
        self._flushes: list[tuple[str, int]] = []

    def run(self, *, resuming: bool) -> None:
        """Build the file, fill it until the session ends, and finish it."""
        from iohub_datastore.session_writer import SessionWriter, find_base

        header = self._reader.header
        base = find_base(self._data_file, header, resuming=resuming)
        self._writer = SessionWriter(self._data_file, header, base, self._report)
        ids = base.ids
        self._replies.send(
            "ready",
            experiment_id=ids.experiment_id,
            session_id=ids.session_id,
            experiment=ids.experiment,
            trial_variables=ids.trial_variables,
        )
        try:
            self._writer.build(self._progress)
            if resuming:
                self._go()
            if self._fill():
                self._finish()
            else:
                self._discard()
        except BaseException as error:
            self._writer.abandon()
            if isinstance(error, DataStoreError) and self._was_told_to_go():
                self._go()  # closed in order, so what it holds can be read
            raise

    def _lock(self) -> None:
        for _ in range(_LOCK_TRIES):  # somebody may just be looking whether we are there
            if hold_shared(self._reader.fileno()):
                return
            time.sleep(0.02)
        raise FileInUseError(f"{self._data_file} is being recovered by another process")

    def _fill(self) -> bool:
        """Follow the journal until the session ends; False if it is to be forgotten."""
        self._drain()
        while self._writer.sink.end is None:
            commands = self._inbox.wait(self._timeout())
            for command in commands:
                if command == "discard":
                    return False
                self._obey(command)
            if commands:
                self._linger_until = time.monotonic() + LINGER_S
            self._drain()
            self._answer_flushes()
            self._keep_appointments()
            if Inbox.END in commands:
                break
        return True

    def _obey(self, command: str) -> None:
        if command == "go":
            self._go()
        elif command.startswith("flush "):
            _, token, size = command.split()
            self._flushes.append((token, int(size)))

    def _go(self) -> None:
        if not self._installed:
            self._writer.install()
            self._installed = True

    def _was_told_to_go(self) -> bool:
        return "go" in self._inbox.wait(0.0) and not self._installed

    def _timeout(self) -> float | None:
        appointments = [
            moment
            for moment in (self._hand_over_at, self._sync_at, self._linger_until)
            if moment is not None
        ]
        return max(0.0, min(appointments) - time.monotonic()) if appointments else None

    def _drain(self) -> None:
        while frames := self._reader.read():
            self._check_room(sum(len(frame.payload) for frame in frames))
            rows = self._writer.sink.take(frames)
            self._rows += rows
            self._pending_rows += rows
            now = time.monotonic()
            if self._sync_at is None and self._reader.header.sync_interval_s:
                self._sync_at = now + max(0.0, self._reader.header.sync_interval_s - SYNC_MARGIN_S)
            if self._hand_over_at is None:
                self._hand_over_at = now + HAND_OVER_S

    def _keep_appointments(self) -> None:
        now = time.monotonic()
        due = self._hand_over_at is not None and now >= self._hand_over_at
        if due or self._pending_rows >= self._reader.header.flush_interval:
            self._writer.hand_over()
            self._pending_rows = 0
            self._hand_over_at = None
        if self._sync_at is not None and now >= self._sync_at:
            sync = getattr(os, "fdatasync", os.fsync)
            sync(self._reader.fileno())
            self._sync_at = None
            self._replies.send("written", rows=self._rows, bytes=self._reader.offset)
        if self._linger_until is not None and now >= self._linger_until:
            self._linger_until = None

    def _answer_flushes(self) -> None:
        if not self._flushes:
            return
        for _, size in self._flushes:
            while self._reader.offset < size:  # whole frames are there, so this one is damaged
                damage = self._reader.skip_damage()
                if damage is None:
                    break
                self._damages.append(damage)
                self._report(f"the journal of {self._data_file}: {damage}")
                self._drain()
        self._go()
        self._writer.flush()
        self._pending_rows = 0
        self._hand_over_at = None
        for token, _ in self._flushes:
            self._replies.send("flushed", token=token, rows=self._rows)
        self._flushes.clear()

    def _finish(self) -> None:
        from iohub_datastore.recovery import conclude

        self._drain()
        while (damage := self._reader.skip_damage()) is not None:
            self._damages.append(damage)
            self._drain()
        ended = self._writer.sink.end is not None
        rows = conclude(self._writer, self._reader, self._damages, None)
        state = "complete" if ended else "recovered"
        self._replies.send("closed", rows=rows, state=state, damages=list(map(str, self._damages)))

    def _discard(self) -> None:
        from iohub_datastore.recovery import remove_journal

        self._writer.abandon()
        part_path(self._data_file).unlink(missing_ok=True)
        remove_journal(self._reader)
        self._replies.send("closed", rows={}, state="discarded", damages=[])

    def _check_room(self, journal_bytes: int) -> None:
        """Stop while the file can still be closed in order; what is left stays in the journal."""
        needed = SPARE_BYTES + ROW_GROWTH * journal_bytes
        try:
            place = os.statvfs(self._data_file.parent)
        except (AttributeError, OSError):
            return  # not there on Windows; the write itself will tell
        if place.f_bavail * place.f_frsize < needed:
            raise DataStoreError(
                f"the disk of {self._data_file} is full; what was recorded so far is readable, "
                "and the journal beside it has the rest: make room, then run "
                f"`iohubctl recover {self._data_file}`"
            )

    def _report(self, text: str) -> None:
        self._replies.send("report", text=text)

    def _progress(self, done: int, total: int) -> None:
        self._replies.send("progress", done=done, total=total)


def main() -> None:
    """Run the writer's process; the arguments are the data file and perhaps ``resuming``."""
    data_file = Path(sys.argv[1])
    mode = sys.argv[2] if len(sys.argv) > 2 else ""
    # A library that prints must not garble the replies.
    replies = Replies(os.dup(1))
    os.dup2(2, 1)
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the script
    with contextlib.suppress(AttributeError, OSError):
        os.nice(5)  # the journal holds what we have not written yet; devices come first
    code = 0
    try:
        if mode == "recover":
            _recover(data_file, replies)
        else:
            Recorder(data_file, Inbox(), replies).run(resuming=mode == "resuming")
    except Exception as error:
        logging.getLogger("iohub.datastore").exception("the writer of %s failed", data_file)
        replies.send("failed", kind=type(error).__name__, text=describe(error, data_file))
        code = 1
    logging.shutdown()
    # All files are closed. The ordinary end would wait for the thread that reads commands.
    os._exit(code)


def _recover(data_file: Path, replies: Replies) -> None:
    from iohub_datastore.recovery import recover_before_launch

    recover_before_launch(data_file, lambda text: replies.send("report", text=text))
    replies.send("recovered")


def describe(error: BaseException, data_file: Path) -> str:
    """Return a sentence for the user on an error."""
    if isinstance(error, DataStoreError):
        return str(error)
    text = f"{type(error).__name__}: {error}".strip().splitlines()
    return (
        f"the data file {data_file} could not be written ({text[0]}"
        f"{' … ' + text[-1] if len(text) > 1 else ''}); events are kept in the journal beside it: "
        f"`iohubctl recover {data_file}` finishes the file"
    )
