"""What can go wrong with a recording."""

from __future__ import annotations

from iohub_core.errors import IoHubError


class DataStoreError(IoHubError, RuntimeError):
    """The data file can't be made, opened, extended or finished; the message has the remedy."""


class FileInUseError(DataStoreError):
    """Another process is recording to, finishing or writing the file."""


class NotADataFileError(DataStoreError):
    """A file is there, but it is not one that sessions can be added to."""


class SessionExistsError(DataStoreError):
    """The experiment already has a session of that code in this file."""


class TrialTableError(DataStoreError, ValueError):
    """A table of condition variables can't take these columns or this row; says which."""


class JournalError(DataStoreError):
    """A journal can't be read at all: its beginning is missing or damaged."""
