"""What the tests with real processes share."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from iohub_core import ioHubConnection, launchHubServer

TOY = str(Path(__file__).parents[1] / "support" / "toy_device.py")


@pytest.fixture
def launch() -> Iterator[Callable[..., ioHubConnection]]:
    """Launch a hub with the toy device; it is gone when the test ends, whatever the test does."""

    def start(**keywords: Any) -> ioHubConnection:
        keywords.setdefault("plugins", [TOY])
        keywords.setdefault("monitor_devices", [{"Toy": {}}])
        return launchHubServer(**keywords)

    yield start
    active = ioHubConnection.getActiveConnection()
    if active is None:
        return
    try:
        active.quit()
    except ConnectionError:
        assert not psutil.pid_exists(active.iohub_process_id)


@pytest.fixture
def toy_io(launch: Callable[..., ioHubConnection]) -> ioHubConnection:
    """A hub with the toy device."""
    return launch()


def start_script(text: str, folder: Path, **options: Any) -> subprocess.Popen[str]:
    """Start a script from a file in ``folder``; TOY in its text is the toy plugin's path."""
    path = folder / "experiment.py"
    path.write_text(textwrap.dedent(text).replace("TOY", repr(TOY)))
    return subprocess.Popen(
        [sys.executable, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
        **options,
    )
