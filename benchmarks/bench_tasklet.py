"""How soon a tasklet reacts to an event: ``python benchmarks/bench_tasklet.py [--turns N]``.

A device's event is published, a tasklet hears of it and publishes one in answer. What is measured,
all in the hub on one clock: from the moment the event was made to the moment the tasklet had it,
and to the moment the hub took the answer to publish it (its ``logged_time``). The floor is the
wake-up of an idle asyncio loop from another thread, without any hub.
"""

from __future__ import annotations

import argparse
import asyncio
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench_device import BenchEvent
from figures import Figure, figure, markdown

from iohub_core import hookimpl, launchHubServer
from iohub_core.tasklets import Tasklet
from iohub_core.tasklets.facade import HubFacade

_DEVICE = str(Path(__file__).parent / "bench_device.py")
_ANSWER = 7  # auto_repeated of an answer: its duration is the time to the tasklet
PAUSE_S = 0.002


class Answers(Tasklet):
    """Answers from its own loop over the events."""

    async def run(self, hub: HubFacade) -> None:
        """Answer until stopped."""
        async for event in hub.events("bench"):
            answer(hub, event)


class AnswersInHook(Tasklet):
    """Answers from the hook that is told of every batch."""

    async def run(self, hub: HubFacade) -> None:
        """Stay until stopped."""
        self.hub = hub
        await asyncio.Event().wait()

    @hookimpl
    def iohub_events_published(self, events: Any) -> None:
        """Answer what is no answer itself."""
        for event in events:
            if event.type == BenchEvent.EVENT_TYPE_ID:
                answer(self.hub, event)


def answer(hub: HubFacade, event: Any) -> None:
    """Publish an event that says how long ago the other was made."""
    if event.auto_repeated == _ANSWER:
        return
    heard = hub.now() - event.time
    hub.emit(BenchEvent(auto_repeated=_ANSWER, time=event.time, duration=heard))


def reactions(tasklet: type[Tasklet], turns: int) -> tuple[list[float], list[float]]:
    """Return the seconds to the tasklet and to its answer, one of each an event."""
    with launchHubServer(plugins=[_DEVICE], monitor_devices=[{"Bench": {}}]) as io:
        io.startCustomTasklet("answers", _dotted(tasklet))
        heard: list[float] = []
        answered: list[float] = []
        for _ in range(turns):
            io.devices.bench.flood(1, 1)
            end = time.perf_counter() + 2.0
            while not (found := [e for e in io.devices.bench.getEvents() if e.auto_repeated]):
                if time.perf_counter() > end:
                    raise TimeoutError("the tasklet gave no answer within 2 s")
                time.sleep(PAUSE_S)
            heard.append(found[0].duration)
            answered.append(found[0].delay)
    return heard, answered


def floor_of_the_loop(turns: int) -> float:
    """Return the median seconds it takes to wake an idle asyncio loop from another thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    woken = threading.Event()
    taken: list[float] = []

    def wake(start: float) -> None:
        taken.append(time.perf_counter() - start)
        woken.set()

    for _ in range(turns):
        woken.clear()
        loop.call_soon_threadsafe(wake, time.perf_counter())
        woken.wait()
        time.sleep(PAUSE_S)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    return sorted(taken)[len(taken) // 2]


def _dotted(tasklet: type[Tasklet]) -> str:
    return f"{Path(__file__).stem}.{tasklet.__name__}"


def measure(turns: int) -> Sequence[Figure]:
    """Measure both ways of listening."""
    floor = floor_of_the_loop(turns) * 1e6
    found = []
    for tasklet, how in ((Answers, "async for"), (AnswersInHook, "its hook")):
        heard, answered = reactions(tasklet, turns)
        found.append(
            figure(
                f"event made → tasklet has it, {how}",
                heard,
                "µs",
                floor=floor,
                floor_name="a bare loop's wake-up",
            )
        )
        found.append(
            figure(f"event made → its answer taken by the hub, {how}", answered, "µs", reach=1e3)
        )
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=1000, help="events of each kind")
    print(markdown(measure(parser.parse_args().turns)))


if __name__ == "__main__":
    main()
