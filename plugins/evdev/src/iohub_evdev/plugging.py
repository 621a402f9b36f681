"""Told by the kernel when device files come, go, or change their permissions (inotify(7))."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_IN_ATTRIB, _IN_CREATE = 0x004, 0x100


class PlugWatch:
    """Watches a folder; poll :meth:`fileno`, then call :meth:`drain`.

    Permissions are watched too: a new file may be read only once udev has set its group.

    Raises:
        OSError: if the folder can't be watched.
    """

    def __init__(self, folder: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1 failed")
        mask = _IN_ATTRIB | _IN_CREATE
        if libc.inotify_add_watch(self._descriptor, os.fsencode(folder), mask) < 0:
            number = ctypes.get_errno()
            os.close(self._descriptor)
            raise OSError(number, f"{folder} can't be watched")

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        return self._descriptor

    def drain(self) -> None:
        """Forget what was told; the folder is to be listed anyway."""
        try:
            while os.read(self._descriptor, 4096):
                pass
        except BlockingIOError:
            return

    def close(self) -> None:
        """Stop watching."""
        os.close(self._descriptor)
