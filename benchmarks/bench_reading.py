"""Reading a large file: opening it, selecting from it, reporting on it.

Run ``python benchmarks/bench_reading.py [millions]``. Makes a file of that many mouse events (one
million by default) in a temporary folder and times what users wait for.
"""

from __future__ import annotations

import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tables
from click.testing import CliRunner

from iohub_core import launchHubServer
from iohub_datastore.read import open_file
from iohub_datastore.report.command import report_command


def make(folder: Path, count: int) -> Path:
    """Record a session with a mouse and add ``count`` made-up moves to its table."""
    with launchHubServer(
        experiment_code="big",
        session_code="s1",
        datastore_name=str(folder / "big"),
        Keyboard={"enable": False},
        Mouse={"backend": "virtual"},
        Monitor={"backend": "virtual"},
    ) as io:
        io.devices.mouse.setPosition((1, 1))
        io.sendMessageEvent("start")
    path = folder / "big.hdf5"
    with tables.open_file(str(path), "a") as file:
        table = file.root.data_collection.events.mouse.MouseInputEvent
        row = table[:1]
        for first in range(0, count, 100_000):
            rows = np.repeat(row, 100_000)
            numbers = np.arange(first, first + 100_000)
            rows["event_id"] = numbers + 10
            rows["time"] = row["time"][0] + numbers * 0.001
            rows["logged_time"] = rows["time"] + 0.0001
            table.append(rows)
    return path


def timed(what: str, action: Callable[[], Any]) -> Any:
    """Run an action and print how long it took and how much memory it allocated at the most."""
    tracemalloc.start()
    before = time.perf_counter()
    result = action()
    seconds = time.perf_counter() - before
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    print(f"| {what} | {seconds:.3f} s | {peak:.0f} MB |")
    return result


def main() -> None:
    """Make the file and time reading it."""
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder), int(millions * 1e6))
        print(f"{millions:g} million events, {path.stat().st_size / 1e6:.0f} MB\n")
        print("| what | time | memory |\n|---|---|---|")
        file = timed("open", lambda: open_file(path))
        timed("sessions", file.sessions)
        start = float(file.messages()["time"].iloc[0])
        timed(
            "one second of moves, two columns",
            lambda: file.events(
                "MOUSE_MOVE", columns=["time", "x_position"], start=start + 10, stop=start + 11
            ),
        )
        timed("count by type", file.event_counts)
        timed("all moves as numpy", lambda: file.events("MOUSE_MOVE", as_="numpy"))
        file.close()
        page = Path(folder) / "page.html"
        timed("report", lambda: CliRunner().invoke(report_command, [str(path), "--out", str(page)]))
        print(f"\nthe page has {page.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
