"""A device for tests of the core: a local plugin in one file that does what a test tells it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterable

import attrs

from iohub_core import hookimpl
from iohub_core.config import DeviceSettings, setting
from iohub_core.devices import Device, remote_method
from iohub_core.errors import DeviceError
from iohub_core.event import DeviceEvent, column, define_event
from iohub_core.plugins import DeviceType


@define_event(type_id=1901, type_name="TOY", device="toy", table=True)
class ToyEvent(DeviceEvent):
    """An event that carries a number."""

    value: int = column("i8", doc="The number the test gave.")
    text: str = column("S64", doc="A text the test gave.")


@define_event(type_id=1902, type_name="TOY_SPECIAL")
class ToySpecialEvent(ToyEvent):
    """A second type, stored in its parent's table."""


@attrs.frozen(kw_only=True)
class ToySettings(DeviceSettings):
    """Settings of the toy."""

    refuse: str = setting("", doc="A message to refuse to open with.")
    slow_close_s: float = setting(0.0, doc="Seconds that closing takes.")


class Toy(Device):
    """Publishes what it is told to."""

    def open(self) -> None:
        if self.settings.refuse:
            raise DeviceError(self.settings.refuse)
        super().open()

    def close(self) -> None:
        time.sleep(self.settings.slow_close_s)
        super().close()

    @remote_method
    def emit(self, count: int, start: int = 0) -> None:
        """Publish ``count`` numbered events, one by one."""
        for value in range(start, start + count):
            self.publish([ToyEvent(value=value)])

    @remote_method
    def emit_batch(self, times: list[float]) -> None:
        """Publish one batch of events with the given times."""
        self.publish([ToyEvent(value=n, time=t) for n, t in enumerate(times)])

    @remote_method
    def emit_special(self, count: int = 1) -> None:
        """Publish events of the second type."""
        self.publish([ToySpecialEvent(value=n) for n in range(count)])

    @remote_method
    def emit_later(self, delay: float, time: float | None = None) -> None:
        """Publish one event after ``delay`` seconds, from another thread."""
        event = ToyEvent(value=1, time=0.0 if time is None else time)
        threading.Timer(delay, self.publish, [[event]]).start()

    @remote_method
    def boom(self) -> None:
        """Raise a ValueError."""
        raise ValueError("the toy was told to fail")

    @remote_method
    def say(self, text: str) -> None:
        """Print in the hub."""
        print(text)

    @remote_method
    def die(self) -> None:
        """Kill the hub."""
        print("these are my last words")
        os.kill(os.getpid(), signal.SIGKILL)

    @remote_method
    def burn(self, seconds: float) -> None:
        """Keep this request's thread busy."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pass

    def hidden(self) -> None:
        """Not declared public."""


@hookimpl
def iohub_device_types() -> Iterable[DeviceType]:
    return [
        DeviceType(
            class_names=("Toy",),
            default_name="toy",
            device_type_id=1901,
            settings=ToySettings,
            device=Toy,
            events=(ToyEvent, ToySpecialEvent),
        )
    ]
