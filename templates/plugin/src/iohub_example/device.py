"""The button box in the hub: native records to events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iohub_core.clocksync import ClockConverter
from iohub_core.devices import Device, remote_method
from iohub_example.events import ButtonBoxPressEvent, ButtonBoxReleaseEvent
from iohub_example.native import NativePress


class ButtonBox(Device):
    """A button box."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.down: set[int] = set()
        # The box stamps in milliseconds of a clock of its own; offset and drift are estimated.
        self.converter = ClockConverter(tick_s=0.001, resolution_s=0.001)

    def receive(self, natives: Sequence[NativePress]) -> None:
        """Turn native records into events. Called in the backend's thread."""
        events = []
        for native in natives:
            stamp = self.converter.stamp(native.tick, native.arrival)
            (self.down.add if native.pressed else self.down.discard)(native.button)
            event_class = ButtonBoxPressEvent if native.pressed else ButtonBoxReleaseEvent
            events.append(
                event_class(
                    button=native.button,
                    device_time=stamp.device_time,
                    logged_time=native.arrival,
                    time=stamp.time,
                    confidence_interval=stamp.confidence_interval,
                )
            )
        self.publish(events)

    @remote_method
    def getButtonsDown(self) -> list[int]:
        """Return the numbers of the buttons that are down."""
        return sorted(self.down)

    @remote_method
    def getClockSync(self) -> dict[str, Any]:
        """Return how the box's clock is brought to the hub's."""
        return self.converter.state()

    @remote_method
    def simulate(self, button: int, pressed: bool) -> None:
        """Have the virtual box press or release a button."""
        simulate = getattr(self.backend, "simulate", None)
        if simulate is None:
            raise TypeError(f"{self.name!r} is a real box; only `backend: virtual` simulates")
        simulate(button, pressed)
