"""``python -m iohub_core.hub``: the hub's process. Started by ``launchHubServer``, not by hand."""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
import sys
import traceback
from typing import Any, BinaryIO

from iohub_core.hub.bootstrap import Bootstrap, read_frame
from iohub_core.hub.notices import FAILED, NoticeSender, NoticeStream, log_to_script

# A thread that burns Python in the hub delays the thread that stamps events by up to this long;
# measured 0.22 ms median at 50 µs against 1.2 ms at Python's default of 5 ms.
SWITCH_INTERVAL_S = 50e-6


def main() -> int:
    """Run a hub until its script ends or tells it to stop; returns the exit code."""
    _ignore_terminal_signals()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    faulthandler.enable(2)  # a crash in a library leaves its traceback in the hub's last words
    script, notices = _take_over_pipes()
    # The slow imports run while the script is still checking its configuration.
    from iohub_core.hub.hub import Hub
    from iohub_core.plugins.manager import PluginManager

    try:
        manager = PluginManager()
        manager.load_installed()
    except Exception as error:  # noqa: BLE001 - carried to the script, which raises it
        _tell_failure(notices, error)
        return 1
    frame = read_frame(script)
    if frame is None:
        return 0  # the script gave up, e.g. because its configuration has faults
    import msgspec

    bootstrap = msgspec.msgpack.decode(frame, type=Bootstrap)
    sys.path[:] = bootstrap.sys_path
    hub = Hub(manager, bootstrap, notices)
    try:
        hub.start()
    except Exception as error:  # noqa: BLE001 - carried to the script, which raises it
        hub.stop("the start failed")
        _tell_failure(notices, error)
        return 1
    notices.stop_waiting()
    # What was made by now stays: without this a full collection walks all of it and holds every
    # event up for 5 to 11 ms (measured), some seconds apart when events come fast.
    gc.freeze()
    signal.signal(signal.SIGTERM, lambda *_: hub.ask_to_stop("it was told to terminate (SIGTERM)"))
    hub.run(script)
    return 0


def _ignore_terminal_signals() -> None:
    """Leave Ctrl-C and a closed terminal to the script; the hub ends when the script does."""
    for name in ("SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, signal.SIG_IGN)


def _take_over_pipes() -> tuple[BinaryIO, NoticeSender]:
    """Keep the two pipes to the script for the hub alone; prints go to the script as notices.

    A plugin that reads standard input or prints must not get into the frames.
    """
    script = os.fdopen(os.dup(0), "rb")
    notices = NoticeSender(os.dup(1))
    with open(os.devnull, "r+b") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    stream: Any = NoticeStream(notices)
    sys.stdout = sys.stderr = stream
    log_to_script(stream)
    return script, notices


def _tell_failure(notices: NoticeSender, error: BaseException) -> None:
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    notices.send(FAILED, type=type(error).__name__, message=str(error), traceback=text)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Daemon threads of backends may hold the interpreter up in libraries; everything is closed.
    os._exit(code)
