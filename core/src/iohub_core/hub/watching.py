"""The hub follows its script: when that ends, however it ends, so does the hub."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import psutil

from iohub_core.hub.threads import start_thread


def watch_script(script: BinaryIO, script_pid: int, ended: Callable[[str], None]) -> None:
    """Call ``ended(reason)`` when the script is gone.

    Two signs, each in a thread that sleeps: the end of the pipe that only the script holds, and
    the end of its process (a child of the script may have inherited the pipe and outlive it).
    """

    def pipe() -> None:
        while script.read(1):
            pass
        ended("the script closed its end, or was killed")

    def process() -> None:
        try:
            psutil.Process(script_pid).wait()
        except psutil.NoSuchProcess:
            pass
        except psutil.AccessDenied:
            return  # the pipe alone will tell
        ended("the script's process ended")

    start_thread("script-pipe", pipe)
    start_thread("script-process", process)
