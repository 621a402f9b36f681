"""A local plugin that notes which hooks were called, and a sink that fails when it is told to."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from iohub_core import hookimpl
from iohub_core.pipeline.sink import Sink


def _note(text: str) -> None:
    with Path(os.environ["IOHUB_TEST_NOTES"]).open("a", encoding="utf-8") as notes:
        notes.write(text + "\n")


class FailingSink(Sink):
    """Takes two batches and then raises."""

    name = "failing sink"

    def __init__(self) -> None:
        self.taken = 0

    def record(self, batch: Any) -> None:
        self.taken += 1
        _note(f"recorded {[event.value for event in batch.events]}")
        if self.taken > 2:
            raise OSError("the disk is full")

    def status(self) -> dict[str, Any]:
        return {"taken": self.taken}

    def close(self, reason: str) -> None:
        _note("sink closed")


@hookimpl
def iohub_make_sinks(context: Any) -> Iterable[Sink]:
    return [FailingSink()] if os.environ.get("IOHUB_TEST_SINK") else []


@hookimpl
def iohub_hub_started(context: Any) -> None:
    _note(f"started {list(context.devices)}")


@hookimpl
def iohub_hub_stopping(context: Any, reason: str) -> None:
    _note(f"stopping: {reason}")


@hookimpl
def iohub_device_opened(device: Any) -> None:
    _note(f"opened {device.name}")


@hookimpl
def iohub_device_failed(failure: Any) -> None:
    _note(f"failed {failure.device_name}: {failure.message}")


@hookimpl
def iohub_events_published(device: Any, events: Any) -> None:
    _note(f"published {device.name} {[event.value for event in events]}")
    if events[0].value == 13:
        raise RuntimeError("unlucky")


@hookimpl
def iohub_buffer_overflowed(report: Any) -> None:
    _note(f"overflowed {report.buffer} {report.dropped}")
