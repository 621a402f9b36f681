"""The examples that need no screen, as programs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["marker_tasklet.py", "0.1"], "mark 3"),
        (["gaze_contingent_loop.py"], "entered 20 times"),
        (["long_computation_tasklet.py"], "3245 primes below 30000"),
        (["one_file_device/run.py"], " beats, the latest"),
    ],
)
def test_example(command: list[str], expected: str, tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / command[0]), *command[1:]],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout
