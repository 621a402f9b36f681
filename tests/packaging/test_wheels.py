"""Each distribution as a wheel, installed where there is no source tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path

import pytest

from ..support.xserver import Injector, xvfb

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = sorted(
    path.parent
    for path in [ROOT / "core" / "pyproject.toml", *ROOT.glob("plugins/*/pyproject.toml")]
)
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "DISPLAY"}}


@pytest.fixture(scope="module")
def clean_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the wheels of all distributions, and beside them only libraries."""
    folder = tmp_path_factory.mktemp("wheels")
    for distribution in DISTRIBUTIONS:
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")],
            cwd=distribution,
            check=True,
            capture_output=True,
        )
    wheels = [str(path) for path in sorted((folder / "dist").glob("*.whl"))]
    assert len(wheels) == len(DISTRIBUTIONS)
    environment = folder / "env"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    subprocess.run(
        [str(python), "-m", "pip", "install", "-q", "--no-deps", "--no-index", *wheels],
        check=True,
        capture_output=True,
    )
    # Libraries come from the environment of the tests, by a path file. Path files in that folder,
    # the editable installs' among them, are not followed.
    site = next((environment / "lib").glob("python*/site-packages"))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def test_the_wheels_are_what_is_imported(clean_python: Path, tmp_path: Path) -> None:
    names = [distribution.name for distribution in DISTRIBUTIONS]
    modules = ["iohub_core" if name == "core" else f"iohub_{name}" for name in names]
    code = "import {}; print([m.__file__ for m in ({},)])".format(
        ", ".join(modules), ", ".join(modules)
    )
    found = subprocess.run(
        [str(clean_python), "-c", code],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(ROOT) not in found
    assert found.count("site-packages") == len(modules)


@pytest.mark.parametrize("tests", ["core", "experiment"])
def test_the_tests_pass_without_the_source_tree(
    clean_python: Path, tmp_path: Path, tests: str
) -> None:
    shutil.copytree(ROOT / "tests" / tests, tmp_path / "tests" / tests)
    shutil.copytree(ROOT / "tests" / "support", tmp_path / "tests" / "support")
    for name in ("__init__.py", "conftest.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests" / name)
    done = subprocess.run(
        [
            str(clean_python),
            "-m",
            "pytest",
            "-q",
            "--import-mode=importlib",
            "-p",
            "no:cacheprovider",
        ],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def test_the_keyboard_works_with_the_core_alone(clean_python: Path, tmp_path: Path) -> None:
    code = (
        "import warnings\n"
        "from iohub_core import launchHubServer\n"
        "warnings.simplefilter('ignore')\n"
        "io = launchHubServer(monitor_devices=['Keyboard'])\n"
        "print('go', flush=True)\n"
        "print(io.devices.keyboard.waitForPresses(maxWait=10, keys=['k']))\n"
        "io.quit()\n"
    )
    site = next(clean_python.parents[1].glob("lib/python*/site-packages"))
    away = tmp_path / "away"
    away.mkdir()
    moved = [
        path
        for path in site.iterdir()
        if path.name.startswith("iohub_")
        and not path.name.startswith(("iohub_core", "iohub_keyboard"))
    ]
    for path in moved:
        path.rename(away / path.name)
    try:
        with xvfb("-screen", "0", "640x480x24") as server:
            program = subprocess.Popen(
                [str(clean_python), "-c", code],
                cwd=tmp_path,
                env={**ENVIRONMENT, "DISPLAY": server},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            assert program.stdout is not None
            printed = program.stdout.readline()
            fingers = Injector(server)
            time.sleep(0.3)
            fingers.tap("k")
            out, err = program.communicate(timeout=30)
            fingers.close()
    finally:
        for path in away.iterdir():
            path.rename(site / path.name)
    assert printed == "go\n", err
    assert "KeyboardPress 'k'" in out, err


def test_each_plugin_works_beside_the_core_alone(clean_python: Path, tmp_path: Path) -> None:
    code = (
        "from iohub_core.plugins.manager import PluginManager\n"
        "m = PluginManager(blocked=set(), strict=True); m.load_installed()\n"
        "print(sorted(m.report.entries))"
    )
    done = subprocess.run(
        [str(clean_python), "-c", code],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in ("keyboard", "mouse", "monitor", "experiment", "serial", "datastore"):
        assert repr(name) in done.stdout
