"""``launchHubServer``: check the settings, start the hub, connect."""

from __future__ import annotations

import atexit
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from iohub_core.client.connection import ioHubConnection
from iohub_core.client.hub_process import HubProcess
from iohub_core.client.shipping import shipped
from iohub_core.computer import Computer, set_processes, this_clock
from iohub_core.config.load import make_plan
from iohub_core.errors import HubStartError
from iohub_core.hub.bootstrap import Bootstrap
from iohub_core.plugins.manager import PluginManager

START_TIMEOUT_S = 60.0


def launchHubServer(**kwargs: Any) -> ioHubConnection:
    """Start the hub and connect to it; if this script has one already, return its connection.

    Without keywords the default devices of the installed plugins are watched and nothing is
    recorded. Works from a script (no ``__main__`` guard needed), ``python -c``, a notebook and
    pytest. Use it with ``with``, or call ``quit()``; a script that ends otherwise takes its hub
    with it.

    Args:
        **kwargs: ``experiment_code``, ``session_code``, ``experiment_info``, ``session_info``,
            ``datastore_name`` (these record to a file), ``window``, ``iohub_config_name``,
            ``psychopy_monitor_name``, any top-level key of the configuration file, and any device
            class name with its settings: ``Keyboard={"name": "kb"}``.

    Returns:
        The connection.

    Raises:
        ConfigError: with every fault of the settings, before anything starts.
        HubStartError: if the hub could not start; with the cause and the hub's traceback.
    """
    active = ioHubConnection.getActiveConnection()
    if active is not None:
        return active
    if Computer.is_iohub_process:
        raise HubStartError(
            f"launchHubServer() was called inside a hub, while it imported {_caller_file()}: that "
            "file has the name of a library or plugin the hub needs. Rename your script"
        )
    clock = _experiment_clock()
    folder = _private_folder()
    process = HubProcess(folder)
    try:
        # The hub's interpreter starts up while the configuration is read here.
        script_folder = find_script_folder()
        manager = PluginManager()
        manager.load_installed()
        plan = make_plan(manager, script_folder, kwargs)
        key = secrets.token_bytes(32)
        bootstrap = Bootstrap(
            key=key,
            folder=str(folder),
            zero=clock.zero,
            script_pid=os.getpid(),
            plan=shipped(plan.as_data()),
            sys_path=_import_path(script_folder),
        )
        description = process.begin(bootstrap, START_TIMEOUT_S)
        set_processes(is_hub=False, hub_pid=description["pid"], script_pid=os.getpid())
        connection = ioHubConnection(process, manager, plan, description, key)
    except BaseException:
        process.kill()
        _remove(folder)
        raise
    atexit.register(_quit_at_exit, connection)
    return connection


def find_script_folder() -> Path:
    """Return the folder of the running script; the current folder in a notebook or a REPL."""
    main_file = getattr(sys.modules.get("__main__"), "__file__", None)
    # Under a runner (pytest, ipython) the main file is the runner's, not the user's.
    if main_file and not _is_installed(Path(main_file)):
        return Path(main_file).resolve().parent
    return Path.cwd()


def _is_installed(path: Path) -> bool:
    resolved = path.resolve()
    return (
        resolved.parent == Path(sys.executable).resolve().parent
        or any(part in {"site-packages", "dist-packages"} for part in resolved.parts)
        or resolved.parent == Path(sys.prefix).resolve() / "bin"
    )


def _experiment_clock() -> Any:
    """Return this process's clock, counted from PsychoPy's zero where PsychoPy is loaded."""
    clock = this_clock()
    if "psychopy.clock" in sys.modules:
        from iohub_core.clock import experiment_zero

        clock.zero = experiment_zero()
    return clock


def _private_folder() -> Path:
    """Make a folder only this user can enter, in memory where the system offers that.

    The buffers are mapped files there: on a disk their pages would be written back now and then,
    and a page that is being written holds up the thread that stores an event in it.
    """
    memory = Path("/dev/shm")
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    return Path(tempfile.mkdtemp(prefix="iohub-", dir=memory if usable else None))


def _import_path(script_folder: Path) -> list[str]:
    """Return the script's import path, its own folder first, for the hub."""
    path = [entry or os.getcwd() for entry in sys.path]
    return path if str(script_folder) in path else [str(script_folder), *path]


def _caller_file() -> str:
    """Return the file that called ``launchHubServer``."""
    return sys._getframe(2).f_code.co_filename


def _quit_at_exit(connection: ioHubConnection) -> None:
    """End a hub the script has not quit, so that its file is closed before the script is gone."""
    try:
        connection.shutdown()
    except Exception as error:  # noqa: BLE001 - at exit there is nobody left to catch it
        sys.stderr.write(f"iohub: at the script's end: {error}\n")


def _remove(folder: Path) -> None:
    import shutil

    for _ in range(3):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.01)
