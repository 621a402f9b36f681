"""Copying a big file beside itself, saying how far it is."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from iohub_datastore.errors import DataStoreError

Progress = Callable[[int, int], None]
"""Told the bytes done and the bytes in all, about once a second."""

_BLOCK = 1 << 23
_SPARE_BYTES = 1 << 20
_FICLONE = 0x40049409  # linux/fs.h: share the blocks of another file (btrfs, XFS)


def copy_file(source: Path, target: Path, progress: Progress) -> None:
    """Copy a file, sharing its blocks where the file system can; not yet synced.

    Raises:
        DataStoreError: if there is not enough room; nothing is left behind.
        OSError: if it can't be read or written.
    """
    with source.open("rb") as read, target.open("wb") as write:
        if _share_blocks(read.fileno(), write.fileno()):
            return
        size = os.fstat(read.fileno()).st_size
        _check_room(source, size)
        told = time.monotonic()
        done = 0
        while block := read.read(_BLOCK):
            write.write(block)
            done += len(block)
            if time.monotonic() - told >= 1.0:
                told = time.monotonic()
                progress(done, size)
    shutil.copymode(source, target)


def _check_room(source: Path, size: int) -> None:
    free = shutil.disk_usage(source.parent).free
    if free < size + _SPARE_BYTES:
        raise DataStoreError(
            f"adding a session to {source} keeps the file as it was until the session is over, "
            f"which takes {size / 1e6:.0f} MB; {free / 1e6:.0f} MB are free. Make room, or record "
            "to another file"
        )


if sys.platform == "linux":
    import fcntl

    def _share_blocks(source: int, target: int) -> bool:
        try:
            fcntl.ioctl(target, _FICLONE, source)
        except OSError:
            return False
        return True

else:

    def _share_blocks(source: int, target: int) -> bool:
        return False
