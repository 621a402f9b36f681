"""What the hub costs: start, end, idling, memory; and how many events a second it takes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from figures import Figure, figure
from input_figures import xvfb
from reading_figures import launched

_SCRIPT = """
import time
from iohub_core import launchHubServer
a = time.perf_counter()
io = launchHubServer()
b = time.perf_counter()
io.quit()
print(b - a, time.perf_counter() - b)
"""


def launching(turns: int = 9) -> list[Figure]:
    """Measure the default launch and quit of fresh scripts, on an Xvfb."""
    launches, quits = [], []
    with xvfb():
        for _ in range(turns):
            text = subprocess.run(
                [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True
            ).stdout.split()
            launches.append(float(text[0]))
            quits.append(float(text[1]))
    bare = _bare_start()
    return [
        figure("default launch", launches, "s", reach=0.6, floor=bare, floor_name="a bare Python"),
        figure("quit", quits, "s", reach=0.25),
    ]


def idling(seconds: float = 10.0) -> list[Figure]:
    """Measure processor time and memory of the hub's processes, doing nothing, on an Xvfb."""
    from iohub_core import launchHubServer

    with xvfb(), launchHubServer() as io:
        hub = psutil.Process(io.iohub_process_id)
        time.sleep(1.0)
        family = [hub, *hub.children(recursive=True)]
        before = sum(sum(one.cpu_times()[:2]) for one in family)
        time.sleep(seconds)
        used = sum(sum(one.cpu_times()[:2]) for one in family) - before
        memory = sum(_own_memory(one) for one in family) / 2**20
        resident = sum(one.memory_info().rss for one in family) / 2**20
    return [
        Figure(what="hub idle", median=100 * used / seconds, unit="% of a core", reach=0.3),
        Figure(
            what="hub memory without recording",
            median=resident,
            unit="MB",
            reach=45.0,
            note=f"resident; its own {memory:.0f} MB, {len(family)} processes",
        ),
    ]


def throughput(count: int = 200_000) -> list[Figure]:
    """Measure events a second from a virtual device through buffers, journal and file."""
    found = []
    for batch, reach in ((1, 100_000.0), (100, 200_000.0)):
        took, hub_took, kept = _recorded(count, batch)
        name = "singly" if batch == 1 else f"in batches of {batch}"
        found.append(
            Figure(
                what=f"virtual device through buffers, journal and file, {name}",
                median=count / took,
                unit="events/s",
                reach=reach,
                more_is_better=True,
                note=f"{count - kept} of {count:,} lost; the hub's part {count / hub_took:,.0f}/s",
            )
        )
    return found


def _recorded(count: int, batch: int) -> tuple[float, float, int]:
    """Return seconds until all is in the file, seconds in the hub, and events in the file."""
    import tables

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.hdf5"
        io = launched(datastore_name=str(path.with_suffix("")), experiment_code="bench")
        io.devices.bench.flood(5_000, batch)
        io.flushDataStoreFile()
        start = time.perf_counter()
        hub_took = io.devices.bench.flood(count, batch)
        io.flushDataStoreFile()
        took = time.perf_counter() - start
        io.quit()
        with tables.open_file(str(path)) as file:
            rows = sum(
                table.nrows
                for table in file.walk_nodes("/", "Table")
                if table.name.startswith("Bench")
            )
    return took, hub_took, rows - 5_000


def after_many(io: Any, count: int = 1_000_000) -> None:
    """Have the hub publish a million events."""
    for _ in range(count // 100_000):
        io.devices.bench.flood(100_000, 100)
        io.getEvents()


def _own_memory(process: psutil.Process) -> float:
    return float(process.memory_full_info().uss)


def _bare_start() -> float:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        times.append(time.perf_counter() - start)
    return sorted(times)[2]
