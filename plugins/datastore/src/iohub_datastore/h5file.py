"""The data file through PyTables: opening it, and finding out what a session would be in it.

Used in the writer's process only.
"""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import attrs
import tables

from iohub_datastore.errors import (
    FileInUseError,
    NotADataFileError,
    SessionExistsError,
)
from iohub_datastore.frames import Header
from iohub_datastore.layout import (
    DETAILS_TABLE,
    EXPERIMENT_TABLE,
    FILE_TITLE,
    METADATA_TABLES,
    SESSION_TABLE,
    ColumnLayout,
    TableLayout,
    trial_table_path,
)
from iohub_datastore.rows import dtype_of
from iohub_datastore.trials import variables_of

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_SIGNATURE_PLACES = (0, 512, 1024, 2048)


@attrs.frozen(kw_only=True)
class SessionIds:
    """Numbers of a session in a file, and what the file has for its experiment already.

    Attributes:
        experiment_id: number of the experiment.
        session_id: number of the session.
        new_experiment: whether the experiment is new in the file.
        experiment: the experiment's metadata as the file has it.
        trial_variables: name and dtype of its trial table's variables; None if it has no table.
        present: whether the session is in the file already (the file of an interrupted session).
        only_session: whether no other session is in the file.
    """

    experiment_id: int
    session_id: int
    new_experiment: bool
    experiment: dict[str, str]
    trial_variables: list[list[str]] | None
    present: bool
    only_session: bool


def check_is_data_file(path: Path) -> None:
    """Check that an existing file is HDF5 at all, without opening it as such.

    Raises:
        NotADataFileError: if it is not.
    """
    with path.open("rb") as file:
        for place in _SIGNATURE_PLACES:
            file.seek(place)
            if file.read(len(SIGNATURE)) == SIGNATURE:
                return
    raise NotADataFileError(
        f"{path} exists and is not an HDF5 file; give the data file another name, or move that one"
    )


def open_file(path: Path, mode: str) -> tables.File:
    """Open a data file, turning HDF5's faults into sentences.

    Raises:
        FileInUseError: if another program holds it open for writing.
        NotADataFileError: if HDF5 can't open it.
    """
    tables.silence_hdf5_messages()
    warnings.simplefilter("ignore", tables.NaturalNameWarning)  # variables are called as they are
    try:
        return tables.open_file(str(path), mode, title=FILE_TITLE)
    except tables.HDF5ExtError as error:
        text = str(error)
        if "lock" in text or "already open" in text:
            raise FileInUseError(
                f"{path} is held open by another program; close it there (a viewer, a notebook, "
                "another experiment), or give the data file another name"
            ) from error
        last = text.strip().splitlines()[-1] if text.strip() else "no reason given"
        raise NotADataFileError(
            f"{path} can't be opened as HDF5 ({last}); it is damaged or not a data file: move it, "
            "or give the data file another name"
        ) from error
    except ValueError as error:  # PyTables: open already in this process
        raise FileInUseError(f"{path} is open in this process already: {error}") from error


