"""Each distribution as a wheel, installed where there is no source tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

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
