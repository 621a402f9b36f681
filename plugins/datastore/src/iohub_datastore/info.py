"""``iohubctl info``: what is in a data file, in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table


@click.command("info")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def info_command(file: Path) -> None:
    """Show what is in a data FILE: experiments, sessions, events by type, trials.

    \b
    Example:
      iohubctl info data.hdf5
    """
    from iohub_datastore.errors import DataStoreError
    from iohub_datastore.read import open_file

    console = Console()
    try:
        opened = open_file(file)
    except DataStoreError as error:
        raise click.ClickException(str(error)) from error
    with opened as data:
        source = "PsychoPy's ioHub" if data.is_psychopys else "iohub"
        size = file.stat().st_size / 1e6
        console.print(f"[bold]{file}[/]  ({size:.1f} MB, written by {source})", highlight=False)
        for experiment in data.experiments().to_dict("records"):
            title = f"  {experiment['title']}" if experiment["title"] else ""
            console.print(f"experiment {experiment['experiment_id']}: {experiment['code']}{title}")
        for session in data.sessions().to_dict("records"):
            console.print(_session_table(data, session))


def _session_table(data: Any, session: Any) -> Table:
    number = int(session["session_id"])
    state = session.get("state")
    shown_state = f" ({state})" if isinstance(state, str) else ""
    title = f"session {number}: {session['code']}{shown_state}"
    table = Table(title=title, title_justify="left", show_header=True)
    table.add_column("event type")
    table.add_column("events", justify="right")
    counts = data.event_counts(number)
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    trials = len(data.trials(number))
    table.add_section()
    table.add_row("all", f"{sum(counts.values()):,}")
    table.add_row("trials", f"{trials:,}")
    summary = session.get("summary")
    if isinstance(summary, dict) and summary.get("events_lost"):
        table.add_row("[red]not recorded[/]", f"[red]{summary['events_lost']:,}[/]")
    notes = [session["name"], session["comments"], *_pairs(session["user_variables"])]
    started = session.get("started")
    caption = "; ".join(str(note) for note in [started, *notes] if isinstance(note, str) and note)
    table.caption = caption or None
    return table


def _pairs(variables: dict[str, Any]) -> list[str]:
    return [f"{name}={value}" for name, value in variables.items()]
