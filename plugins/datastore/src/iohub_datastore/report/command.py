"""``iohubctl report``: a data file as one page with pictures."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.progress import track


@click.command("report")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The page's file.")
@click.option("--session", help="Code, or number; all sessions by default.")
@click.option("--cue", help="Messages that begin so are cues; reaction times count from them.")
@click.option("--condition", help="Trial variable to split reaction times by.")
def report_command(
    file: Path, out: Path | None, session: str | None, cue: str | None, condition: str | None
) -> None:
    """Make one self-contained HTML page with pictures of a data FILE.

    \b
    Examples:
      iohubctl report data.hdf5
      iohubctl report data.hdf5 --cue "stimulus" --condition congruent
    """
    from iohub_datastore.errors import DataStoreError
    from iohub_datastore.read import open_file
    from iohub_datastore.report.gather import check_condition, gather
    from iohub_datastore.report.page import page

    target = out or file.with_suffix(".html")
    try:
        with open_file(file) as data:
            numbers = (
                [data.session_id(session)]
                if session is not None
                else [int(one) for one in data.sessions()["session_id"]]
            )
            check_condition(data, condition)
            listed = track(numbers, "reading", console=Console(stderr=True), transient=True)
            facts = [gather(data, number, cue, condition) for number in listed]
            text = page(file.name, data.experiments().to_dict("records"), facts)
    except (DataStoreError, KeyError) as error:
        told = error.args[0] if isinstance(error, KeyError) else error
        raise click.ClickException(str(told)) from error
    target.write_text(text, encoding="utf-8")
    click.echo(str(target))
