"""A metronome as a device: a local plugin in one file.

It beats at a steady pace in a thread of its own and says how late each beat came.
"""

from __future__ import annotations

import threading
from typing import Annotated

import attrs
from msgspec import Meta

from iohub_core import hookimpl
from iohub_core.config import DeviceSettings, setting
from iohub_core.devices import Device, remote_method
from iohub_core.event import DeviceEvent, column, define_event
from iohub_core.plugins import DeviceType


@define_event(type_id=1100, type_name="METRONOME_BEAT", device="metronome", table=True)
class MetronomeBeatEvent(DeviceEvent):
    """The metronome has beaten; ``time`` is when the beat was due."""

    beat: int = column("u4", doc="Number of the beat, counted from 1.")


@attrs.frozen(kw_only=True)
class MetronomeSettings(DeviceSettings):
    """Settings of the metronome."""

    bpm: Annotated[float, Meta(ge=1, le=6000)] = setting(120.0, doc="Beats a minute.")


class Metronome(Device):
    """Beats from its opening to its closing."""

    def open(self) -> None:
        """Start beating."""
        super().open()
        self.beats = 0
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop beating."""
        self._closed.set()
        self._thread.join(1.0)
        super().close()

    @remote_method
    def getBeats(self) -> int:
        """Return how many beats there were."""
        return self.beats

    def _run(self) -> None:
        due = self.clock.now()
        while not self._closed.wait(max(0.0, due - self.clock.now())):
            self.beats += 1
            self.publish([MetronomeBeatEvent(beat=self.beats, time=min(due, self.clock.now()))])
            due += 60.0 / self.settings.bpm


@hookimpl
def iohub_device_types() -> list[DeviceType]:
    """Declare the metronome."""
    return [
        DeviceType(
            class_names=("Metronome",),
            default_name="metronome",
            device_type_id=1100,
            settings=MetronomeSettings,
            device=Metronome,
            events=(MetronomeBeatEvent,),
        )
    ]
