"""Events that tasklets publish."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from iohub_core.buffers.contract import BufferStatus, ReaderAddress, Record
from iohub_core.config.settings import DeviceSettings
from iohub_core.devices.device import Device, DeviceContext
from iohub_core.event import DeviceEvent

if TYPE_CHECKING:
    from iohub_core.hub.hub import Hub

PSEUDO_DEVICE = "tasklets"

_log = logging.getLogger("iohub.tasklet")


class Emitter:
    """Publishes events of tasklets, each under the device whose type it is.

    Args:
        hub: the hub.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._pseudo: Device | None = None

    def emit(self, event: DeviceEvent) -> None:
        """Publish an event.

        Raises:
            KeyError: if its type is not registered.
        """
        self._hub.events.codec(event.type)
        for device in tuple(self._hub.devices.values()):
            if type(event) in device.context.event_classes:
                return self._hub.pipeline.publish(device, [event])
        return self._hub.pipeline.publish(self._pseudo_device(), [event])

    def _pseudo_device(self) -> Device:
        """Return the device under which events are published that belong to no open device."""
        if self._pseudo is None:
            context = DeviceContext(
                name=PSEUDO_DEVICE,
                class_name="Tasklets",
                clock=self._hub.clock,
                log=_log,
                publish=self._hub.pipeline.publish,
                provider=self._hub.provider,
                warn=self._hub.warn,
                event_classes=[codec.event_class for codec in self._hub.events],
            )
            device = Device(DeviceSettings(name=PSEUDO_DEVICE), context)
            self._hub.pipeline.add_device(device, _NoBuffer(), None)
            self._pseudo = device
        return self._pseudo


class _NoBuffer:
    """The own buffer of a device the script can't see: nobody would ever empty a real one."""

    name = PSEUDO_DEVICE
    capacity = 1

    def append(self, records: Sequence[Record]) -> None:
        """Keep nothing."""

    def written(self) -> int:
        """Return 0."""
        return 0

    def dropped(self) -> int:
        """Return 0."""
        return 0

    def status(self) -> BufferStatus:
        """Not asked: the hub does not list this buffer."""
        raise NotImplementedError

    def reader_address(self) -> ReaderAddress:
        """Not asked: the hub does not list this buffer."""
        raise NotImplementedError

    def close(self) -> None:
        """Give nothing back."""
