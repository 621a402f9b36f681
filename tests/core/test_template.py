"""The plugin template: copied, it passes its own tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TEMPLATE = Path(__file__).parents[2] / "templates" / "plugin"


@pytest.mark.skipif(not TEMPLATE.exists(), reason="the template is part of the source tree only")
def test_a_copy_of_the_template_passes_its_tests(tmp_path: Path) -> None:
    copy = tmp_path / "plugin"
    shutil.copytree(TEMPLATE, copy)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout
