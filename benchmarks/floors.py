"""What the bare operations take, measured in the same run."""

from __future__ import annotations

import mmap
import subprocess
import sys
import tempfile
from multiprocessing.connection import Listener
from pathlib import Path

import numpy as np
from figures import each, median

_ECHO = """
import sys
from multiprocessing.connection import Client
with Client(sys.argv[1], "AF_UNIX", authkey=b"floor") as line:
    try:
        while True:
            line.send_bytes(line.recv_bytes())
    except EOFError:
        pass
"""


def exchange(turns: int = 3000) -> list[float]:
    """Return seconds of bare exchanges of 64 bytes between two processes."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "s")
        with Listener(path, "AF_UNIX", authkey=b"floor") as listener:
            child = subprocess.Popen([sys.executable, "-c", _ECHO, path])
            with listener.accept() as line:
                message = b"x" * 64

                def once() -> None:
                    line.send_bytes(message)
                    line.recv_bytes()

                each(once, 200)
                times = each(once, turns)
            child.wait(10)
    return times


def counter_read() -> float:
    """Return the seconds of reading a counter in mapped memory through a function."""
    block = mmap.mmap(-1, 4096)
    words = memoryview(block).cast("Q")
    seen = words[8]

    def once() -> bool:
        return bool(words[8] != seen)

    return median(each(once, 200, 1000))


def numpy_append() -> float:
    """Return the seconds of putting one row into a numpy array in memory."""
    rows = np.zeros(1 << 16, dtype=[(f"f{n}", "f8") for n in range(21)])
    row = tuple(float(n) for n in range(21))
    place = [0]

    def once() -> None:
        rows[place[0] & 0xFFFF] = row
        place[0] += 1

    return median(each(once, 100, 1000))
