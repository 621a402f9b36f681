"""The sinks of a hub: opened before devices, closed after them, their faults told at once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from iohub_core.config.plan import LaunchPlan
from iohub_core.errors import DeviceError
from iohub_core.hub.notices import BROKEN
from iohub_core.pipeline.sink import SessionRecorder, Sink, SinkContext

if TYPE_CHECKING:
    from iohub_core.hub.hub import Hub

STOP = "stop"


class Recording:
    """Owns the sinks."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.sinks: list[Sink] = []
        self.recorder: SessionRecorder | None = None

    def open(self, plan: LaunchPlan) -> None:
        """Make and open the sinks that plugins supply.

        Raises:
            Exception: whatever a sink's ``open`` raises: the launch fails with it.
        """
        hub = self._hub
        context = SinkContext(
            settings=plan.settings,
            device_settings=[(one.device_type.class_name, one.settings) for one in plan.devices],
            event_classes=[codec.event_class for codec in hub.events],
            clock=hub.clock,
            script_folder=plan.script_folder,
            private_folder=hub.folder,
            log=logging.getLogger("iohub.recording"),
            warn=hub.warn,
            fail=self._broken,
            drops=self._drops,
        )
        for _, made in hub.manager.call_each("iohub_make_sinks", context=context):
            self.sinks.extend(made or ())
        for sink in self.sinks:
            sink.open()
            if isinstance(sink, SessionRecorder) and self.recorder is None:
                self.recorder = sink
        if plan.settings.data_store.enable and self.recorder is None:
            faults = "; ".join(hub.manager.report.faults_of_unloaded())
            raise DeviceError(
                f"no plugin could record the session ({faults or 'none is installed'})"
            )
        self._connect()

    def wait_ready(self) -> None:
        """Wait for what the sinks began in the background; the session's numbers are known then."""
        for sink in self.sinks:
            sink.wait_ready()
        self._connect()

    def flush(self) -> None:
        """Return when everything accepted before is where it belongs."""
        for sink in self.sinks:
            sink.flush()

    def status(self) -> list[dict[str, Any]]:
        """Return each sink's counters and state."""
        return [{"name": sink.name, **sink.status()} for sink in self.sinks]

    def sink_failed(self, sink: Sink, error: BaseException) -> None:
        """Tell of a sink that raised while it took events."""
        self._broken(f"{sink.name}: {type(error).__name__}: {error}")

    def close(self, reason: str) -> None:
        """Close the sinks, the last opened first.

        Raises:
            ExceptionGroup: never; the first fault is raised after all were closed.
        """
        faults: list[Exception] = []
        for sink in reversed(self.sinks):
            try:
                sink.close(reason)
            except Exception as error:  # noqa: BLE001 - foreign code; raised below
                faults.append(error)
        if faults:
            raise faults[0]

    def _drops(self) -> dict[str, int]:
        counts = {name: buffer.dropped() for name, buffer in self._hub.buffers.items()}
        return {name: count for name, count in counts.items() if count}

    def _connect(self) -> None:
        recorder = self.recorder
        self._hub.pipeline.set_sinks(
            self.sinks,
            recorder.experiment_id if recorder else 0,
            recorder.session_id if recorder else 0,
        )

    def _broken(self, message: str) -> None:
        """Tell the script, loudly, that events are no longer recorded."""
        if self._hub.settings.data_store.on_error == STOP:
            self._hub.notices.send(BROKEN, text=message)
        self._hub.warn(f"EVENTS ARE NO LONGER RECORDED: {message}")
