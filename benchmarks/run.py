"""The figures of speed and time: ``python benchmarks/run.py [--quick] [--only …] [--write]``.

Prints one table: each figure beside what is to be reached and its floor, the bare operation
measured in the same run. Nothing is asserted; compare runs of one machine only. ``--write`` puts
the table into docs/explanation/figures.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import warnings
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import floors
import hub_figures
import input_figures
import reading_figures
from figures import Figure, markdown

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "figures.md"
PARTS = ("reading", "keys", "launch", "idle", "throughput", "many")


def measure(parts: Sequence[str], *, quick: bool) -> list[Figure]:
    """Measure the chosen parts."""
    found: list[Figure] = []
    floor = {"counter": floors.counter_read(), "append": floors.numpy_append()}
    turns = 300 if quick else 1500
    if "reading" in parts:
        with reading_figures.launched() as io:
            found += reading_figures.reading(io, floor, turns)
            found.append(reading_figures.messages(io))
    if "keys" in parts:
        found += input_figures.keys(turns)
    if "launch" in parts:
        found += hub_figures.launching(5 if quick else 9)
    if "idle" in parts:
        found += hub_figures.idling(5.0 if quick else 20.0)
    if "throughput" in parts:
        found += hub_figures.throughput(50_000 if quick else 300_000)
    if "many" in parts:
        with reading_figures.launched() as io:
            hub_figures.after_many(io, 100_000 if quick else 1_000_000)
            found += reading_figures.reading(io, floor, turns, ", after 1 million events")
            found.append(reading_figures.messages(io, ", after 1 million events"))
        with reading_figures.launched(monitor_devices=_ten_devices()) as io:
            found += reading_figures.reading(io, floor, turns, ", with 10 devices more")
            found.append(reading_figures.messages(io, ", with 10 devices more"))
    return found


def _ten_devices() -> list[dict[str, dict[str, str]]]:
    return [{"Bench": {"name": f"bench{number}"}} for number in range(10)]


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} in the docs")
    options = parser.parse_args()
    parts = options.only.split(",")
    unknown = set(parts) - set(PARTS)
    if unknown:
        sys.exit(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    # A benchmark that floods the buffers knows that they drop.
    warnings.simplefilter("ignore")
    table = markdown(measure(parts, quick=options.quick))
    print(table)
    if options.write:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(_page(table))


def _page(table: str) -> str:
    return f"""# Figures

Measured by `python benchmarks/run.py --write` on {date.today():%d %B %Y}: {os.cpu_count()} cores,
{platform.system()}, Python {platform.python_version()}, input from Xvfb by XTest. Each line stands
beside its floor, the bare operation measured in the same run. Medians; `p99` and `worst` are of
the same values. What the lines mean and what bounds them: [](speed.md), [](time.md).

A bare exchange takes about 14 µs when the system keeps both processes on one core and 30 to 65 µs
across two, whichever it chooses in that minute, and the line of `sendMessageEvent` is judged by it:
a message takes 21 to 24 µs either way, so it is 1.4 to 1.6 times its floor on one core (which
misses 1.3) and below 1 across cores. Runs of the same day showed both. Other work on the machine
shows in `p99`, `worst` and the SD first.

{table}
"""


if __name__ == "__main__":
    main()
