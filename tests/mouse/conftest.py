"""A Mouse device with a Monitor device, put together without a hub."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from iohub_core.clock import SystemClock, VirtualClock
from iohub_core.config.validate import settings_from
from iohub_core.devices import BackendContext, DeviceContext
from iohub_core.event import DeviceEvent
from iohub_monitor.backends.virtual import VirtualDisplays
from iohub_monitor.config import MonitorSettings
from iohub_monitor.device import MonitorDevice
from iohub_mouse.backends.virtual import VirtualMouse
from iohub_mouse.config import MouseSettings
from iohub_mouse.device import MouseDevice

LOG = logging.getLogger(__name__)


class Bench:
    """Devices on one table: what they publish and what they warn of."""

    def __init__(self, clock: SystemClock | VirtualClock) -> None:
        self.clock = clock
        self.devices: list[Any] = []
        self.events: list[DeviceEvent] = []
        self.warnings: list[str] = []
        self.failures: list[str] = []

    def provider(self, capability: Any) -> Any:
        return next((one for one in self.devices if isinstance(one, capability)), None)

    def _device(self, device: Any, settings_class: Any, backend: Any, settings: Any) -> Any:
        faults: list[Any] = []
        checked = settings_from(settings_class, settings, (), lambda *one: faults.append(one))
        assert checked is not None, faults
        name = device.__name__
        context = DeviceContext(
            name=name,
            class_name=name,
            clock=self.clock,
            log=LOG,
            publish=lambda device, events: self.events.extend(events),
            provider=self.provider,
            warn=self.warnings.append,
        )
        backend_context = BackendContext(
            device_name=name,
            clock=self.clock,
            log=LOG,
            failed=lambda text, trace: self.failures.append(text + trace),
        )
        made = device(checked, context, backend(checked, backend_context))
        made.open()
        self.devices.append(made)
        return made

    def monitor(self, backend: Any = VirtualDisplays, **settings: Any) -> MonitorDevice:
        made: MonitorDevice = self._device(MonitorDevice, MonitorSettings, backend, settings)
        return made

    def mouse(self, backend: Any = VirtualMouse, **settings: Any) -> MouseDevice:
        made: MouseDevice = self._device(MouseDevice, MouseSettings, backend, settings)
        return made

    def take(self) -> list[Any]:
        taken, self.events[:] = list(self.events), []
        return taken

    def close(self) -> None:
        for device in reversed(self.devices):
            device.close()
        assert self.failures == []


@pytest.fixture
def bench():
    made = Bench(VirtualClock(start=100.0))
    yield made
    made.close()


@pytest.fixture
def live_bench():
    made = Bench(SystemClock())
    yield made
    made.close()
