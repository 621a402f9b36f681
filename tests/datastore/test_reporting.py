"""The report: one page that needs nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from iohub_core import launchHubServer
from iohub_datastore.report.command import report_command


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten trials in two conditions."""
    folder = tmp_path_factory.mktemp("reported")
    with launchHubServer(
        experiment_code="demo",
        session_code="<s1>",
        datastore_name=str(folder / "data"),
        Keyboard={"backend": "virtual"},
        Mouse={"enable": False},
        Monitor={"enable": False},
    ) as io:
        keyboard: Any = io.devices.keyboard
        io.createTrialHandlerRecordTable([{"side": "left"}, {"side": "right"}])
        for number in range(10):
            io.sendMessageEvent(f"cue {number}", category="cue")
            keyboard.simulate("space", duration=0.0)
            io.addTrialHandlerRecord({"side": "left" if number % 2 else "right"})
        io.devices.experiment.log("something <odd> happened", "WARNING")
    return folder / "data.hdf5"


class Page(HTMLParser):
    """Collects tags and what they refer to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in {"meta", "br", "line", "rect"}:
            self.open.append(tag)
        self.links += [value for name, value in attrs if name in {"src", "href"}]

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        return

    def handle_endtag(self, tag: str) -> None:
        if tag in {"line", "rect"}:
            return
        assert self.open.pop() == tag


def make(recorded: Path, tmp_path: Path, *options: str) -> str:
    target = tmp_path / "report.html"
    done = CliRunner().invoke(report_command, [str(recorded), "--out", str(target), *options])
    assert done.exit_code == 0, done.output
    return target.read_text(encoding="utf-8")


def test_the_page_is_whole_and_fetches_nothing(recorded: Path, tmp_path: Path) -> None:
    text = make(recorded, tmp_path)
    page = Page(text)
    assert page.open == []
    assert page.links == []
    assert "http" not in re.sub(r"<title>.*?</title>", "", text)


def test_the_page_tells_what_happened(recorded: Path, tmp_path: Path) -> None:
    text = make(recorded, tmp_path, "--condition", "side")
    for expected in (
        "Session 1: &lt;s1&gt;",
        "KEYBOARD_PRESS",
        "events were recorded, none was lost",
        "side = left",
        "side = right",
        "something &lt;odd&gt; happened",
        "iohub-core 0.1.0",
        "KeyboardInputEvent",
    ):
        assert expected in text, expected
    assert text.count("<svg") >= 6


def test_an_unknown_session_is_told(recorded: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(report_command, [str(recorded), "--session", "none"])
    assert done.exit_code == 1
    assert "no session 'none'" in done.output


def test_an_unknown_condition_is_told(recorded: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(report_command, [str(recorded), "--condition", "sid"])
    assert done.exit_code == 1
    assert "no trial variable 'sid'; did you mean 'side'?" in done.output
