#!/usr/bin/env python3
"""Set everything up and run it: ``python3 dev.py demo`` or ``python3 dev.py test``.

Needs nothing but Python 3.10 or later (and apt on Linux). Makes a virtual environment in
``.venv``, installs the distributions of this repository into it, and the system's packages that
the tests need where it may.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
# In the order of their dependencies: none needs one that stands below it.
DISTRIBUTIONS = (
    "core",
    "plugins/x11",
    "plugins/keyboard",
    "plugins/mouse",
    "plugins/monitor",
    "plugins/experiment",
    "plugins/serial",
    "plugins/datastore",
    "plugins/evdev",
)
# Program the tests start -> Debian package that has it.
SYSTEM_PROGRAMS = {
    "Xvfb": "xvfb",
    "setxkbmap": "x11-xkb-utils",
    "xrandr": "x11-xserver-utils",
}


def main() -> int:
    """Run one task; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    tasks = {
        "setup": (setup, "install everything"),
        "demo": (demo, "run the reaction-time demo and record it"),
        "test": (test, "run all tests"),
        "check": (check, "lint, types, import contracts and docs"),
        "docs": (docs, "build the documentation"),
        "clean": (clean, "remove what setup made"),
    }
    parser.add_argument(
        "task", choices=tasks, help="; ".join(f"{k}: {v[1]}" for k, v in tasks.items())
    )
    known, rest = parser.parse_known_args()
    return tasks[known.task][0](rest)


def setup(_: list[str]) -> int:
    """Make the environment, if it is not there and up to date."""
    if sys.version_info < (3, 10):  # noqa: UP036 - the one file that older Pythons get to see
        sys.exit(f"Python 3.10 or later is needed; this is {sys.version.split()[0]}")
    distributions = [one for one in DISTRIBUTIONS if (ROOT / one / "pyproject.toml").exists()]
    wanted = _fingerprint(distributions)
    stamp = ENVIRONMENT / "iohub-setup.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return 0
    say(f"setting up {ENVIRONMENT} (a few minutes the first time)")
    if not _python().exists():
        venv.create(ENVIRONMENT, with_pip=True)
    pip = [str(_python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    constraints = ["-c", str(ROOT / "constraints.txt")]
    editable = [part for one in distributions for part in ("-e", str(ROOT / one))]
    run([*pip, *constraints, "-r", str(ROOT / "requirements-dev.txt"), *editable])
    stamp.write_text(wanted)
    return 0


def demo(arguments: list[str]) -> int:
    """Set up and run ``iohubctl demo``."""
    setup([])
    return run([str(_bin("iohubctl")), "demo", *arguments], check=False)


def test(arguments: list[str]) -> int:
    """Set up and run all tests; further arguments go to pytest."""
    setup([])
    _system_packages()
    return run([str(_python()), "-m", "pytest", *arguments], check=False)


def check(_: list[str]) -> int:
    """Run everything that reads the code without running it, and build the docs."""
    setup([])
    tool = [str(_python()), "-m"]
    code = 0
    for command in (
        [*tool, "ruff", "check", "."],
        [*tool, "ruff", "format", "--check", "."],
        [*tool, "mypy"],
        [str(_bin("lint-imports"))],
    ):
        code |= run(command, check=False)
    return code | docs([])


def docs(_: list[str]) -> int:
    """Build the documentation into docs/_build."""
    setup([])
    out = ROOT / "docs" / "_build"
    return run(
        [
            str(_python()),
            "-m",
            "sphinx",
            "-W",
            "--keep-going",
            "-q",
            "-b",
            "html",
            "docs",
            str(out),
        ],
        check=False,
    )


def clean(_: list[str]) -> int:
    """Remove the environment and what was built."""
    for path in (ENVIRONMENT, ROOT / "docs" / "_build"):
        shutil.rmtree(path, ignore_errors=True)
    return 0


def _system_packages() -> None:
    """Install what the tests need of the system, or say exactly what that is."""
    if not sys.platform.startswith("linux"):
        say("on this system the X11 tests are skipped; they are untested here")
        return
    missing = {package for program, package in SYSTEM_PROGRAMS.items() if not shutil.which(program)}
    if not missing:
        return
    install = ["apt-get", "install", "-y", "-q", *sorted(missing)]
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    say(f"installing the system packages {', '.join(sorted(missing))}")
    may = shutil.which("apt-get") and (not prefix or shutil.which("sudo"))
    update = [*prefix, "apt-get", "update", "-q"]
    if may and run(update, check=False) == 0 and run([*prefix, *install], check=False) == 0:
        return
    sys.exit(
        "The tests need these system packages, and they could not be installed from here:\n"
        f"    sudo {' '.join(install)}\nInstall them and run this again."
    )


def _fingerprint(distributions: list[str]) -> str:
    """Return what changes when the environment has to be made anew."""
    digest = hashlib.sha256(sys.version.encode())
    files = [ROOT / one / "pyproject.toml" for one in distributions]
    for path in (*files, ROOT / "constraints.txt", ROOT / "requirements-dev.txt"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _bin(name: str) -> Path:
    folder = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
    return folder / (f"{name}.exe" if os.name == "nt" else name)


def _python() -> Path:
    return _bin("python")


def run(command: list[str], *, check: bool = True) -> int:
    """Run a command and show what it is; with ``check`` its failure ends everything."""
    say("$ " + " ".join(command).replace(str(ROOT) + os.sep, ""))
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if check and code:
        sys.exit(code)
    return code


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201 - this is a command-line script


if __name__ == "__main__":
    sys.exit(main())
