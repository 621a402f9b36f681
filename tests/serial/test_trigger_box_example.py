"""The trigger box example, as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("termios")

EXAMPLE = Path(__file__).parents[2] / "examples" / "trigger_box.py"


def test_the_example_sends_and_reads_trigger_codes_without_hardware(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLE)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["fixation", "target", "response", "end"]
    assert all(" came " in line for line in lines[:4])
    assert lines[-1] == "4 bytes sent, 7 received"
