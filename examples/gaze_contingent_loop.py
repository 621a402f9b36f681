"""React to the mouse inside the hub, as one would to an eye tracker.

Whenever the mouse enters a region, the tasklet says so with a message, a fraction of a millisecond
after the move. A virtual mouse moves here, so that the example runs anywhere; without the two
`backend` settings it is the real one.
"""

from __future__ import annotations

import statistics

from iohub_core import launchHubServer
from iohub_core.tasklets import Tasklet
from iohub_core.tasklets.facade import HubFacade


class Region(Tasklet):
    """Tells when the mouse goes into a square around a point."""

    def __init__(self, x: float, y: float, half_width: float) -> None:
        self.x, self.y, self.half_width = x, y, half_width

    async def run(self, hub: HubFacade) -> None:
        """Watch until stopped."""
        inside = False
        async for event in hub.events("mouse", types=["MOUSE_MOVE"]):
            near_x = abs(event.x_position - self.x) < self.half_width  # type: ignore[attr-defined]
            near_y = abs(event.y_position - self.y) < self.half_width  # type: ignore[attr-defined]
            if near_x and near_y and not inside:
                hub.send_message(f"{hub.now() - event.logged_time:.6f}", "entered")
            inside = near_x and near_y


def main() -> None:
    """Move in and out of the region a few times."""
    with launchHubServer(
        Keyboard={"enable": False},
        Mouse={"backend": "virtual"},
        Monitor={"backend": "virtual"},
    ) as io:
        io.startCustomTasklet("region", Region, x=0.0, y=0.0, half_width=50.0)
        for _ in range(20):
            io.devices.mouse.setPosition((200, 200))
            io.wait(0.005)
            io.devices.mouse.setPosition((0, 0))
            io.wait(0.005)
        entered = [event for event in io.devices.experiment.getEvents() if event.category]
        delays = [float(event.text) * 1000 for event in entered]
        print(f"entered {len(entered)} times; told {statistics.median(delays):.2f} ms (median)")
        print("after the move had reached the hub")


if __name__ == "__main__":
    main()
