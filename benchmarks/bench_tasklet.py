"""From an event to a tasklet's answer, inside the hub.

Run ``python benchmarks/bench_tasklet.py``. A virtual mouse moves; a tasklet answers each move with
a message that carries how long after the move's arrival it was written. The floor is the same loop
without a hub: one thread waking an asyncio loop in another.
"""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
from typing import Any

from iohub_core import launchHubServer

MOVES = 2000


class Answers:
    """Answers every move."""

    async def run(self, hub: Any) -> None:
        """Answer until stopped."""
        async for event in hub.events("mouse", types=["MOUSE_MOVE"]):
            hub.send_message(f"{hub.now() - event.logged_time:.9f}", "answer")


def floor() -> list[float]:
    """Wake a loop in another thread many times; returns the delays in s."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    delays: list[float] = []
    for _ in range(MOVES):
        done = threading.Event()
        sent = time.perf_counter()

        def woken(sent: float = sent, done: threading.Event = done) -> None:
            delays.append(time.perf_counter() - sent)
            done.set()

        loop.call_soon_threadsafe(woken)
        done.wait()
    loop.call_soon_threadsafe(loop.stop)
    return delays


def show(name: str, delays: list[float]) -> None:
    """Print a row of the table."""
    ordered = sorted(delays)
    median, high = statistics.median(ordered) * 1e3, ordered[int(len(ordered) * 0.99)] * 1e3
    print(f"| {name} | {median:.3f} ms | {high:.3f} ms | {ordered[-1] * 1e3:.3f} ms |")


def main() -> None:
    """Measure and print."""
    print("| what | median | p99 | worst |\n|---|---|---|---|")
    show("floor: a thread wakes an asyncio loop", floor())
    with launchHubServer(
        Keyboard={"enable": False},
        Mouse={"backend": "virtual"},
        Monitor={"backend": "virtual"},
        Experiment={"event_buffer_length": 2 * MOVES},
        global_event_buffer=8 * MOVES,
    ) as io:
        io.startCustomTasklet("answers", Answers)
        mouse: Any = io.devices.mouse
        for number in range(MOVES):
            mouse.setPosition((number % 200, number % 100))
            time.sleep(0.0005)
        io.wait(0.2)
        answers = [event for event in io.devices.experiment.getEvents() if event.category]
    show(f"event → tasklet's answer ({len(answers)} of {MOVES})", [float(a.text) for a in answers])


if __name__ == "__main__":
    main()
