"""``iohubctl plugins``: what is installed, and whether it works here."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from iohub_core.plugins.declarations import resolve
from iohub_core.plugins.manager import PluginManager


@click.command()
def plugins() -> None:
    """List the installed plugins, their device classes, and which backends can work here."""
    manager = PluginManager(strict=False)
    manager.load_installed()
    console = Console()
    table = Table("plugin", "distribution", "state", "faults", title="Plugins")
    for entry in manager.report.entries.values():
        table.add_row(entry.name, entry.distribution, entry.state, "\n".join(entry.faults) or "–")
    console.print(table)
    table = Table("device class", "default name", "backend", "usable here", title="Devices")
    for device_type in dict.fromkeys(manager.device_types.values()):
        names = " / ".join(device_type.class_names)
        for backend in manager.backends_of(device_type):
            reason = resolve(backend.usable)() if backend.usable is not None else None
            usable = "yes" if reason is None else f"no: {reason}"
            table.add_row(names, device_type.default_name, backend.name, usable)
            names = ""
        if names:
            table.add_row(names, device_type.default_name, "–", "yes")
    console.print(table)
