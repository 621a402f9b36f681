"""Mark every second of a recording, from a tasklet in the hub.

The script may be busy, or asleep: the marks come all the same.
"""

from __future__ import annotations

import sys

from iohub_core import launchHubServer
from iohub_core.tasklets import Tasklet
from iohub_core.tasklets.facade import HubFacade


class Marker(Tasklet):
    """Sends a message at regular intervals, without adding up its own delays."""

    def __init__(self, interval: float) -> None:
        self.interval = interval

    async def run(self, hub: HubFacade) -> None:
        """Mark until stopped."""
        start, count = hub.now(), 0
        while True:
            hub.send_message(f"mark {count}", "marker")
            count += 1
            await hub.sleep_until(start + count * self.interval)


def main(interval: float) -> None:
    """Run the marker for three intervals and show what it sent."""
    with launchHubServer(monitor_devices=["Experiment"]) as io:
        io.startCustomTasklet("marker", Marker, interval=interval)
        io.wait(3.2 * interval)
        io.stopCustomTasklet("marker")
        marks = io.devices.experiment.getEvents()
        for mark in marks:
            print(f"{mark.time - marks[0].time:7.3f} s  {mark.text}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
