"""How soon the script knows: empty calls, one event, a thousand, messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import floors
from figures import Figure, each, figure, median

from iohub_core import launchHubServer

BENCH = str(Path(__file__).with_name("bench_device.py"))


def launched(**more: Any) -> Any:
    """Launch a hub with the bench device and virtual input devices."""
    more.setdefault("Keyboard", {"backend": "virtual"})
    more.setdefault("Mouse", {"backend": "virtual"})
    more.setdefault("Monitor", {"backend": "virtual"})
    return launchHubServer(
        plugins=[BENCH], Bench={"event_buffer_length": 2048}, Experiment={}, **more
    )


def reading(io: Any, floor: dict[str, float], turns: int = 1500, suffix: str = "") -> list[Figure]:
    """Measure what a script asks for every frame."""
    keyboard, bench = io.devices.keyboard, io.devices.bench
    io.clearEvents()
    counter = {"floor": floor["counter"] * 1e6, "floor_name": "a counter read"}
    found = [
        figure(
            f"`getEvents()` with nothing new{suffix}",
            each(io.getEvents, 1000, 50),
            "µs",
            reach=1.0,
            **counter,
        ),
        figure(
            f"`keyboard.getKeys()` with nothing new{suffix}",
            each(keyboard.getKeys, 1000, 50),
            "µs",
            reach=1.0,
            **counter,
        ),
    ]
    append = {"floor": floor["append"] * 1e6, "floor_name": "a numpy append"}
    one = _with_events(io, bench, 1, turns)
    found.append(figure(f"`getEvents()` with one event{suffix}", one, "µs", reach=8.0, **append))
    thousand = _with_events(io, bench, 1000, max(20, turns // 20))
    append_ms = {"floor": floor["append"] * 1e6, "floor_name": "1,000 numpy appends"}
    found.append(
        figure(f"`getEvents()` with 1,000 events{suffix}", thousand, "ms", reach=1.5, **append_ms)
    )
    return found


def messages(io: Any, suffix: str = "", turns: int = 3000) -> Figure:
    """Measure ``sendMessageEvent`` beside a bare exchange, in turns, so that both see one load."""
    send = io.sendMessageEvent
    each(lambda: send("warm"), 100)
    sent: list[float] = []
    bare: list[float] = []
    for _ in range(6):
        bare += floors.exchange(turns // 6)
        sent += each(lambda: send("a message"), turns // 6)
    floor = median(bare) * 1e6
    return figure(
        f"`sendMessageEvent`{suffix}",
        sent,
        "µs",
        reach=1.3 * floor,
        floor=floor,
        floor_name="a bare exchange",
    )


def _with_events(io: Any, bench: Any, count: int, turns: int) -> list[float]:
    times = []
    for _ in range(turns):
        bench.flood(count, count)
        times += each(io.getEvents, 1)
    return times
