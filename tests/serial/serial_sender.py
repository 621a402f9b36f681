"""A serial device in a process of its own: numbered messages at a steady rate, never waiting.

Prints the port's name; waits for a line; sends; prints how many messages the line refused and how
long it took; holds the line until its input ends. Run as ``serial_sender.py count rate``.
"""

from __future__ import annotations

import os
import pty
import sys
import time
import tty


def message(number: int) -> bytes:
    """Return message ``number``: 13 bytes."""
    return b"M%010d\r\n" % number


def main() -> None:
    """Be the device."""
    count, rate = int(sys.argv[1]), float(sys.argv[2])
    far, near = pty.openpty()
    tty.setraw(near)
    os.set_blocking(far, False)  # a UART doesn't wait for its reader either
    print(os.ttyname(near), flush=True)
    sys.stdin.readline()
    refused = 0
    began = time.perf_counter()
    for number in range(count):
        ahead = began + number / rate - time.perf_counter()
        if ahead > 0:
            time.sleep(ahead)
        content = message(number)
        try:
            refused += os.write(far, content) != len(content)
        except BlockingIOError:
            refused += 1
    print(refused, time.perf_counter() - began, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
