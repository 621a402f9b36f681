"""Keeps a writer's process at work for a session, and starts another if it dies."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from iohub_core.pipeline.sink import SinkContext
from iohub_datastore import errors
from iohub_datastore.errors import DataStoreError
from iohub_datastore.link import WriterLink

MAX_RESTARTS = 3
TELL_PROGRESS_S = 5.0


class WriterKeeper:
    """The hub's side of the writer; calls from any thread.

    Args:
        data_file: the data file.
        context: what may be used of the hub.

    Attributes:
        restarts: how often a writer had to be replaced.
    """

    def __init__(self, data_file: Path, context: SinkContext) -> None:
        self.restarts = 0
        self._data_file = data_file
        self._context = context
        self._log_path = context.private_folder / "datastore-writer.log"
        self._link: WriterLink | None = None
        self._changed = threading.Condition()
        self._state = "starting"
        self._failure: DataStoreError | None = None
        self._ready: dict[str, Any] | None = None
        self._going = False
        self._discarding = False
        self._tokens = count(1)
        self._flushed: set[str] = set()
        self._generation = 0
        self._rows = 0
        self._reports: list[str] = []
        self._told_at = time.monotonic()

    # -- lifecycle ----------------------------------------------------------------------------

    def recover_leftover(self) -> None:
        """Finish the interrupted session of this file before a new one begins; may take long.

        Raises:
            DataStoreError: if it is still being recorded, or can't be finished.
        """
        self._context.log.info("finishing an interrupted session of %s", self._data_file)
        done: list[dict[str, Any]] = []

        def on_message(message: dict[str, Any]) -> None:
            if message["what"] == "report":
                self._context.warn(f"recovery: {message['text']}")
            else:
                done.append(message)

        ended = threading.Event()
        link = WriterLink(
            self._data_file, "recover", self._log_path, on_message, lambda _: ended.set()
        )
        ended.wait()
        if not done or done[-1]["what"] != "recovered":
            if done:
                raise _error_of(done[-1])
            raise DataStoreError(
                f"the interrupted session of {self._data_file} could not be finished; try "
                f"`iohubctl recover {self._data_file}`. {link.last_words()}"
            )

    def start(self) -> None:
        """Start the writer."""
        self._start("")

    def wait_ready(self, timeout_s: float) -> dict[str, Any]:
        """Wait for the session's numbers.

        Raises:
            DataStoreError: if the file can't take the session.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._failure, timeout_s)
            if self._failure is not None:
                raise self._failure
            if self._ready is None:
                raise DataStoreError(
                    f"the process that writes {self._data_file} was not ready in {timeout_s:.0f} s;"
                    f" {self._last_words()}"
                )
            return self._ready

    def go(self) -> None:
        """Let the session's file take its name: the launch succeeded."""
        with self._changed:
            self._going = True
            self._state = "recording"
        self._send("go")

    def discard(self, timeout_s: float) -> None:
        """Take the session back: the launch failed."""
        with self._changed:
            self._discarding = True
        self._send("discard")
        if self._link is not None:
            self._link.wait(timeout_s)

    def finish(self, timeout_s: float) -> None:
        """Wait for the writer to finish the file, or leave it to finish alone."""
        with self._changed:
            self._going = True
        self.wake()
        with self._changed:
            self._changed.wait_for(lambda: self._state in {"closed", "failed"}, timeout_s)
            state = self._state
            link = self._link
        if state == "closed" and link is not None:
            link.wait(timeout_s)
        elif state == "failed":
            self._context.log.error(
                "%s is not finished; its events are in the journal beside it: iohubctl recover %s",
                self._data_file,
                self._data_file,
            )
        else:
            self._context.log.warning(
                "%s is still being finished by process %s",
                self._data_file,
                None if link is None else link.pid,
            )

    # -- requests -----------------------------------------------------------------------------

    def wake(self) -> None:
        """Tell the writer that there is more in the journal."""
        link = self._link
        if link is not None:
            link.wake()

    def flush(self, size: Callable[[], int]) -> None:
        """Return when the journal's first ``size()`` bytes are on disk in the data file.

        A writer that dies meanwhile is replaced, and the new one asked again.

        Raises:
            DataStoreError: if the file can't be written.
        """
        bytes_now = size()
        while True:
            with self._changed:
                self._check_writable()
                token = str(next(self._tokens))
                generation = self._generation
            self._send(f"flush {token} {bytes_now}")
            with self._changed:
                self._changed.wait_for(partial(self._is_answered, token, generation))
                if token in self._flushed:
                    self._flushed.discard(token)
                    return

    def _check_writable(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._state == "closed":
            raise DataStoreError(f"{self._data_file} is closed already")

    def _is_answered(self, token: str, generation: int) -> bool:
        return (
            token in self._flushed
            or self._state in {"failed", "closed"}
            or self._generation != generation
        )

    def status(self) -> dict[str, Any]:
        """Return the writer's part of the sink's status."""
        with self._changed:
            return {
                "state": self._state,
                "error": "" if self._failure is None else str(self._failure),
                "rows_in_file": self._rows,
                "writer_pid": None if self._link is None else self._link.pid,
                "writer_restarts": self.restarts,
                "reports": list(self._reports),
            }

    # -- the writer's messages (in the link's thread) --------------------------------------------

    def _on_message(self, message: dict[str, Any]) -> None:
        what = message["what"]
        with self._changed:
            if what == "ready":
                self._ready = message
            elif what == "flushed":
                self._flushed.add(message["token"])
                self._rows = message["rows"]
            elif what == "written":
                self._rows = message["rows"]
            elif what == "closed":
                self._state = "closed"
            elif what == "failed":
                self._failure = _error_of(message)
                self._state = "failed"
            elif what == "report":
                self._reports.append(message["text"])
            self._changed.notify_all()
            recording = self._going
        if what == "report":
            self._context.warn(message["text"])
        elif what == "failed" and recording:
            self._context.fail(message["text"])
        elif what == "progress":
            self._tell_progress(message["done"], message["total"])

    def _on_end(self, exit_code: int) -> None:
        with self._changed:
            if self._state in {"closed", "failed"} or self._discarding:
                self._changed.notify_all()
                return
            words = self._last_words()
            too_often = self.restarts >= MAX_RESTARTS
            if too_often:
                self._state = "failed"
                self._failure = DataStoreError(
                    f"the process that writes {self._data_file} ended (exit code {exit_code}) "
                    f"{self.restarts + 1} times; events are kept in the journal beside it, and "
                    f"`iohubctl recover {self._data_file}` finishes the file. {words}"
                )
                self._changed.notify_all()
            else:
                self.restarts += 1
            recording = self._going
        if too_often:
            if recording:
                self._context.fail(str(self._failure))
            return
        self._context.warn(
            f"the process that writes {self._data_file} ended unexpectedly (exit code "
            f"{exit_code}); nothing is lost, events are kept in the journal, and another process "
            f"takes over. {words}"
        )
        self._start("resuming" if recording else "")

    # -- inner --------------------------------------------------------------------------------

    def _start(self, mode: str) -> None:
        link = WriterLink(self._data_file, mode, self._log_path, self._on_message, self._on_end)
        with self._changed:
            self._link = link
            self._generation += 1
            self._changed.notify_all()

    def _send(self, command: str) -> None:
        link = self._link
        if link is not None:
            link.send(command)

    def _last_words(self) -> str:
        words = self._link.last_words() if self._link is not None else ""
        return f"Its last words: {words}" if words else ""

    def _tell_progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told_at > TELL_PROGRESS_S:
            self._told_at = now
            self._context.log.info(
                "copying the earlier sessions of %s: %.0f of %.0f MB; events are in the journal",
                self._data_file,
                done / 1e6,
                total / 1e6,
            )


def _error_of(message: dict[str, Any]) -> DataStoreError:
    found = getattr(errors, str(message.get("kind")), DataStoreError)
    if not (isinstance(found, type) and issubclass(found, DataStoreError)):
        found = DataStoreError
    return found(message.get("text", "the writer failed"))
