"""``iohubctl schema`` and ``iohubctl check``: configuration files before anything starts."""

from __future__ import annotations

import json
from pathlib import Path

import click

from iohub_core.config.load import make_plan
from iohub_core.config.schema import json_schema
from iohub_core.errors import ConfigError
from iohub_core.plugins.manager import PluginManager


@click.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write to.")
def schema(out: Path | None) -> None:
    """Write the JSON Schema of iohub_config.yaml for the installed plugins.

    \b
    Example:
      iohubctl schema --out iohub_config.schema.json
    """
    manager = PluginManager()
    manager.load_installed()
    text = json.dumps(json_schema(manager), indent=2, ensure_ascii=False)
    if out is None:
        click.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")
        click.echo(f"wrote {out}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Check a configuration FILE and show every fault in it; nothing is started.

    \b
    Example:
      iohubctl check iohub_config.yaml
    """
    manager = PluginManager()
    manager.load_installed()
    try:
        plan = make_plan(manager, file.resolve().parent, {"iohub_config_name": file.name})
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    names = ", ".join(f"{one.name} ({one.device_type.class_name})" for one in plan.devices)
    click.echo(f"{file}: no faults; devices: {names or 'none'}")
