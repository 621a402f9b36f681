"""Give long work to a thread, so that the tasklet loop stays free."""

from __future__ import annotations

from iohub_core import launchHubServer
from iohub_core.tasklets import Tasklet
from iohub_core.tasklets.facade import HubFacade


def primes_below(limit: int) -> int:
    """Count primes the slow way."""
    return sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, limit))


class Counts(Tasklet):
    """Counts primes in a thread."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    async def run(self, hub: HubFacade) -> None:
        """Count, then tell."""
        found = await hub.run_in_thread(primes_below, self.limit)
        hub.send_message(f"{found} primes below {self.limit}")


def main() -> None:
    """Start the work and go on meanwhile."""
    with launchHubServer(monitor_devices=["Experiment"]) as io:
        io.startCustomTasklet("counts", Counts, limit=30_000)
        for number in range(3):
            io.sendMessageEvent(f"meanwhile {number}")
        texts: list[str] = []
        while len(texts) < 4:
            texts += [event.text for event in io.devices.experiment.getEvents()]
            io.wait(0.01)
        print("\n".join(texts))


if __name__ == "__main__":
    main()
