"""Finishing a session whose processes were killed: the file is built again from its journal."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from iohub_datastore import h5file
from iohub_datastore.copying import Progress
from iohub_datastore.errors import FileInUseError, JournalError
from iohub_datastore.frames import Damage
from iohub_datastore.frames_to_tables import FrameSink
from iohub_datastore.journal import JournalReader
from iohub_datastore.locks import hold_exclusive
from iohub_datastore.paths import befores, journal_path, part_path, sync_folder
from iohub_datastore.session_writer import SessionWriter, find_base, now_text

log = logging.getLogger("iohub.datastore")

# A script that was killed and is started again at once meets the processes of its last session:
# they notice the end, write what is left, and are gone soon after.
ENDING_WAIT_S = 5.0
LOOK_AGAIN_S = 0.02


@attrs.define(kw_only=True)
class RecoveryReport:
    """What a recovery found and did.

    Attributes:
        data_file: the data file.
        session: code of the session.
        rows: rows of the session by table path.
        damages: stretches of the journal that were damaged or cut.
        salvaged: rows that the damaged journal had lost but the data file still had.
        kept_journal: where the journal is kept, if there was damage or something misplaced.
        notes: sentences on values that did not fit and the like.
        discarded: True if the session had recorded nothing yet, so that it was taken back.
    """

    data_file: Path
    session: str = ""
    rows: dict[str, int] = attrs.field(factory=dict)
    damages: list[Damage] = attrs.field(factory=list)
    salvaged: int = 0
    kept_journal: Path | None = None
    notes: list[str] = attrs.field(factory=list)
    discarded: bool = False

    def __str__(self) -> str:
        if self.discarded:
            return f"{self.data_file}: session {self.session!r} had recorded nothing yet"
        lines = [
            f"{self.data_file}: session {self.session!r} recovered, "
            f"{sum(self.rows.values())} rows in {len(self.rows)} tables"
        ]
        lines += [f"the journal: {damage}" for damage in self.damages]
        if self.salvaged:
            lines.append(f"{self.salvaged} of the events lost there were in the data file already")
        if self.kept_journal is not None:
            lines.append(f"the journal is kept as {self.kept_journal}")
        return "\n".join(lines + self.notes)


def no_progress(done: int, total: int) -> None:
    """Take progress and say nothing."""


def recover(
    data_file: Path, progress: Progress = no_progress, wait_s: float = ENDING_WAIT_S
) -> RecoveryReport | None:
    """Finish the interrupted session of a data file.

    Afterwards every event that was journaled is in the file exactly once. Killed while at it, it
    can be done again. Returns None if there is nothing to recover.

    Args:
        data_file: the data file (it need not exist yet; its journal does).
        progress: told of bytes done and bytes in all.
        wait_s: how long to wait for processes of the session that are ending, s.

    Raises:
        FileInUseError: if the session is still being recorded or finished.
        JournalError: if nothing can be read of the journal; it is left as it is.
        DataStoreError: if the file can't be built (no room, …); the journal is kept.
        OSError: if files can't be read or written; the journal is kept.
    """
    journal = journal_path(data_file)
    try:
        reader = JournalReader(journal)
    except FileNotFoundError:
        _tidy(data_file)
        return None
    try:
        give_up = time.monotonic() + wait_s
        while not hold_exclusive(reader.fileno(), journal):
            if journal.exists() and time.monotonic() < give_up:
                time.sleep(LOOK_AGAIN_S)
                continue
            if not journal.exists():
                return None
            raise FileInUseError(
                f"{data_file} is still being recorded or finished by another process; "
                "wait for it to end, or end it, and try again"
            )
        return _recover(data_file, reader, progress)
    finally:
        reader.close()


def _tidy(data_file: Path) -> None:
    """Remove what a process left that was killed after it had removed the journal.

    The journal goes last but for these, when the data file has been verified. What was listed
    before the journal was seen to be missing can't belong to a session that begins just now.
    """
    if not data_file.parent.is_dir():
        return
    leftovers = [*befores(data_file), part_path(data_file)]
    if journal_path(data_file).exists() or not data_file.exists():
        return
    if leftovers := [path for path in leftovers if path.exists()]:
        h5file.check_opens_elsewhere(data_file)  # so the copies are not needed
    for path in leftovers:
        path.unlink(missing_ok=True)


def _recover(data_file: Path, reader: JournalReader, progress: Progress) -> RecoveryReport:
    report = RecoveryReport(data_file=data_file, session=reader.header.session["code"])
    base = find_base(data_file, reader.header, resuming=True)
    frames = reader.read()
    if not frames and reader.at_end() and not (base.ids.present or _is_installed(data_file, base)):
        report.discarded = True
        part_path(data_file).unlink(missing_ok=True)
        remove_journal(reader)
        return report
    writer = SessionWriter(data_file, reader.header, base, report.notes.append)
    try:
        writer.build(progress)
        size = os.fstat(reader.fileno()).st_size
        while True:
            while frames:
                writer.sink.take(frames)
                progress(reader.offset, size)
                frames = reader.read()
            damage = reader.skip_damage()
            if damage is None:
                break
            report.damages.append(damage)
            frames = reader.read()
        if report.damages:
            report.salvaged = _salvage(writer.sink, data_file, reader)
        report.rows = conclude(writer, reader, report.damages, report)
    except BaseException:
        writer.abandon()
        raise
    return report


def _is_installed(data_file: Path, base: Any) -> bool:
    return data_file.exists() and base.path != data_file


def _salvage(sink: FrameSink, data_file: Path, reader: JournalReader) -> int:
    """Take over rows of the session that only the old data file has."""
    if not data_file.exists():
        return 0
    try:
        h5file.check_opens_elsewhere(data_file)
        return sink.salvage(data_file, reader.header)
    except (OSError, ValueError, RuntimeError) as error:
        log.warning("%s could not be searched for lost rows: %s", data_file, error)
        return 0


def conclude(
    writer: SessionWriter,
    reader: JournalReader,
    damages: list[Damage],
    report: RecoveryReport | None,
) -> dict[str, int]:
    """Close and verify the file, then remove the journal and what else is left over.

    A journal with damage, or with rows that could not be placed, is kept under another name.

    Args:
        writer: with all frames taken.
        reader: the journal's reader.
        damages: what of the journal could not be read.
        report: the recovery's report, or None when the session ended with its own writer.

    Returns:
        The session's rows by table.
    """
    sink = writer.sink
    end = sink.end or {}
    # Without an END frame the hub was killed; who finishes the file makes no difference.
    state = "complete" if sink.end is not None and not damages else "recovered"
    summary: dict[str, Any] = {**end, "misfits": sink.misfits, "misplaced": sink.misplaced}
    if damages:
        summary["journal_damage"] = [str(damage) for damage in damages]
    if report is not None and report.salvaged:
        summary["salvaged"] = report.salvaged
    if sink.end is None:
        summary.setdefault("reason", "the hub ended without a word")
    summary["finished"] = now_text()
    rows = writer.finish(state, str(end.get("ended", "")), summary)
    if damages or sink.misplaced:
        kept = writer.data_file.with_name(
            f"{writer.data_file.name}.{writer.header.uid[:12]}.iohub-kept"
        )
        os.replace(reader.path, kept)
        sync_folder(kept.parent)
        if report is not None:
            report.kept_journal = kept
    else:
        remove_journal(reader)
    writer.remove_leftovers()
    return rows


def remove_journal(reader: JournalReader) -> None:
    """Remove the journal; its lock is kept until it is gone."""
    if os.name == "nt":  # an open file can't be removed there
        reader.close()
    reader.path.unlink(missing_ok=True)
    sync_folder(reader.path.parent)


def recover_before_launch(data_file: Path, tell: Callable[[str], None]) -> None:
    """Recover a leftover session, or set aside a journal of which nothing can be read.

    Args:
        data_file: the data file of the session to be started.
        tell: told what was done, and how far it is when it takes long.

    Raises:
        FileInUseError, DataStoreError, OSError: as :func:`recover`.
    """
    try:
        report = recover(data_file, _percent_teller(data_file, tell))
    except JournalError as error:
        journal = journal_path(data_file)
        kept = journal.with_name(f"{journal.name}.unreadable-{os.getpid()}")
        os.replace(journal, kept)
        tell(f"{error}; nothing could be recovered from it, it is kept as {kept}")
        return
    if report is not None:
        tell(str(report))


def _percent_teller(data_file: Path, tell: Callable[[str], None]) -> Progress:
    told = -1

    def progress(done: int, total: int) -> None:
        nonlocal told
        tenth = 10 * done // max(total, 1)
        if tenth > told and total > 1 << 26:
            told = tenth
            tell(f"recovering {data_file.name}: {10 * tenth} %")

    return progress
