"""The contract of a sink: something that persists or forwards every event."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import attrs

from iohub_core.clock import SystemClock, VirtualClock
from iohub_core.config.settings import HubSettings
from iohub_core.event import DeviceEvent
from iohub_core.pipeline.batch import Batch


@attrs.frozen(kw_only=True)
class SinkContext:
    """What a sink may use.

    Attributes:
        settings: the hub's checked settings; ``settings.data_store`` is the recording's.
        device_settings: class name and settings of every device of the session, for metadata.
        event_classes: every event class of the session, abstract parents included.
        clock: the hub's clock.
        script_folder: folder that relative paths are resolved against.
        private_folder: the hub's own folder (0700), gone when the hub is.
        log: logger of the sinks.
        warn: tells the user: a warning in the script, and a log event.
        drops: returns how many events each buffer has dropped unread so far, by buffer name;
            buffers that dropped none are left out.
        fail: tells the hub that recording is broken; as ``data_store.on_error`` says, the
            script's next call raises, or the session goes on.
    """

    settings: HubSettings
    device_settings: Sequence[tuple[str, Any]]
    event_classes: Sequence[type[DeviceEvent]]
    clock: SystemClock | VirtualClock
    script_folder: Path
    private_folder: Path
    log: logging.Logger
    warn: Any
    fail: Any
    drops: Callable[[], dict[str, int]] = dict


class Sink:
    """Takes every event; made by ``iohub_make_sinks`` in the hub's main thread."""

    name = "sink"

    def open(self) -> None:
        """Get ready to take events; the launch fails if this raises."""

    def wait_ready(self) -> None:
        """Wait for what ``open`` began in the background; called after devices were opened.

        The launch fails if this raises.
        """

    def add_event_classes(self, classes: Sequence[type[DeviceEvent]]) -> None:
        """Learn of event classes that were added to a running hub."""

    def record(self, batch: Batch) -> None:
        """Take a batch before it goes into the buffers.

        Called in the publishing thread under the pipeline's lock, one batch at a time: it is part
        of an event's way and has to be quick. What it makes durable here, survives the hub. It is
        not called for devices with ``save_events: false``.
        """

    def forward(self, batch: Batch) -> None:
        """Take a batch after it went into the buffers; called like :meth:`record`."""

    def flush(self) -> None:
        """Return when everything taken before is where it belongs. Called in a request's thread."""

    def status(self) -> dict[str, Any]:
        """Return counters and the state of the sink, for ``io.getRecordingStatus()``."""
        return {}

    def close(self, reason: str) -> None:
        """Finish; called once, after all devices were closed. Has about a second."""


@runtime_checkable
class SessionRecorder(Protocol):
    """A sink that keeps experiments and sessions, and the trial table of a session."""

    experiment_id: int
    session_id: int

    def experiment_metadata(self) -> dict[str, Any]:
        """Return the experiment's metadata as stored, with its id."""
        ...

    def session_metadata(self) -> dict[str, Any]:
        """Return the session's metadata as stored, with its id."""
        ...

    def create_trial_table(self, columns: Sequence[Sequence[Any]]) -> None:
        """Make the table of condition variables: ``[name, type name]`` a column."""
        ...

    def add_trial_row(self, values: dict[str, Any]) -> None:
        """Add a row to the table of condition variables."""
        ...