def check_opens_elsewhere(path: Path) -> None:
    """Check in another process that a file which may be damaged opens with all its tables.

    A damaged file can crash the HDF5 library, and with it the process.

    Raises:
        NotADataFileError: if it does not open.
    """
    code = (
        "import sys, tables\n"
        "with tables.open_file(sys.argv[1]) as file:\n"
        "    for node in file.walk_nodes('/', 'Table'): node.nrows and node[-1]\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if found.returncode:
        raise NotADataFileError(f"{path} can't be opened as HDF5: it is damaged")


def inspect(path: Path | None, header: Header) -> SessionIds:
    """Return the numbers a session has, or would get, in a file (None: a new one).

    Raises:
        SessionExistsError: if the experiment has another session of that code.
        NotADataFileError: if the file is no data file that sessions can be added to.
        FileInUseError: if another program holds it open for writing.
    """
    if path is None:
        return SessionIds(
            experiment_id=1,
            session_id=1,
            new_experiment=True,
            experiment=dict(header.experiment),
            trial_variables=None,
            present=False,
            only_session=True,
        )
    check_is_data_file(path)
    with open_file(path, "r") as file:
        _check_layout(file, path, header)
        return _ids_in(file, path, header)


def _ids_in(file: tables.File, path: Path, header: Header) -> SessionIds:
    details = _texts(file, DETAILS_TABLE.path, "uid")
    session_ids = _numbers(file, DETAILS_TABLE.path, "session_id")
    experiments = _numbers(file, EXPERIMENT_TABLE.path, "experiment_id")
    codes = _texts(file, EXPERIMENT_TABLE.path, "code")
    all_sessions = _numbers(file, SESSION_TABLE.path, "session_id")
    code = header.experiment["code"]
    present = header.uid in details
    new_experiment = code not in codes
    experiment_id = (
        max(experiments, default=0) + 1 if new_experiment else experiments[codes.index(code)]
    )
    if present:
        session_id = session_ids[details.index(header.uid)]
    else:
        session_id = max(all_sessions, default=0) + 1
        _check_code_is_new(file, path, experiment_id, header.session["code"])
    stored = dict(header.experiment)
    if not new_experiment:
        row = file.get_node(EXPERIMENT_TABLE.path)[codes.index(code)]
        stored = {name: row[name].decode(errors="replace") for name in stored}
    return SessionIds(
        experiment_id=experiment_id,
        session_id=session_id,
        new_experiment=new_experiment,
        experiment=stored,
        trial_variables=_trial_variables(file, experiment_id),
        present=present,
        only_session=len(all_sessions) <= (1 if present else 0),
    )


def _check_code_is_new(file: tables.File, path: Path, experiment_id: int, code: str) -> None:
    owners = _numbers(file, SESSION_TABLE.path, "experiment_id")
    codes = _texts(file, SESSION_TABLE.path, "code")
    if (experiment_id, code) in zip(owners, codes, strict=True):
        raise SessionExistsError(
            f"the experiment has a session {code!r} already in {path}; nothing is overwritten: "
            "give this session another session_code, or record to another file (datastore_name)"
        )


def _check_layout(file: tables.File, path: Path, header: Header) -> None:
    """Refuse a file whose tables could not hold the session's events as they are."""
    for table in (*METADATA_TABLES, *header.layout.tables):
        if table.path not in file:
            if table in METADATA_TABLES:
                raise NotADataFileError(
                    f"{path} has no table {table.path}: it was not written by iohub-datastore (or "
                    "by ioHub, whose columns are too narrow to be added to); record to another file"
                )
            continue
        theirs = file.get_node(table.path).dtype
        ours = dtype_of(table)
        if theirs != ours:
            differing = sorted(
                name
                for name in {*(theirs.names or ()), *(ours.names or ())}
                if name not in (theirs.names or ())
                or name not in (ours.names or ())
                or theirs[name] != ours[name]
            )
            raise NotADataFileError(
                f"{path} was written by another version: the columns {', '.join(differing)} of "
                f"{table.path} differ from those of this session; record to another file"
            )


def _trial_variables(file: tables.File, experiment_id: int) -> list[list[str]] | None:
    path = trial_table_path(experiment_id)
    if path not in file:
        return None
    columns = variables_of(table_layout(file.get_node(path)))
    return [[column.name, column.dtype] for column in columns]


def table_layout(node: tables.Table) -> TableLayout:
    """Return the layout of a table that exists, without its descriptions."""
    columns = [(name, node.dtype[name].str.lstrip("<>|=")) for name in (node.dtype.names or ())]

    return TableLayout(
        path=node._v_pathname,
        title=node.title,
        columns=[ColumnLayout(name=name, dtype=dtype) for name, dtype in columns],
    )


def _numbers(file: tables.File, path: str, column: str) -> list[int]:
    return [int(value) for value in file.get_node(path).col(column)]


def _texts(file: tables.File, path: str, column: str) -> list[str]:
    return [value.decode(errors="replace") for value in file.get_node(path).col(column)]
