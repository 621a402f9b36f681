"""The commands on data files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iohub_datastore.export.command import export_command
from iohub_datastore.info import info_command
from iohub_datastore.recover_command import recover_command
from iohub_datastore.report.command import report_command

if TYPE_CHECKING:
    import click


def add_commands(cli: click.Group) -> None:
    """Add them to ``iohubctl``; what each needs is imported when it runs."""
    for command in (info_command, report_command, export_command, recover_command):
        cli.add_command(command)
