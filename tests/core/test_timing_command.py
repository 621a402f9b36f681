"""``iohubctl timing``: injects events and judges their times."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from iohub_core.cli.timing import timing
from iohub_core.cli.timing_stats import Trial, histogram, quantile, summarise
from tests.support.xserver import xvfb


def told(*arguments: str) -> dict[str, Any]:
    """Run the command in this process and return what it told in JSON."""
    result = CliRunner().invoke(timing, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def trial(error: float, *, interval: float = 0.0005, took: float = 0.0001) -> Trial:
    return Trial(
        before=1.0,
        after=1.0 + took,
        time=1.0 + error,
        confidence_interval=interval,
        logged_time=1.002,
        returned=1.003,
    )


def test_an_interval_that_reaches_into_the_injection_covers_it() -> None:
    assert trial(0.0004).covered
    assert trial(-0.0004).covered
    assert trial(0.00055).covered  # the injection took 0.1 ms
    assert not trial(0.00065).covered
    assert not trial(-0.00055).covered


def test_figures_are_in_milliseconds_and_count_what_was_lost() -> None:
    summary = summarise("idle", [trial(0.0001), trial(0.0002), trial(0.0009)], injected=4)
    assert summary.lost == 1
    assert summary.median == pytest.approx(0.2)
    assert summary.p99 == pytest.approx(0.9)
    assert summary.coverage == pytest.approx(200 / 3)
    assert summary.arrival == pytest.approx(2.0)
    assert summary.script == pytest.approx(3.0)


def test_figures_of_nothing_are_not_numbers_and_no_error() -> None:
    summary = summarise("idle", [], injected=3)
    assert summary.lost == 3
    assert summary.median != summary.median


def test_the_histogram_counts_every_value() -> None:
    lines = histogram([0.01 * n for n in range(100)], bins=10)
    assert len(lines) == 10
    assert sum(int(line.split()[-1]) for line in lines) == 100
    assert len(histogram([0.5, 0.5])) == 15
    assert histogram([]) == []


def test_a_quantile_is_one_of_the_values() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([1.0], 0.99) == 1.0


def test_the_virtual_keyboard_loses_nothing_and_its_intervals_are_honest() -> None:
    answer = told("--backend", "virtual", "--seconds", "0.5")
    (idle,) = answer["conditions"]
    assert answer["source"] == "virtual"
    assert idle["injected"] > 3
    assert idle["lost"] == 0
    assert idle["coverage"] >= 90


def test_without_a_display_it_says_that_the_keyboard_is_virtual(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    result = CliRunner().invoke(timing, ["--seconds", "0.5"], catch_exceptions=False)
    assert "VIRTUAL" in result.stdout
    assert "there is no X display" in result.stdout
    assert "holds the injection" in result.stdout


@pytest.mark.x11
def test_keys_injected_into_an_x_server_are_measured_idle_and_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with xvfb() as display:
        monkeypatch.setenv("DISPLAY", display)
        answer = told("--seconds", "1", "--load", "--busy", "1")
    assert answer["source"] == "x11"
    assert [one["condition"] for one in answer["conditions"]] == ["idle", "1 busy processes"]
    for one in answer["conditions"]:
        assert one["lost"] == 0
        assert one["coverage"] >= 80  # 95 and more on a machine that does nothing else
    assert answer["clock_sync"]["source"] == "monotonic"


def test_a_serial_port_wired_to_itself_is_measured(tmp_path: Path) -> None:
    pytest.importorskip("termios")
    pytest.importorskip("iohub_serial")
    import pty
    import tty

    far, near = pty.openpty()
    tty.setraw(near)

    def echo() -> None:
        while True:
            try:
                data = os.read(far, 256)
                if data == b"!":
                    return
                os.write(far, data)
            except OSError:
                return

    wire = threading.Thread(target=echo)
    wire.start()
    try:
        answer = told("--loopback", os.ttyname(near), "--seconds", "0.5")
    finally:
        os.write(near, b"!")
        wire.join(5)
        os.close(near)
        os.close(far)
    (idle,) = answer["conditions"]
    assert answer["source"] == "serial"
    assert idle["injected"] > 3
    assert idle["lost"] == 0


def test_a_backend_that_can_not_be_injected_into_is_refused() -> None:
    result = CliRunner().invoke(timing, ["--backend", "pynput"])
    assert result.exit_code == 2
    assert "use x11 or virtual" in result.output
