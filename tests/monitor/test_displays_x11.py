"""Displays read from a real X server, and how RandR's numbers become ours."""

from __future__ import annotations

import contextlib
import subprocess
from types import SimpleNamespace

import pytest

pytest.importorskip("Xlib")

from iohub_x11.displays import (
    DisplaysUnreadableError,
    physical_size,
    read_displays,
    refresh_rate,
)
from tests.support.xserver import xvfb

INTERLACED, DOUBLE_SCAN = 0x10, 0x20


@pytest.fixture
def x_server():
    with contextlib.ExitStack() as servers:
        yield lambda size: servers.enter_context(xvfb("-screen", "0", f"{size}x24", "-noreset"))


def described(displays):
    return [(d.name, d.x, d.y, d.width, d.height, d.primary) for d in displays]


@pytest.mark.x11
def test_one_screen_is_one_display_whose_size_and_rate_are_not_known(x_server):
    (display,) = read_displays(x_server("1280x1024"))

    assert (display.x, display.y, display.width, display.height) == (0, 0, 1280, 1024)
    assert display.primary
    assert (display.width_mm, display.height_mm) == (None, None)
    assert display.refresh_hz is None
    assert display.scale is None


@pytest.mark.x11
def test_two_monitors_are_read_main_one_first_with_their_configured_sizes(x_server):
    name = x_server("2304x1024")
    for monitor, place, output in (
        ("LEFT", "1024/256x768/192+0+100", "none"),
        ("*RIGHT", "1280/320x1024/256+1024+0", "screen"),
    ):
        subprocess.run(
            ["xrandr", "-display", name, "--setmonitor", monitor, place, output], check=True
        )

    displays = read_displays(name)

    assert described(displays) == [
        ("RIGHT", 1024, 0, 1280, 1024, True),
        ("LEFT", 0, 100, 1024, 768, False),
    ]
    assert [(d.width_mm, d.height_mm) for d in displays] == [(320, 256), (256, 192)]


@pytest.mark.x11
def test_the_scale_factor_is_what_the_desktop_asks_clients_for(x_server):
    name = x_server("800x600")
    subprocess.run(
        ["xrdb", "-display", name, "-merge"], input=b"Xcursor.size: 5\nXft.dpi: 144\n", check=True
    )

    assert read_displays(name)[0].scale == 1.5


def test_a_server_that_is_not_there_is_an_error_that_names_display():
    with pytest.raises(DisplaysUnreadableError, match="check DISPLAY"):
        read_displays(":32199")


@pytest.mark.parametrize(
    ("clock", "across", "down", "flags", "rate"),
    [
        # CEA-861 modes: 1080p60, 1080i60 (two fields a frame), 240p as double scan
        (148_500_000, 2200, 1125, 0, 60.0),
        (74_250_000, 2200, 1125, INTERLACED, 60.0),
        (27_000_000, 1716, 262, DOUBLE_SCAN, 30.0267),
        (0, 2200, 1125, 0, None),
        (148_500_000, 0, 0, 0, None),
    ],
)
def test_the_refresh_rate_follows_from_the_mode(clock, across, down, flags, rate):
    mode = SimpleNamespace(dot_clock=clock, h_total=across, v_total=down, flags=flags)

    found = refresh_rate(mode)

    assert found == (rate if rate is None else pytest.approx(rate, abs=1e-3))


@pytest.mark.parametrize(
    ("given", "automatic", "outputs", "known"),
    [
        ((527, 296), True, [(527, 296)], (527, 296)),
        ((339, 271), True, [(0, 0)], (None, None)),  # the server's guess at 96 pixels an inch
        ((339, 271), False, [(0, 0)], (339, 271)),  # configured by a person
        ((0, 0), False, [], (None, None)),
        ((160, 90), True, [(160, 90)], (None, None)),  # an aspect ratio, no size
        ((500, 300), True, [(250, 300), (250, 300)], (None, None)),
        ((500, 300), True, [], (None, None)),
    ],
)
def test_a_size_nobody_measured_is_not_known(given, automatic, outputs, known):
    assert physical_size(*given, automatic=automatic, outputs=outputs) == known
