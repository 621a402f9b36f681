"""Whether the kernel's devices can be read here. Quick, and without side effects."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from iohub_evdev.source import FOLDER, JOIN_GROUP


def evdev(folder: Path = FOLDER) -> str | None:
    """Return why /dev/input can't be read, or None if it can."""
    if not sys.platform.startswith("linux"):
        return "evdev is there on Linux only"
    paths = list(folder.glob("event[0-9]*")) if folder.is_dir() else []
    if not paths:
        return f"there is no input device in {folder}"
    if not any(os.access(path, os.R_OK) for path in paths):
        return JOIN_GROUP.format(folder=folder)
    return None
