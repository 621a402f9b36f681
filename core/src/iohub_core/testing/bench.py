"""Devices on a table: opened, fed and watched in one process, without a hub."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from iohub_core.clock import SystemClock, VirtualClock
from iohub_core.config.validate import settings_from
from iohub_core.devices.backend import BackendContext
from iohub_core.devices.device import Device, DeviceContext
from iohub_core.event import DeviceEvent
from iohub_core.plugins.declarations import BackendType, DeviceType, resolve


class DeviceBench:
    """Opens devices as a hub would, and keeps what they publish.

    Args:
        clock: a :class:`~iohub_core.clock.VirtualClock` by default, so that times are exact.

    Attributes:
        events: what was published, in order, with ``event_id`` and ``delay`` filled in.
        warnings: what the user would have been told.
        failures: what backends said when they gave up.
    """

    def __init__(self, clock: SystemClock | VirtualClock | None = None) -> None:
        self.clock = VirtualClock() if clock is None else clock
        self.events: list[DeviceEvent] = []
        self.warnings: list[str] = []
        self.failures: list[str] = []
        self._devices: list[Device] = []
        self._last_event_id = 0

    def open(
        self,
        device_type: DeviceType,
        backend: BackendType | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> Device:
        """Open a device.

        Args:
            device_type: its declaration.
            backend: the declaration of the backend to use; None for a device without one.
            settings: settings as they would stand in the configuration.

        Raises:
            ValueError: if the settings have faults; the message has all of them.
            DeviceError: if the device can't be opened.
        """
        faults: list[str] = []
        checked = settings_from(
            resolve(device_type.settings),
            dict(settings or {}),
            (),
            lambda path, message: faults.append(f"{'.'.join(map(str, path))}: {message}"),
        )
        if checked is None:
            raise ValueError("; ".join(faults))
        name = checked.name or device_type.default_name
        log = logging.getLogger(f"iohub.device.{name}")
        context = DeviceContext(
            name=name,
            class_name=device_type.class_name,
            clock=self.clock,
            log=log,
            publish=self._publish,
            provider=self._provider,
            warn=self.warnings.append,
            event_classes=[resolve(event) for event in device_type.events],
        )
        made_backend = None
        if backend is not None:
            backend_context = BackendContext(
                device_name=name,
                clock=self.clock,
                log=log,
                failed=lambda message, trace: self.failures.append(f"{message}\n{trace}"),
            )
            made_backend = resolve(backend.backend)(checked, backend_context)
        device: Device = resolve(device_type.device)(checked, context, made_backend)
        self._devices.append(device)
        device.open()
        return device

    def take(self) -> list[Any]:
        """Return what was published since the last call."""
        taken, self.events[:] = list(self.events), []
        return taken

    def close(self) -> None:
        """Close the devices, the last opened first."""
        while self._devices:
            self._devices.pop().close()

    def _publish(self, device: Device, events: Sequence[DeviceEvent]) -> None:
        if not device.reporting:
            return
        for event in events:
            self._last_event_id += 1
            event.event_id = self._last_event_id
            event.logged_time = event.logged_time or self.clock.now()
            event.time = event.time or event.logged_time
            event.delay = event.logged_time - event.time
        self.events.extend(events)

    def _provider(self, capability: Any) -> Any:
        return next((one for one in self._devices if isinstance(one, capability)), None)
