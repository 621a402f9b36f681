"""A hub made of the recording alone: one toy device, one sink.

Imported by the tests of the recording, and run as a process of its own that tests kill:
``python recording_harness.py FOLDER SESSION [COUNT] [PAUSE]`` records events and prints, after
each batch that ``record`` has returned from, the id of the last event the script would have been
given.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import attrs

from iohub_core.clock import SystemClock
from iohub_core.config.settings import (
    DataStoreSettings,
    ExperimentInfo,
    HubSettings,
    SessionInfo,
)
from iohub_core.event import DeviceEvent, codec_of, column, define_event
from iohub_core.pipeline.batch import Batch
from iohub_core.pipeline.sink import SinkContext
from iohub_datastore.sink import HDF5Sink


@define_event(type_id=1700, type_name="TOY_INPUT", device="toy", table=True)
class ToyInputEvent(DeviceEvent):
    """Something a toy did."""

    key: str = column("S12", doc="Name of the key.", default="")
    value: float = column("f8", doc="A reading.", unit="mV", missing=float("nan"), default=0.0)
    button: int = column("u1", doc="Number of the button.", names={1: "left", 2: "right"})
    note: str = column("S64", doc="A note.", default="")


@define_event(type_id=1701, type_name="TOY_PRESS")
class ToyPressEvent(ToyInputEvent):
    """The toy was pressed."""


@define_event(type_id=1702, type_name="TOY_SAMPLE", device="toy", table=True)
class ToySampleEvent(DeviceEvent):
    """A sample of the toy's position."""

    x: float = column("f8", doc="Position.", unit="mm", default=0.0)


CLASSES = [DeviceEvent, ToyInputEvent, ToyPressEvent, ToySampleEvent]


@attrs.define
class Told:
    """What the sink told the user."""

    warnings: list[str] = attrs.field(factory=list)
    failures: list[str] = attrs.field(factory=list)


def make_context(folder: Path, told: Told | None = None, **store: Any) -> SinkContext:
    """Return the context of a session recorded in ``folder``."""
    told = told or Told()
    experiment = store.pop("experiment", "exp")
    session = store.pop("session", "s1")
    variables = store.pop("user_variables", {})
    infos: dict[str, Any] = {
        "experiment_info": ExperimentInfo(code=experiment, title="A title"),
        "session_info": SessionInfo(code=session, user_variables=variables),
    }
    settings = HubSettings(
        data_store=DataStoreSettings(**{"enable": True, "filename": "data", **infos, **store})
    )
    return SinkContext(
        settings=settings,
        device_settings=[("Toy", {"name": "toy"})],
        event_classes=CLASSES,
        clock=SystemClock(time.perf_counter()),
        script_folder=folder,
        private_folder=Path(tempfile.mkdtemp(prefix="recording")),
        log=logging.getLogger("test"),
        warn=told.warnings.append,
        fail=told.failures.append,
    )


def make_sink(folder: Path, told: Told | None = None, **store: Any) -> HDF5Sink:
    """Return a sink that is ready to record."""
    sink = HDF5Sink(make_context(folder, told, **store))
    sink.open()
    sink.wait_ready()
    return sink


def make_event(sink: HDF5Sink, event_id: int) -> DeviceEvent:
    """Return one event; its class and values follow from its id."""
    common = {
        "experiment_id": sink.experiment_id,
        "session_id": sink.session_id,
        "event_id": event_id,
        "time": event_id / 1000,
        "logged_time": event_id / 1000,
    }
    match event_id % 3:
        case 0:
            return ToySampleEvent(**common, x=event_id / 7)
        case 1:
            return ToyInputEvent(**common, key="ä", value=float(event_id), note=f"n{event_id}")
        case _:
            return ToyPressEvent(**common, key="b", button=2, value=float("nan"))


def record(sink: HDF5Sink, event_ids: range) -> None:
    """Publish one batch."""
    events = [make_event(sink, event_id) for event_id in event_ids]
    records = [codec_of(type(event)).encode(event) for event in events]
    sink.record(Batch(device=None, events=events, records=records))  # type: ignore[arg-type]


def stored_ids(data_file: Path, session_code: str = "s1") -> list[int]:
    """Return the ids of a session's events in the file, sorted."""
    import tables

    found: list[int] = []
    with tables.open_file(str(data_file), "r") as file:
        sessions = file.root.data_collection.session_meta_data.read()
        (session,) = sessions[sessions["code"] == session_code.encode()]
        for node in file.walk_nodes("/data_collection/events", "Table"):
            rows = node.read()
            rows = rows[rows["session_id"] == session["session_id"]]
            assert all(rows["experiment_id"] == session["experiment_id"])
            if "key" in rows.dtype.names:
                check = rows[rows["type"] == 1700]
                assert all(check["value"] == check["event_id"])
                assert all(check["note"] == [f"n{i}".encode() for i in check["event_id"]])
            else:
                assert all(rows["x"] == rows["event_id"] / 7)
            found += rows["event_id"].tolist()
    return sorted(found)


def stored_trials(data_file: Path, session_code: str = "s1") -> list[int]:
    """Return what the harness's trials of a session have as ``n``."""
    import tables

    with tables.open_file(str(data_file), "r") as file:
        sessions = file.root.data_collection.session_meta_data.read()
        (session,) = sessions[sessions["code"] == session_code.encode()]
        path = f"/data_collection/condition_variables/EXP_CV_{session['experiment_id']}"
        if path not in file:
            return []
        rows = file.get_node(path).read()
        return rows["n"][rows["SESSION_ID"] == session["session_id"]].tolist()


def main() -> None:
    """Record as a process, acknowledging every batch, until done or killed."""
    folder, session = Path(sys.argv[1]), sys.argv[2]
    total = int(sys.argv[3]) if len(sys.argv) > 3 else 10**9
    pause_s = float(sys.argv[4]) if len(sys.argv) > 4 else 0.0
    sink = HDF5Sink(make_context(folder, session=session))
    sink.open()
    print("opened", sink._keeper.status()["writer_pid"], flush=True)
    next_id = 1
    ready = False
    while next_id <= total:
        size = 1 + next_id % 7
        record(sink, range(next_id, next_id + size))
        next_id += size
        print("acked", next_id - 1, flush=True)
        if not ready:
            sink.wait_ready()
            ready = True
            print("ready", flush=True)
        if next_id % 50 < size:
            sink.flush()
        if next_id % 400 < size:
            sink.create_trial_table([["condition", "str"], ["n", "int"]])
            sink.add_trial_row({"condition": "c", "n": next_id})
            print("trial", next_id, flush=True)
        if pause_s:
            time.sleep(pause_s)
    print("closing", flush=True)
    sink.close("done")
    print("closed", flush=True)


if __name__ == "__main__":
    main()
