"""``iohubctl recover FILE``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("recover")
@click.argument("file", type=click.Path(path_type=Path))
def recover_command(file: Path) -> None:
    """Finish a data file whose session was interrupted by a crash.

    Every event that was recorded is in FILE afterwards, exactly once, and earlier sessions are
    as they were. A file that needs no recovery is left alone.
    """
    from rich.progress import Progress

    from iohub_core.errors import IoHubError
    from iohub_datastore.paths import journal_path
    from iohub_datastore.recovery import recover

    data_file = file.expanduser().resolve()
    if not data_file.exists() and not journal_path(data_file).exists():
        raise click.ClickException(f"there is no {data_file}, and no journal of it")
    try:
        with Progress(transient=True) as bar:
            task = bar.add_task(f"recovering {data_file.name}", total=None)
            report = recover(
                data_file, lambda done, total: bar.update(task, completed=done, total=total)
            )
    except (IoHubError, OSError) as error:
        raise click.ClickException(str(error)) from error
    if report is None:
        click.echo(f"{data_file}: nothing to recover, every session in it is finished")
    else:
        click.echo(str(report))
