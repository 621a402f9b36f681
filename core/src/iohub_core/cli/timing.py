"""``iohubctl timing``: how well does this machine tell when something happened?"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from iohub_core.cli.timing_runs import InjectedKeys, LoopedBytes, SimulatedKeys, Source, busy, run
from iohub_core.cli.timing_stats import Summary, Trial, histogram, summarise
from iohub_core.errors import IoHubError

WARM_UP_S = 0.5


@click.command()
@click.option(
    "--seconds",
    type=click.FloatRange(0.5, 3600),
    default=10.0,
    show_default=True,
    help="How long to measure, in each condition.",
)
@click.option("--load", is_flag=True, help="Measure under load too: a busy process a processor.")
@click.option(
    "--busy",
    "busy_processes",
    type=click.IntRange(1, 256),
    help="How many busy processes --load starts.  [default: one a processor]",
)
@click.option(
    "--backend",
    default="auto",
    show_default=True,
    help="x11 presses a key of the X server (right Ctrl); virtual one that exists in the hub only; "
    "auto takes virtual where there is no X display.",
)
@click.option(
    "--loopback",
    metavar="PORT",
    help="Send bytes through this serial port instead; its output must be wired to its input "
    "(pins 2 and 3 of a 9-pin plug).",
)
@click.option("--baud", default=115200, show_default=True, help="Bits a second of that port.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def timing(
    seconds: float,
    load: bool,
    busy_processes: int | None,
    backend: str,
    loopback: str | None,
    baud: int,
    as_json: bool,
) -> None:
    """Inject events, and compare their times with when they were injected.

    The error is the event's `time` minus the moment just before it was injected; the coverage is
    the share of events whose `confidence_interval` holds the injection, and should be 95 % or
    more. Leave keyboard and mouse alone meanwhile.

    \b
    Examples:
      iohubctl timing
      iohubctl timing --load --seconds 30
      iohubctl timing --loopback /dev/ttyUSB0
    """
    console = Console(highlight=False, stderr=as_json)
    chosen, why = _chosen(backend, loopback)
    if why and not as_json:
        console.print(f"[bold]A VIRTUAL keyboard is used ({why})[/]: this measures the way from")
        console.print("the hub's device to the script, not a keyboard's.\n")
    conditions = [("idle", 0)]
    if load:
        count = busy_processes or os.cpu_count() or 1
        conditions.append((f"{count} busy processes", count))
    found, clock_sync = _measure(chosen, loopback, baud, conditions, seconds, console)
    summaries = [summarise(name, trials, injected) for name, trials, injected in found]
    if as_json:
        told = {
            "source": chosen,
            "conditions": [one.as_dict() for one in summaries],
            "clock_sync": clock_sync,
        }
        click.echo(json.dumps(told, indent=2))
        return
    _show(console, chosen, summaries, [(name, trials) for name, trials, _ in found])


def _chosen(backend: str, loopback: str | None) -> tuple[str, str]:
    """Return the source of events, and why it is a virtual one if that was not asked for."""
    if loopback is not None:
        return "serial", ""
    if backend not in {"auto", "x11", "virtual"}:
        raise click.BadParameter(
            f"{backend!r} can't be measured: no events can be injected for it; use x11 or virtual",
            param_hint="--backend",
        )
    if backend != "auto":
        return backend, ""
    if os.environ.get("DISPLAY"):
        return "x11", ""
    return "virtual", "there is no X display"


def _measure(
    chosen: str,
    loopback: str | None,
    baud: int,
    conditions: Sequence[tuple[str, int]],
    seconds: float,
    console: Console,
) -> tuple[list[tuple[str, list[Trial], int]], dict[str, Any]]:
    from iohub_core import launchHubServer

    settings: dict[str, Any]
    if chosen == "serial":
        parser = {"fixed_length": 1}
        settings = {"Serial": {"port": loopback, "baud": baud, "event_parser": parser}}
    else:
        settings = {"Keyboard": {"backend": chosen}}
    found = []
    with launchHubServer(monitor_devices=[settings]) as io, _progress(console) as progress:
        source = _source(chosen, io)
        try:
            run(source, WARM_UP_S, lambda: None)
            for name, processes in conditions:
                task = progress.add_task(name, total=None)
                with busy(processes) if processes else nullcontext():
                    trials, injected = run(source, seconds, partial(progress.advance, task))
                progress.update(task, total=injected, completed=injected)
                found.append((name, trials, injected))
            device = io.devices.serial if chosen == "serial" else io.devices.keyboard
            clock_sync = device.getClockSync()
        finally:
            source.close()
    return found, clock_sync


def _progress(console: Console) -> Progress:
    return Progress(console=console, transient=True, refresh_per_second=2)


def _source(chosen: str, io: Any) -> Source:
    if chosen == "serial":
        return LoopedBytes(io.devices.serial)
    if chosen == "virtual":
        return SimulatedKeys(io.devices.keyboard)
    try:
        return InjectedKeys(io.devices.keyboard)
    except (ImportError, RuntimeError) as error:
        raise IoHubError(f"keys can't be injected: {error}; try --backend virtual") from error


def _show(
    console: Console,
    chosen: str,
    summaries: Sequence[Summary],
    trials: Sequence[tuple[str, list[Trial]]],
) -> None:
    table = Table(title=f"Timing, {chosen} (times in ms)", title_justify="left")
    rows: list[tuple[str, Callable[[Summary], str]]] = [
        ("events", lambda one: f"{one.injected}"),
        ("lost", lambda one: f"{one.lost}"),
        ("error of time: median", lambda one: f"{one.median:.3f}"),
        ("SD", lambda one: f"{one.sd:.3f}"),
        ("p99 of its size", lambda one: f"{one.p99:.3f}"),
        ("worst", lambda one: f"{one.worst:.3f}"),
        ("confidence_interval: median", lambda one: f"{one.half_width:.3f}"),
        ("holds the injection", lambda one: f"{one.coverage:.1f} %"),
        ("injected → hub: median", lambda one: f"{one.arrival:.3f}"),
        ("injected → script: median", lambda one: f"{one.script:.3f}"),
        ("p99", lambda one: f"{one.script_p99:.3f}"),
    ]
    table.add_column("")
    for one in summaries:
        table.add_column(one.condition, justify="right")
    for label, text in rows:
        table.add_row(label, *(text(one) for one in summaries))
    console.print(table)
    for name, found in trials:
        console.print(f"\nError of time, {name}:")
        for line in histogram([trial.error * 1e3 for trial in found]):
            console.print(line, markup=False)
