"""What is known of a device that could not be opened, or stopped working."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class DeviceFailure:
    """Told to plugins by ``iohub_device_failed``.

    Attributes:
        device_name: the device's name in ``io.devices``.
        class_name: its class name in the configuration.
        message: what happened, with the remedy where one is known.
        traceback: the traceback, or an empty text.
        fatal: True if the launch fails because of it.
    """

    device_name: str
    class_name: str
    message: str
    traceback: str = ""
    fatal: bool = False
