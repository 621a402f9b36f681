"""The examples as a participant meets them: as programs, with keys pressed from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from Xlib import X
from Xlib.ext import xtest

from ..support.xserver import Injector, xvfb

pytestmark = pytest.mark.x11
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with xvfb("-screen", "0", "800x600x24") as name:
        yield name


@pytest.fixture
def fingers(server: str) -> Iterator[Injector]:
    injector = Injector(server)
    yield injector
    injector.close()


def play(
    server: str, tmp_path: Path, command: list[str], until: str, act: Callable[[], Any]
) -> str:
    """Run a program; when it has printed ``until``, act; returns all it printed."""
    program = subprocess.Popen(
        [sys.executable, *command],
        env={**os.environ, "DISPLAY": server, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    stopper = threading.Timer(30.0, program.kill)
    stopper.start()
    assert program.stdout is not None
    printed = ""
    for line in program.stdout:
        printed += line
        if until in line:
            act()
            break
    out, err = program.communicate()
    stopper.cancel()
    assert program.returncode == 0, err
    return printed + out


def test_wait_for_q(server: str, fingers: Injector, tmp_path: Path) -> None:
    out = play(
        server,
        tmp_path,
        [str(EXAMPLES / "wait_for_q.py")],
        "Press q",
        # The wait forgets what came before it, so the keys come a moment after the prompt.
        lambda: (time.sleep(0.3), fingers.tap("w", "q")),
    )
    assert "KEYBOARD_PRESS: 'q'" in out


def test_reaction_time(server: str, fingers: Injector, tmp_path: Path) -> None:
    out = play(
        server,
        tmp_path,
        [str(EXAMPLES / "reaction_time.py")],
        "NOW",
        lambda: (time.sleep(0.25), fingers.tap("x", "space")),
    )
    reaction_time = float(out.split("Reaction time: ")[1].split(" ms")[0])
    assert 200 < reaction_time < 1000


def test_start_end_loop(server: str, fingers: Injector, tmp_path: Path) -> None:
    def act() -> None:
        time.sleep(0.3)
        move(fingers, 10, 10)
        fingers.tap("s")
        for step in range(1, 21):
            move(fingers, 10 + step, 10 + step)
        fingers.tap("e")
        move(fingers, 300, 300)

    out = play(server, tmp_path, [str(EXAMPLES / "start_end_loop.py")], "Press s", act)
    assert "20 moves in" in out


def test_a_script_for_psychopy_runs_after_its_imports_change(
    server: str, fingers: Injector, tmp_path: Path
) -> None:
    # As a script for psychopy.iohub is written; only the two import lines differ.
    script = tmp_path / "old_script.py"
    script.write_text(
        "from iohub_core.client import launchHubServer\n"
        "from iohub_core.constants import EventConstants\n"
        "from iohub_core.client.keyboard import KeyboardPress\n"
        "from iohub_core.devices import Computer\n"
        "from iohub_core.util import hideWindow, showWindow\n"
        "io = launchHubServer(Keyboard=dict(name='kb'))\n"
        "kb = io.getDevice('kb')\n"
        "assert io.getDevice('nothing') is None\n"
        "print('devices:', sorted(io.devices.getNames()), flush=True)\n"
        "io.clearEvents('all')\n"
        "print('go', flush=True)\n"
        "presses = kb.waitForPresses(maxWait=10.0, keys=['y', 'n'])\n"
        "assert isinstance(presses[0], KeyboardPress)\n"
        "print('y' in presses, presses[0].type, presses[0].device is kb)\n"
        "print(EventConstants.getName(EventConstants.KEYBOARD_PRESS), kb.state.keys() <= {'y'})\n"
        "hideWindow(None); showWindow(None)\n"
        "assert Computer.getTime() >= presses[0].time\n"
        "io.quit()\n"
    )
    out = play(server, tmp_path, [str(script)], "go", lambda: (time.sleep(0.3), fingers.tap("y")))
    assert "devices: ['experiment', 'kb', 'monitor', 'mouse']" in out
    assert "True KEYBOARD_PRESS True" in out


def move(fingers: Injector, x: int, y: int) -> None:
    """Move the mouse to a pixel."""
    xtest.fake_input(fingers.display, X.MotionNotify, x=x, y=y)
    fingers.display.sync()
    time.sleep(0.002)
