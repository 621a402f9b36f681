"""The contract suites, run on what the core and the tests themselves have."""

from __future__ import annotations

from typing import Any

from iohub_core.buffers.contract import BufferSpec, EventBuffer
from iohub_core.buffers.ring import RingWriter
from iohub_core.testing import BufferContract, DeviceBench, DeviceContract

from ..support import toy_device


class TestRing(BufferContract):
    """The default buffer."""

    def make(self, spec: BufferSpec) -> EventBuffer:
        return RingWriter(spec)


class TestToy(DeviceContract):
    """The toy of the integration tests."""

    device_type = next(iter(toy_device.iohub_device_types()))

    def stimulate(self, device: Any) -> None:
        device.emit(2)


def test_the_bench_is_a_fixture_too(device_bench: DeviceBench) -> None:
    device: Any = device_bench.open(TestToy.device_type)
    device_bench.clock.advance(2.0)  # type: ignore[union-attr]
    device.emit(1)
    (event,) = device_bench.take()
    assert event.time == event.logged_time == 2.0
