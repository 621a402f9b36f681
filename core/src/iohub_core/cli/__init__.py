"""``iohubctl``: the command line. Plugins add commands through the ``iohub_commands`` hook."""

from __future__ import annotations

import sys

import click

import iohub_core
from iohub_core.cli.demo import demo
from iohub_core.cli.plugins import plugins
from iohub_core.cli.schema import check, schema
from iohub_core.cli.timing import timing
from iohub_core.errors import IoHubError
from iohub_core.plugins.manager import PluginManager


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(iohub_core.__version__, prog_name="iohubctl")
def cli() -> None:
    """Watch an experiment's devices, and look after what was recorded.

    \b
    Examples:
      iohubctl demo              ten trials of a reaction-time task, recorded
      iohubctl timing            how well this machine tells when something happened
      iohubctl plugins           what is installed, and whether it works
      iohubctl check my.yaml     find every fault of a configuration file
    """


for _command in (demo, plugins, schema, check, timing):
    cli.add_command(_command)


def main() -> None:
    """Run ``iohubctl``; errors of ours are shown as one text, without a traceback."""
    manager = PluginManager(strict=False)
    manager.load_installed()
    manager.call_each("iohub_commands", cli=cli)
    for entry in manager.report.entries.values():
        for fault in entry.faults:
            click.echo(f"warning: plugin {entry.name!r} ({entry.distribution}): {fault}", err=True)
    try:
        cli(prog_name="iohubctl")
    except IoHubError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
