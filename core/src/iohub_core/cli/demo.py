"""``iohubctl demo``: a whole reaction-time experiment, recorded, in the terminal."""

from __future__ import annotations

import os
import random
import shutil
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import Any

import attrs
import click
from rich.console import Console
from rich.table import Table

from iohub_core.plugins.declarations import resolve
from iohub_core.plugins.manager import PluginManager

KEYS = [" ", "space"]  # its names in the two keymaps
LONGEST_WAIT_S = 2.0
FILE_NAME = "iohub_demo"


@attrs.frozen
class Trial:
    """One trial.

    Attributes:
        number: counted from 1.
        foreperiod: seconds between the ready signal and the cue.
        onset: experiment time of the cue, s.
        reaction_time: seconds from the cue to the press; None if there was none in time.
        confidence_interval: half-width of what the press's time can be off by, s.
    """

    number: int
    foreperiod: float
    onset: float
    reaction_time: float | None
    confidence_interval: float


class VirtualParticipant:
    """Presses space some time after it is shown a cue.

    Its reaction times are drawn from an ex-Gaussian (a normal of 230 ± 25 ms plus an exponential
    of 60 ms), the usual description of simple reaction times (Luce, 1986, Response Times).
    """

    def __init__(self, keyboard: Any, seed: int | None) -> None:
        self._keyboard = keyboard
        self._random = random.Random(seed)
        self._timer: threading.Timer | None = None

    def see_cue(self) -> None:
        """Press space after a while, in a thread of its own."""
        delay = self._random.gauss(0.230, 0.025) + self._random.expovariate(1 / 0.060)
        self._timer = threading.Timer(delay, self._keyboard.simulate, [KEYS[1]])
        self._timer.start()

    def leave(self) -> None:
        """Press nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()


@click.command()
@click.option("--trials", default=10, show_default=True, type=click.IntRange(1, 1000))
@click.option(
    "--participant",
    type=click.Choice(["auto", "real", "virtual"]),
    default="auto",
    show_default=True,
    help="Who presses the key; auto takes a virtual one where there is no screen or keyboard.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Where the data file goes; the current folder by default.",
)
@click.option("--seed", type=int, help="Makes foreperiods and a virtual participant repeatable.")
def demo(trials: int, participant: str, folder: Path, seed: int | None) -> None:
    """Run ten trials of a simple reaction-time task and record them.

    Wait for the cue, press space. Every key event and message goes into an HDF5 file.

    \b
    Examples:
      iohubctl demo
      iohubctl demo --participant virtual --trials 5 --folder /tmp
    """
    from iohub_core import launchHubServer

    console = Console(highlight=False)
    folder.mkdir(parents=True, exist_ok=True)
    why_virtual = _why_virtual() if participant == "auto" else ""
    virtual = participant == "virtual" or bool(why_virtual)
    keyboard_settings = {"backend": "virtual"} if virtual else {}
    monitor_settings = {"enable": False}
    with launchHubServer(
        experiment_code="demo",
        experiment_info={"title": "Simple reaction time, iohubctl demo"},
        session_info={
            "name": "virtual participant" if virtual else "real participant",
            "user_variables": {"participant": "virtual" if virtual else "real", "seed": seed},
        },
        datastore_name=str(folder.resolve() / FILE_NAME),
        **_known_devices(
            Keyboard=keyboard_settings, Mouse=monitor_settings, Monitor=monitor_settings
        ),
    ) as io:
        done = _run(io, console, trials, seed, virtual, why_virtual)
        metadata = io.getSessionMetaData() or {}
        path = metadata.get("data_file") or str(folder / f"{FILE_NAME}.hdf5")
    session = metadata.get("code")
    _show(console, done, path, session)


def _run(
    io: Any, console: Console, count: int, seed: int | None, virtual: bool, why_virtual: str
) -> list[Trial]:
    keyboard = io.devices.keyboard
    chance = random.Random(seed)
    someone = VirtualParticipant(keyboard, seed) if virtual else None
    if virtual:
        because = f" ({why_virtual})" if why_virtual else ""
        console.print(f"[bold]A VIRTUAL participant takes part{because}; its data are made up.[/]")
    console.print(
        f"{count} trials. When the cue appears, press [bold]space[/] as fast as you can.\n"
    )
    io.createTrialHandlerRecordTable(
        [{"trial": 0, "foreperiod": 0.0, "onset": 0.0, "reaction_time": 0.0}]
    )
    done = []
    for number in range(1, count + 1):
        foreperiod = chance.uniform(0.3, 0.7) if virtual else chance.uniform(1.0, 2.5)
        console.print(f"{number:3d}  ready …", end="")
        time.sleep(foreperiod)
        trial = _trial(io, keyboard, console, number, foreperiod, someone)
        row = attrs.asdict(trial)
        row["trial"] = row.pop("number")
        row.pop("confidence_interval")
        io.addTrialHandlerRecord(row)
        done.append(trial)
    if someone is not None:
        someone.leave()
    return done


def _trial(
    io: Any,
    keyboard: Any,
    console: Console,
    number: int,
    foreperiod: float,
    someone: VirtualParticipant | None,
) -> Trial:
    from iohub_core import Computer

    keyboard.clearEvents()
    console.print("\r[bold green]     ●  PRESS SPACE[/]", end="")
    sys.stdout.flush()
    onset = Computer.getTime()
    if someone is not None:
        someone.see_cue()
    io.sendMessageEvent(f"cue {number}", category="cue", sec_time=onset)
    presses = keyboard.waitForPresses(maxWait=LONGEST_WAIT_S, keys=KEYS)
    if not presses:
        console.print(f"\r{number:3d}  no press within {LONGEST_WAIT_S:g} s ")
        return Trial(number, foreperiod, onset, None, 0.0)
    press = presses[0]
    reaction_time = press.time - onset
    console.print(f"\r{number:3d}  {reaction_time * 1000:6.1f} ms          ")
    interval = float(getattr(press, "confidence_interval", 0.0))
    return Trial(number, foreperiod, onset, reaction_time, interval)


def _show(console: Console, trials: list[Trial], path: str, session: str | None) -> None:
    table = Table(title="Reaction times", title_justify="left")
    table.add_column("trial", justify="right")
    table.add_column("foreperiod / s", justify="right")
    table.add_column("reaction time / ms", justify="right")
    for trial in trials:
        shown = "–" if trial.reaction_time is None else f"{trial.reaction_time * 1000:.1f}"
        table.add_row(str(trial.number), f"{trial.foreperiod:.2f}", shown)
    times = [trial.reaction_time * 1000 for trial in trials if trial.reaction_time is not None]
    if times:
        table.add_section()
        table.add_row("median", "", f"{statistics.median(times):.1f}")
        if len(times) > 1:
            table.add_row("SD", "", f"{statistics.stdev(times):.1f}")
    console.print()
    console.print(table)
    console.print(f"\nRecorded in: [bold]{path}[/]  (session {session})", soft_wrap=True)
    console.print("To look at it:")
    command = _own_command()
    console.print(f"  {command} info {path}", soft_wrap=True)
    console.print(f"  {command} report {path}", soft_wrap=True)
    console.print("or in Python:")
    console.print("  from iohub_datastore.read import open_file", markup=False)
    console.print(f'  with open_file("{path}") as file:', markup=False, soft_wrap=True)
    console.print('      print(file.events("KEYBOARD_PRESS"))', markup=False)


def _own_command() -> str:
    """Return how this command is called from where the user is."""
    if shutil.which("iohubctl"):
        return "iohubctl"
    return str(Path(sys.executable).with_name("iohubctl"))


def _why_virtual() -> str:
    """Return why no real participant can take part, or an empty text."""
    if os.environ.get("CI"):
        return "CI is set"
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        return "this is no interactive terminal"
    manager = PluginManager(strict=False)
    manager.load_installed()
    device_type = manager.device_types.get("Keyboard")
    if device_type is None:
        return ""  # the launch says which package is missing
    reasons = []
    for backend in manager.backends_of(device_type):
        if backend.rank is None:
            continue
        reason = resolve(backend.usable)() if backend.usable is not None else None
        if reason is None:
            return ""
        reasons.append(f"{backend.name}: {reason}")
    return "; ".join(reasons)


def _known_devices(**settings: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Leave out settings that switch off a device whose plugin is not installed."""
    manager = PluginManager(strict=False)
    manager.load_installed()
    return {
        name: given
        for name, given in settings.items()
        if given.get("enable", True) or name in manager.device_types
    }
