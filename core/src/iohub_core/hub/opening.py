"""From a planned device to an open one: events, buffer, backend, device."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any

from iohub_core.config.event_types import wanted_types
from iohub_core.config.plan import PlannedDevice
from iohub_core.devices.backend import Backend, BackendContext
from iohub_core.devices.device import Device, DeviceContext
from iohub_core.devices.failure import DeviceFailure
from iohub_core.devices.remote import remote_methods
from iohub_core.errors import BackendUnavailableError, ConfigError, DeviceError
from iohub_core.event import DeviceEvent
from iohub_core.plugins.declarations import BackendType, DeviceType, resolve

if TYPE_CHECKING:
    from iohub_core.hub.hub import Hub


class DeviceOpener:
    """Opens devices for a hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._types: dict[str, DeviceType] = {}

    def register_events(self, planned: PlannedDevice) -> list[type[DeviceEvent]]:
        """Make the device's event classes known, and return them."""
        classes = [resolve(event) for event in planned.device_type.events]
        for event_class in classes:
            self._hub.events.add(event_class)
        return classes

    def open(self, planned: PlannedDevice) -> Device | None:
        """Open a device; returns None if it is optional and can't be opened.

        Raises:
            DeviceError: if it can't be opened and is not optional.
        """
        try:
            return self._open(planned)
        except Exception as error:
            fatal = not planned.settings.optional
            class_name = planned.device_type.class_name
            self._hub.device_failed(
                DeviceFailure(
                    device_name=planned.name,
                    class_name=class_name,
                    message=str(error),
                    traceback=traceback.format_exc(),
                    fatal=fatal,
                )
            )
            if not fatal:
                return None
            if isinstance(error, (DeviceError, ConfigError)):
                raise DeviceError(f"device {planned.name!r} ({class_name}): {error}") from error
            raise DeviceError(
                f"device {planned.name!r} ({class_name}) could not be opened: "
                f"{type(error).__name__}: {error}"
            ) from error

    def described(self, device: Device) -> dict[str, Any]:
        """Return what the script needs to make a view of a device."""
        return {
            "name": device.name,
            "class": self._types[device.name].class_name,
            "methods": list(remote_methods(type(device))),
            "buffer": self._hub.reader_of(device.name),
        }

    def _open(self, planned: PlannedDevice) -> Device:
        hub, settings, name = self._hub, planned.settings, planned.name
        classes = self.register_events(planned)
        backend = self._backend(planned)
        context = DeviceContext(
            name=name,
            class_name=planned.device_type.class_name,
            clock=hub.clock,
            log=logging.getLogger(f"iohub.device.{name}"),
            publish=hub.pipeline.publish,
            provider=hub.provider,
            warn=hub.warn,
            event_classes=classes,
        )
        device: Device = resolve(planned.device_type.device)(settings, context, backend)
        for spec in settings.filters:
            device.addFilter(spec)
        wanted = wanted_types(settings.monitor_event_types, classes)
        buffer = hub.make_buffer(name, settings.event_buffer_length, classes)
        hub.pipeline.add_device(device, buffer, wanted)
        self._types[name] = planned.device_type
        try:
            device.open()
        except BaseException:
            device.close()
            raise
        return device

    def _backend(self, planned: PlannedDevice) -> Backend[Any] | None:
        """Make the backend the settings name, or for ``auto`` the best that is usable."""
        declared = self._hub.manager.backends_of(planned.device_type)
        if not declared:
            return None
        wanted = planned.settings.backend
        if wanted != "auto":
            chosen = next(one for one in declared if one.name == wanted)
            reason = _why_not(chosen)
            if reason:
                raise BackendUnavailableError(f"backend {wanted!r} can't work here: {reason}")
            return self._make(chosen, planned)
        reasons: list[str] = []
        for one in declared:
            if one.rank is None:
                continue
            reason = _why_not(one)
            if not reason:
                log = logging.getLogger(f"iohub.device.{planned.name}")
                passed = f" (passed over: {'; '.join(reasons)})" if reasons else ""
                log.info("backend auto: %s%s", one.name, passed)
                lacking = [text for text in reasons if "not installed" in text]
                if lacking:
                    self._hub.warn(
                        f"{planned.name} uses the backend {one.name}; a better one could not be "
                        f"had: {'; '.join(lacking)}"
                    )
                return self._make(one, planned)
            reasons.append(f"{one.name}: {reason}")
        raise BackendUnavailableError(self._ways_out(planned, declared, reasons))

    def _ways_out(
        self, planned: PlannedDevice, declared: list[BackendType], reasons: list[str]
    ) -> str:
        ways = [f"backend: {one.name}" for one in declared if one.rank is None]
        ways += ["enable: false", "optional: true"]
        why = "; ".join(reasons) or "no backend for this system is installed"
        return (
            f"no backend can work here ({why}). Ways out: make the device reachable, or write "
            f"`{'`, or `'.join(ways)}` in the settings of {planned.device_type.class_name}"
        )

    def _make(self, chosen: BackendType, planned: PlannedDevice) -> Backend[Any]:
        name = planned.name
        context = BackendContext(
            device_name=name,
            clock=self._hub.clock,
            log=logging.getLogger(f"iohub.device.{name}.{chosen.name}"),
            failed=lambda message, trace: self._failed(name, message, trace),
        )
        backend: Backend[Any] = resolve(chosen.backend)(planned.settings, context)
        return backend

    def _failed(self, name: str, message: str, trace: str) -> None:
        device = self._hub.devices.get(name)
        if device is not None:
            device.failed(message)
        class_name = self._types[name].class_name
        self._hub.device_failed(
            DeviceFailure(device_name=name, class_name=class_name, message=message, traceback=trace)
        )


def _why_not(backend: BackendType) -> str | None:
    """Return why a backend can't work here, or None if it can."""
    if backend.usable is None:
        return None
    try:
        reason: str | None = resolve(backend.usable)()
    except Exception as error:  # noqa: BLE001 - foreign code; told as the reason
        return f"{type(error).__name__}: {error}"
    return reason
