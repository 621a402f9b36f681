"""Which file a session is recorded in, and the files beside it while it is being recorded.

All names derive from the data file's, so that recovery needs nothing but that path:

========================  =======================================================================
``NAME.hdf5``             the data file
``….iohub-journal``       the journal; it exists from the session's start until every row of it is
                          verified in the data file, and while it exists nobody else may record
``….iohub-part``          a data file being built; never opened by anybody else, safe to delete
``….UID.iohub-before``    the data file as it was before the session, while the session lasts
========================  =======================================================================
"""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path

from iohub_core.config.settings import DataStoreSettings

SUFFIX = ".hdf5"
_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def session_code_from(moment: datetime) -> str:
    """Return the code of a session that was not given one."""
    return moment.strftime("%Y_%m_%d_%H_%M_%S_%f")[:-3]


def data_file_path(settings: DataStoreSettings, script_folder: Path, session_code: str) -> Path:
    """Return the data file's absolute path; links are resolved.

    ``filename`` may carry a folder and the suffix. Without it, the session code is the name,
    characters that file systems refuse replaced by ``_``.
    """
    name = settings.filename or _UNFIT.sub("_", session_code).strip(". ") or "session"
    if not name.lower().endswith((SUFFIX, ".h5")):
        name += SUFFIX
    return (script_folder / Path(settings.parent_dir).expanduser() / name).resolve()


def journal_path(data_file: Path) -> Path:
    """Return the journal's path."""
    return data_file.with_name(data_file.name + ".iohub-journal")


def part_path(data_file: Path) -> Path:
    """Return the path of the data file under construction."""
    return data_file.with_name(data_file.name + ".iohub-part")


def before_path(data_file: Path, uid: str) -> Path:
    """Return the path of the data file as it was before the session of that uid."""
    return data_file.with_name(f"{data_file.name}.{uid[:12]}.iohub-before")


def befores(data_file: Path) -> list[Path]:
    """Return such files of any session."""
    return [
        path
        for path in data_file.parent.iterdir()
        if path.name.startswith(f"{data_file.name}.") and path.name.endswith(".iohub-before")
    ]


def damaged_path(data_file: Path, uid: str) -> Path:
    """Return where a file that can't be opened any more is kept when it is made anew."""
    return data_file.with_name(f"{data_file.name}.{uid[:12]}.iohub-damaged")


def sync_folder(folder: Path) -> None:
    """Make names made, renamed or removed in a folder survive a power loss, where that is possible.

    Windows has no such call; there the file system's own journal has to do.
    """

    if os.name == "nt":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
