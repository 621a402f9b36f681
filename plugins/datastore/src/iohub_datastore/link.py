"""The hub's hold on the writer's process.

The two are joined by the process's standard input and output, which nobody else can reach. The
writer inherits nothing else of the hub's: it may outlive the hub to finish the file, and must not
keep the hub's pipes open.
"""

from __future__ import annotations

import json
import logging
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Not "python -m": that would put the current folder, where a script's own "tables.py" may stand,
# in front of the libraries.
_START = (
    "import sys; sys.path[:] = [p for p in sys.path if p]; "
    "from iohub_datastore.writer import main; main()"
)
_LAST_WORDS = 2000


class WriterLink:
    """One writer's process; calls from any thread.

    Args:
        data_file: the data file.
        mode: empty, ``resuming`` or ``recover``.
        log_path: file that takes what the process writes to its standard error.
        on_message: called with every message, in the link's thread.
        on_end: called with the exit code when the process has ended, in the link's thread.
    """

    def __init__(
        self,
        data_file: Path,
        mode: str,
        log_path: Path,
        on_message: Callable[[dict[str, Any]], None],
        on_end: Callable[[int], None],
    ) -> None:
        self._on_message = on_message
        self._on_end = on_end
        self._log_path = log_path
        with log_path.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(data_file), mode],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                bufsize=0,
                start_new_session=True,  # Ctrl-C in the terminal is not for the writer
            )
        assert self._process.stdin is not None
        self._input = self._process.stdin.fileno()
        if os.name != "nt":
            os.set_blocking(self._input, False)
        self._thread = threading.Thread(target=self._listen, name="datastore-writer", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def wake(self) -> None:
        """Tell the writer that there is more in the journal; never waits."""
        try:
            os.write(self._input, b"w\n")
        except (BlockingIOError, BrokenPipeError):
            pass  # full: it is being woken already; broken: on_end is about to be called
        except OSError:
            logging.getLogger("iohub.datastore").debug("waking the writer", exc_info=True)

    def send(self, command: str) -> None:
        """Send a command; does nothing if the process has ended."""
        data = command.encode() + b"\n"
        while True:
            try:
                os.write(self._input, data)  # shorter than PIPE_BUF: all of it or nothing
                return
            except BlockingIOError:
                select.select([], [self._input], [], 1.0)
            except OSError:
                return

    def wait(self, timeout_s: float) -> bool:
        """Wait for the process to end; returns whether it did."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        if self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        return True

    def last_words(self) -> str:
        """Return the end of what the process wrote to its standard error."""
        try:
            return self._log_path.read_bytes()[-_LAST_WORDS:].decode(errors="replace").strip()
        except OSError:
            return ""

    def _listen(self) -> None:
        assert self._process.stdout is not None
        reader = os.fdopen(os.dup(self._process.stdout.fileno()), "rb")
        with reader:
            for line in reader:
                try:
                    message = json.loads(line)
                except ValueError:
                    continue  # the process was killed in the middle of a line
                self._on_message(message)
        self._on_end(self._process.wait())
