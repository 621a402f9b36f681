"""What recording costs: ``python benchmarks/bench_recording.py [--quick]``.

Prints one table of costs per event, the journal and the data file beside a bare ``os.write`` and
a raw numpy append, and one of sustained rates. Events have 21 fields, as a keyboard's. No figure
is asserted; compare runs on one machine only.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tables
from rich.console import Console
from rich.table import Table

from iohub_core.event import DeviceEvent, codec_of, column, define_event
from iohub_core.pipeline.batch import Batch
from iohub_datastore.frames import Header
from iohub_datastore.h5tables import ensure_table
from iohub_datastore.journal import JournalWriter
from iohub_datastore.layout import layout_of
from iohub_datastore.rows import RowConverter, dtype_of
from iohub_datastore.sink import HDF5Sink


@define_event(type_id=1801, type_name="BENCH", device="bench", table=True)
class BenchEvent(DeviceEvent):
    """An event with the fields of a key press."""

    auto_repeated: int = column("u2", doc="Count of repeats.")
    scan_code: int = column("u4", doc="Hardware code.", default=38)
    key_id: int = column("u4", doc="Key symbol.", default=97)
    ucode: int = column("u4", doc="Unicode.", default=97)
    key: str = column("S48", doc="Name.", default="lctrl")
    modifiers: int = column("u4", doc="Mask.", default=257)
    window_id: int = column("u8", doc="Window.", default=4194311)
    char: str = column("S16", doc="Character.", default="ä")
    duration: float = column("f4", doc="Duration.", unit="s", default=0.125)
    press_event_id: int = column("u4", doc="Press.", default=12345)


def event(number: int) -> BenchEvent:
    """Return one event."""
    now = number / 1000
    return BenchEvent(
        experiment_id=1, session_id=1, event_id=number, device_time=now, logged_time=now, time=now
    )


def timed(function: Callable[[int], Any], turns: int, events_a_turn: int) -> list[float]:
    """Return the microseconds an event of each turn."""
    costs = []
    for turn in range(turns):
        start = time.perf_counter()
        function(turn)
        costs.append((time.perf_counter() - start) / events_a_turn * 1e6)
    return costs


def p99(costs: Sequence[float]) -> float:
    """Return the 99th percentile."""
    return sorted(costs)[int(len(costs) * 0.99)]


def make_sink(folder: Path, name: str) -> HDF5Sink:
    """Return a sink that records bench events."""
    import logging

    from iohub_core.clock import SystemClock
    from iohub_core.config.settings import (
        DataStoreSettings,
        ExperimentInfo,
        HubSettings,
        SessionInfo,
    )
    from iohub_core.pipeline.sink import SinkContext

    store = DataStoreSettings(
        enable=True,
        filename=name,
        experiment_info=ExperimentInfo(code="bench"),
        session_info=SessionInfo(code=name),
    )
    context = SinkContext(
        settings=HubSettings(data_store=store),
        device_settings=[],
        event_classes=[DeviceEvent, BenchEvent],
        clock=SystemClock(time.perf_counter()),
        script_folder=folder,
        private_folder=folder,
        log=logging.getLogger("bench"),
        warn=lambda text: print("WARNING", text),
        fail=lambda text: print("FAILED", text),
    )
    sink = HDF5Sink(context)
    sink.open()
    sink.wait_ready()
    return sink


def costs(folder: Path, turns: int, batch: int) -> dict[str, list[float]]:
    """Return microseconds an event of each way of keeping events, in batches of ``batch``."""
    codec = codec_of(BenchEvent)
    events = [event(number) for number in range(1, batch + 1)]
    records = [codec.encode(one) for one in events]
    block = b"".join(records)
    layout = layout_of([BenchEvent])
    table = layout.tables[0]
    rows = [list(codec.row(one)) for one in events]
    header = Header(
        uid="bench",
        experiment={"code": "bench"},
        session={"code": "bench"},
        layout=layout,
    )
    found: dict[str, list[float]] = {}

    fd = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    found["bare os.write of the bytes"] = timed(lambda _: os.write(fd, block), turns, batch)
    os.close(fd)

    array = np.zeros(turns * batch, dtype=dtype_of(table))
    values = [tuple(v.encode() if isinstance(v, str) else v for v in row) for row in rows]

    def numpy_append(turn: int) -> None:
        array[turn * batch : (turn + 1) * batch] = values

    found["raw numpy append (memory)"] = timed(numpy_append, turns, batch)

    found["encoding the events"] = timed(
        lambda _: [codec.encode(one) for one in events], turns, batch
    )
    journal = JournalWriter(folder / f"journal{batch}", header)
    found["journal frame"] = timed(lambda _: journal.append_events(records), turns, batch)
    journal.close()

    journal = JournalWriter(folder / f"synced{batch}", header, sync_each=True)
    few = max(20, turns // 50)
    found["journal frame with fdatasync"] = timed(
        lambda _: journal.append_events(records), few, batch
    )
    journal.close()

    with tables.open_file(str(folder / f"raw{batch}.hdf5"), "w") as file:
        node = ensure_table(file, table)
        converter = RowConverter(table, [c.name for c in table.columns], {}, print)
        since = 0

        def append(_: int) -> None:
            nonlocal since
            node.append(converter.array(rows))
            since += batch
            if since >= 32:
                since = 0
                file.flush()

        found["HDF5 rows, flushed every 32 (writer)"] = timed(append, turns, batch)

    sink = make_sink(folder, f"sink{batch}")
    whole = Batch(device=None, events=events, records=records)  # type: ignore[arg-type]
    found["sink.record, the price in the hub"] = timed(lambda _: sink.record(whole), turns, batch)
    sink.close("done")
    return found


def throughput(folder: Path, total: int, batch: int) -> tuple[float, float]:
    """Return events a second into the journal, and until all are in the closed file."""
    codec = codec_of(BenchEvent)
    records = [codec.encode(event(number)) for number in range(1, total + 1)]
    batches = [
        Batch(device=None, events=(), records=records[start : start + batch])  # type: ignore[arg-type]
        for start in range(0, total, batch)
    ]
    sink = make_sink(folder, f"throughput{batch}")
    sink.flush()
    start = time.perf_counter()
    for one in batches:
        sink.record(one)
    journaled = time.perf_counter() - start
    sink.flush()
    in_file = time.perf_counter() - start
    sink.close("done")
    assert_rows(sink.data_file, total)
    return total / journaled, total / in_file


def assert_rows(data_file: Path, total: int) -> None:
    """Stop if a row is missing: a fast loss is no figure."""
    with tables.open_file(str(data_file), "r") as file:
        (node,) = file.walk_nodes("/data_collection/events", "Table")
        found = np.sort(node.col("event_id"))
    if not np.array_equal(found, np.arange(1, total + 1)):
        sys.exit(f"{data_file}: {len(found)} rows of {total}")


def steady(folder: Path, rate: int, seconds: float) -> dict[str, float]:
    """Record ``rate`` events a second from a virtual source, and flush every 0.1 s meanwhile."""
    codec = codec_of(BenchEvent)
    sink = make_sink(folder, "steady")
    total = int(rate * seconds)
    stop = threading.Event()
    status_costs: list[float] = []
    flush_costs: list[float] = []

    def requests() -> None:
        while not stop.wait(0.1):
            start = time.perf_counter()
            sink.status()
            status_costs.append(time.perf_counter() - start)
            start = time.perf_counter()
            sink.flush()
            flush_costs.append(time.perf_counter() - start)

    thread = threading.Thread(target=requests)
    thread.start()
    record_costs = []
    late = 0.0
    start = time.perf_counter()
    done = 0
    tick = 0.002
    while done < total:
        due = min(total, int((time.perf_counter() - start) * rate))
        if due > done:
            events = [event(number) for number in range(done + 1, due + 1)]
            batch = Batch(
                device=None,  # type: ignore[arg-type]
                events=events,
                records=[codec.encode(one) for one in events],
            )
            before = time.perf_counter()
            sink.record(batch)
            record_costs.append(time.perf_counter() - before)
            done = due
        late = max(late, time.perf_counter() - start - done / rate)
        time.sleep(tick)
    took = time.perf_counter() - start
    stop.set()
    thread.join()
    begun = time.perf_counter()
    sink.close("done")
    closed = time.perf_counter() - begun
    assert_rows(sink.data_file, total)
    return {
        "events recorded and found in the file": total,
        "seconds": took,
        "record() median, ms": statistics.median(record_costs) * 1e3,
        "record() p99, ms": p99(record_costs) * 1e3,
        "record() longest, ms": max(record_costs) * 1e3,
        "status request median, ms": statistics.median(status_costs) * 1e3,
        "flush request median, ms": statistics.median(flush_costs) * 1e3,
        "flush request p99, ms": p99(flush_costs) * 1e3,
        "close, s": closed,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the events")
    scale = 10 if parser.parse_args().quick else 1
    console = Console()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = Table(title="Cost of an event, µs (21 fields)")
        for heading in ("", "singly, median", "p99", "batch of 32, median", "p99"):
            table.add_column(heading, justify="right" if heading else "left")
        singly = costs(folder, 20_000 // scale, 1)
        batched = costs(folder, 5_000 // scale, 32)
        for what, figures in singly.items():
            others = batched[what]
            cells = [
                statistics.median(figures),
                p99(figures),
                statistics.median(others),
                p99(others),
            ]
            table.add_row(what, *(f"{cell:.2f}" for cell in cells))
        console.print(table)

        table = Table(title="Sustained, events a second")
        for heading in ("", "into the journal", "until in the file, fsynced"):
            table.add_column(heading, justify="right" if heading else "left")
        for batch in (1, 32, 256):
            journaled, in_file = throughput(folder, 500_000 // scale, batch)
            table.add_row(f"batches of {batch}", f"{journaled:,.0f}", f"{in_file:,.0f}")
        console.print(table)

        table = Table(title="50,000 events a second for 10 s from a virtual source")
        table.add_column("")
        table.add_column("", justify="right")
        for what, figure in steady(folder, 50_000, 10.0 / scale).items():
            table.add_row(what, f"{figure:,.3f}" if figure % 1 else f"{figure:,.0f}")
        console.print(table)
        console.print(f"journal beside the file, if any is left: {list(folder.glob('*journal'))}")


if __name__ == "__main__":
    main()
