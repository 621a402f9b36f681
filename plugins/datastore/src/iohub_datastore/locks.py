"""Who may touch a journal: the hub and the writer of a session together, or one recovery.

On POSIX a session's processes hold a shared ``flock`` on the journal and a recovery an exclusive
one; the kernel drops them however a process ends. Windows has no such lock in the standard
library; there an open file can't be renamed, which tells as much.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def hold_shared(fd: int) -> bool:
    """Lock an open journal as one of its session's processes; False if it is being recovered.

    The lock lasts until the descriptor is closed.
    """
    return _flock(fd, exclusive=False)


def hold_exclusive(fd: int, path: Path) -> bool:
    """Lock an open journal for a recovery; False while a process of its session lives.

    The lock lasts until the descriptor is closed.
    """
    return _flock(fd, exclusive=True) and _is_the_file(fd, path)


def is_free(path: Path) -> bool:
    """Return whether a journal's session has ended and nobody recovers it (or it is gone)."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        return _flock(fd, exclusive=True)
    finally:
        os.close(fd)


def _is_the_file(fd: int, path: Path) -> bool:
    """False if another recovery finished, and removed the journal, before we got the lock."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":

    def _flock(fd: int, *, exclusive: bool) -> bool:
        return True

else:
    import fcntl

    def _flock(fd: int, *, exclusive: bool) -> bool:
        try:
            fcntl.flock(fd, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
