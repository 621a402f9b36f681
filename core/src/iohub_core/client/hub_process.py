"""The hub's process as the script sees it: started, listened to, missed when it dies."""

from __future__ import annotations

import contextlib
import os
import signal
import site
import subprocess
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from iohub_core.errors import HubDiedError, HubStartError, RecordingError
from iohub_core.hub.bootstrap import Bootstrap, read_frame, send_frame
from iohub_core.hub.notices import BROKEN, FAILED, PRINTED, READY, WARNING

LAST_WORDS_LINES = 40
STDERR_FILE = "hub-stderr.txt"


class HubWarning(UserWarning):
    """Something the hub wants the user to know; the experiment goes on."""


class HubProcess:
    """A hub process and its notices.

    Args:
        folder: the session's private folder.

    Attributes:
        trouble: the error every call of the script raises from now on, or None.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trouble: Exception | None = None
        self._ready: dict[str, Any] | None = None
        self._failed: dict[str, Any] | None = None
        self._answered = threading.Event()
        self._ended = threading.Event()
        self._expected_end = False
        self._printed: deque[str] = deque(maxlen=LAST_WORDS_LINES)
        with (folder / STDERR_FILE).open("wb") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "iohub_core.hub"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                # `-m` looks in the current folder first; an empty one can't shadow any module.
                cwd=folder,
                env=_environment(),
            )
        self._listener = threading.Thread(target=self._listen, name="iohub-notices", daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        """The hub's process id."""
        return self._process.pid

    def begin(self, bootstrap: Bootstrap, timeout_s: float) -> dict[str, Any]:
        """Give the hub its plan and wait until it is ready.

        Returns:
            The hub's description of itself.

        Raises:
            HubStartError: with the cause and the hub's traceback, or its last words.
        """
        assert self._process.stdin is not None
        try:
            send_frame(self._process.stdin.write, bootstrap)
            self._process.stdin.flush()
        except OSError:
            pass  # it has died already; what it said is told below
        if not self._answered.wait(timeout_s):
            self.kill()
            raise HubStartError(
                f"the hub was not ready after {timeout_s:g} s and was ended{self._last_words()}"
            )
        if self._ready is not None:
            return self._ready
        self.end(timeout_s=5.0)
        if self._failed is not None:
            raise HubStartError(
                f"{self._failed['message']}\n\nHub traceback:\n{self._failed['traceback']}"
            )
        raise HubStartError(f"the hub ended while it was starting{self._how_it_ended()}")

    def expect_end(self) -> None:
        """Know that the hub is about to end because the script wants it to."""
        self._expected_end = True

    def end(self, timeout_s: float) -> bool:
        """Close the pipe to the hub and wait for its end; a hub that stays is killed.

        Returns:
            False if it had to be killed.
        """
        self._expected_end = True
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # it is gone already
                self._process.stdin.close()
        try:
            self._process.wait(timeout_s)
            stayed = False
        except subprocess.TimeoutExpired:
            self.kill()
            stayed = True
        self._ended.wait(1.0)
        return not stayed

    def kill(self) -> None:
        """End the hub at once."""
        self._expected_end = True
        self._process.kill()
        self._process.wait()

    def died(self) -> HubDiedError:
        """Return the error that says how the hub ended, with its last words."""
        self._ended.wait(2.0)
        if isinstance(self.trouble, HubDiedError):
            return self.trouble
        return HubDiedError(f"the connection to the hub broke{self._how_it_ended()}")

    # -- the notices thread -------------------------------------------------------------------

    def _listen(self) -> None:
        assert self._process.stdout is not None
        handlers: dict[str, Callable[[dict[str, Any]], None]] = {
            READY: self._on_ready,
            FAILED: self._on_failed,
            WARNING: self._on_warning,
            BROKEN: self._on_broken,
            PRINTED: self._on_printed,
        }
        with self._process.stdout as stream:
            while (frame := read_frame(cast(BinaryIO, stream))) is not None:
                notice = msgspec.msgpack.decode(frame)
                handlers[notice.pop("kind")](notice)
        if not self._expected_end:
            self._process.wait()
            self.trouble = HubDiedError(f"the hub has died{self._how_it_ended()}")
        self._answered.set()
        self._ended.set()

    def _on_ready(self, notice: dict[str, Any]) -> None:
        self._ready = notice
        self._answered.set()

    def _on_failed(self, notice: dict[str, Any]) -> None:
        self._failed = notice
        self._expected_end = True
        self._answered.set()

    def _on_warning(self, notice: dict[str, Any]) -> None:
        self._printed.append(f"warning: {notice['text']}\n")
        # With "error" filters the warning would end this thread; it has to go on listening.
        try:
            warnings.warn_explicit(notice["text"], HubWarning, "iohub hub", 1)
        except HubWarning as error:
            self.trouble = error

    def _on_broken(self, notice: dict[str, Any]) -> None:
        self.trouble = RecordingError(
            f"the recording has failed: {notice['text']}. What was recorded before is kept. "
            "data_store.on_error: continue would let the experiment go on without recording"
        )

    def _on_printed(self, notice: dict[str, Any]) -> None:
        self._printed.append(notice["text"])
        try:
            sys.stderr.write(notice["text"])
            sys.stderr.flush()
        except (OSError, ValueError, AttributeError):
            return  # the script has no standard error; the last words keep the text

    # -- last words ---------------------------------------------------------------------------

    def _how_it_ended(self) -> str:
        code = self._process.poll()
        if code is None:
            how = " (its process still runs)"
        elif code < 0:
            try:
                name = signal.Signals(-code).name
            except ValueError:
                name = "unknown"
            how = f" (killed by signal {-code}, {name})"
        else:
            how = f" (exit code {code})"
        return how + self._last_words()

    def _last_words(self) -> str:
        said = "".join(self._printed)
        with contextlib.suppress(OSError):  # the folder may be gone, with what it held
            said += (self.folder / STDERR_FILE).read_text(errors="replace")
        lines = said.strip().splitlines()[-LAST_WORDS_LINES:]
        return "; its last words:\n" + "\n".join(lines) if lines else "; it left no last words"


def _environment() -> dict[str, str]:
    """Return the hub's environment: it must find this package even when it is not installed."""
    environment = dict(os.environ)
    root = str(Path(__file__).parents[2])
    installed = [*site.getsitepackages(), site.getusersitepackages()]
    if root not in installed:
        rest = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = f"{root}{os.pathsep}{rest}" if rest else root
    return environment
