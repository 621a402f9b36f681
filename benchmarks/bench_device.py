"""A device that publishes as fast as it can, for the benchmarks. A local plugin in one file."""

from __future__ import annotations

import time
from collections.abc import Iterable

from iohub_core import hookimpl
from iohub_core.devices import Device, remote_method
from iohub_core.event import DeviceEvent, column, define_event
from iohub_core.plugins import DeviceType


@define_event(type_id=1801, type_name="BENCH", device="bench", table=True)
class BenchEvent(DeviceEvent):
    """An event with as many fields as a key press."""

    auto_repeated: int = column("u2", doc="Count of repeats.")
    scan_code: int = column("u4", doc="Hardware code.", default=38)
    key_id: int = column("u4", doc="Key symbol.", default=97)
    ucode: int = column("u4", doc="Unicode.", default=97)
    key: str = column("S48", doc="Name.", default="lctrl")
    modifiers: int = column("u4", doc="Mask.", default=257)
    window_id: int = column("u8", doc="Window.", default=4194311)
    char: str = column("S16", doc="Character.", default="a")
    duration: float = column("f4", doc="Duration.", unit="s", default=0.125)
    press_event_id: int = column("u4", doc="Press.", default=12345)


class Bench(Device):
    """Publishes what it is told to, in the thread of the request."""

    @remote_method
    def flood(self, count: int, batch: int) -> float:
        """Publish ``count`` events, ``batch`` at a time; returns the seconds it took.

        Making the events counts: a device has to.
        """
        now = self.clock.now
        publish = self.publish
        start = time.perf_counter()
        if batch == 1:
            for _ in range(count):
                stamp = now()
                publish([BenchEvent(time=stamp, logged_time=stamp, device_time=stamp)])
        else:
            for _ in range(count // batch):
                stamp = now()
                publish(
                    [
                        BenchEvent(time=stamp, logged_time=stamp, device_time=stamp)
                        for _ in range(batch)
                    ]
                )
        return time.perf_counter() - start

    @remote_method
    def paced(self, count: int) -> list[float]:
        """Publish events one by one; returns the seconds each took to make and publish."""
        clock = time.perf_counter
        taken = []
        for _ in range(count):
            start = clock()
            stamp = self.clock.now()
            self.publish([BenchEvent(time=stamp, logged_time=stamp, device_time=stamp)])
            taken.append(clock() - start)
        return taken


@hookimpl
def iohub_device_types() -> Iterable[DeviceType]:
    """Declare the device."""
    return [
        DeviceType(
            class_names=("Bench",),
            default_name="bench",
            device_type_id=1801,
            device=Bench,
            events=(BenchEvent,),
        )
    ]
