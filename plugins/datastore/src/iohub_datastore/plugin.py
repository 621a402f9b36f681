"""What iohub-datastore adds: the recording, and commands on data files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from iohub_core import hookimpl

if TYPE_CHECKING:
    import click

    from iohub_core.pipeline.sink import Sink, SinkContext


@hookimpl
def iohub_make_sinks(context: SinkContext) -> Iterable[Sink]:
    """Record the session if the settings say so."""
    if not context.settings.data_store.enable:
        return []
    from iohub_datastore.sink import HDF5Sink

    return [HDF5Sink(context)]


@hookimpl
def iohub_commands(cli: click.Group) -> None:
    """Add the commands on data files."""
    from iohub_datastore.cli import add_commands

    add_commands(cli)
