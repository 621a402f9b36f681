"""Devices: the hub's side of them, and what they are made of."""

from iohub_core.computer import Computer
from iohub_core.devices.backend import Backend, BackendContext, BackendThread
from iohub_core.devices.device import Device, DeviceContext
from iohub_core.devices.failure import DeviceFailure
from iohub_core.devices.remote import remote_method
from iohub_core.event import DeviceEvent

__all__ = [
    "Backend",
    "BackendContext",
    "BackendThread",
    "Computer",
    "Device",
    "DeviceContext",
    "DeviceEvent",
    "DeviceFailure",
    "remote_method",
]
