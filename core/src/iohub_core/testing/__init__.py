"""For authors of plugins: run a device without a hub, and check it against the contracts."""

from iohub_core.testing.bench import DeviceBench
from iohub_core.testing.contracts import BufferContract, DeviceContract, SinkContract

__all__ = ["BufferContract", "DeviceBench", "DeviceContract", "SinkContract"]
