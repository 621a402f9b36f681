"""What this distribution adds to a hub: two device types, each with a real and a virtual port."""

from __future__ import annotations

from collections.abc import Iterable

from iohub_core import hookimpl
from iohub_core.constants import DeviceConstants
from iohub_core.plugins.declarations import BackendType, DeviceType

_EVENTS = "iohub_serial.events:"
_BACKENDS = "iohub_serial.backends."


@hookimpl
def iohub_device_types() -> Iterable[DeviceType]:
    """Declare the serial port and the response box."""
    return [
        DeviceType(
            class_names=("serial.Serial", "Serial"),
            default_name="serial",
            device_type_id=DeviceConstants.SERIAL,
            settings="iohub_serial.config:SerialSettings",
            device="iohub_serial.device:SerialDevice",
            view="iohub_serial.view:SerialView",
            events=(f"{_EVENTS}SerialInputEvent", f"{_EVENTS}SerialByteChangeEvent"),
        ),
        DeviceType(
            class_names=("serial.Pstbox", "Pstbox"),
            default_name="pstbox",
            device_type_id=DeviceConstants.PSTBOX,
            settings="iohub_serial.config:PstboxSettings",
            device="iohub_serial.pstbox:PstboxDevice",
            view="iohub_serial.view:SerialView",
            events=(f"{_EVENTS}PstboxButtonEvent",),
        ),
    ]


@hookimpl
def iohub_device_backends() -> Iterable[BackendType]:
    """Declare the ports."""
    for device, virtual in (
        ("serial.Serial", "VirtualPort"),
        ("serial.Pstbox", "VirtualPstboxPort"),
    ):
        yield BackendType(
            device=device,
            name="pyserial",
            backend=f"{_BACKENDS}port:SerialPort",
            rank=10,
        )
        yield BackendType(
            device=device, name="virtual", backend=f"{_BACKENDS}virtual:{virtual}", rank=None
        )
