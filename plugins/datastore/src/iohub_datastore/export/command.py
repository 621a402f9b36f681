"""``iohubctl export``: a data file to CSV, Parquet or BIDS."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress


@click.command("export")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "form", type=click.Choice(["csv", "parquet", "bids"]), required=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder to write to.")
@click.option("--session", help="Code, or number; all sessions by default.")
@click.option(
    "--zero",
    default="session",
    show_default=True,
    help="BIDS: what onsets count from: session (its first event), clock, message:TEXT, key:NAME "
    "or serial:TEXT.",
)
@click.option(
    "--suffix",
    type=click.Choice(["beh", "events"]),
    default="beh",
    show_default=True,
    help="BIDS: behaviour alone, or events beside another recording.",
)
def export_command(
    file: Path, form: str, out: Path | None, session: str | None, zero: str, suffix: str
) -> None:
    """Write the events of a data FILE as tables that other programs read.

    \b
    Examples:
      iohubctl export data.hdf5 --to csv
      iohubctl export data.hdf5 --to bids --out dataset --zero "message:scanner trigger"
    """
    from iohub_datastore.errors import DataStoreError
    from iohub_datastore.export.bids import export_bids
    from iohub_datastore.export.tables import export_tables
    from iohub_datastore.read import open_file

    folder = out or file.with_name(f"{file.stem}_{form}")
    console = Console(stderr=True)
    written: list[Path] = []
    try:
        with open_file(file) as data, Progress(console=console) as bar:
            listed = [session] if session is not None else list(data.sessions()["session_id"])
            steps = len(data.classes) + 2 if form != "bids" else 2 * len(listed)
            task = bar.add_task("reading", total=steps)

            def tell(name: str) -> None:
                bar.update(task, description=name, advance=1)

            if form == "bids":
                for one in listed:
                    written += export_bids(
                        data, folder, one, zero=zero, suffix=suffix, progress=tell
                    )
            else:
                written = export_tables(data, folder, form, session, tell)
            bar.update(task, completed=steps, description="done")
    except (DataStoreError, KeyError) as error:
        text = error.args[0] if isinstance(error, KeyError) else error
        raise click.ClickException(str(text)) from error
    for path in dict.fromkeys(written):
        click.echo(str(path))
