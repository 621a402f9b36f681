"""Displays through screeninfo: how its answers become ours (the systems it is for aren't here)."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from iohub_core.clock import VirtualClock
from iohub_core.devices import BackendContext
from iohub_core.errors import BackendUnavailableError
from iohub_monitor.backends.screeninfo import ScreenInfoDisplays
from iohub_monitor.config import MonitorSettings

screeninfo = pytest.importorskip("screeninfo")


@pytest.fixture
def backend():
    context = BackendContext(
        device_name="monitor",
        clock=VirtualClock(),
        log=logging.getLogger(__name__),
        failed=lambda text, trace: None,
    )
    return ScreenInfoDisplays(MonitorSettings(), context)


def answer(name, x, primary, millimetres):
    return SimpleNamespace(
        name=name,
        x=x,
        y=0,
        width=1000,
        height=500,
        width_mm=millimetres,
        height_mm=millimetres,
        is_primary=primary,
    )


def test_the_main_display_comes_first_and_a_size_of_zero_is_not_known(backend, monkeypatch):
    answers = [answer("B", -1000, False, 0), answer(None, 0, True, 300)]
    monkeypatch.setattr(screeninfo, "get_monitors", lambda: answers)

    found = backend.displays()

    assert [(d.name, d.x, d.primary, d.width_mm) for d in found] == [
        ("display-1", 0, True, 300),
        ("B", -1000, False, None),
    ]
    assert found[0].refresh_hz is None


def test_a_system_without_displays_is_an_error_that_says_so(backend, monkeypatch):
    def fail():
        raise screeninfo.ScreenInfoError("No enumerators available")

    monkeypatch.setattr(screeninfo, "get_monitors", fail)

    with pytest.raises(BackendUnavailableError, match="No enumerators available"):
        backend.displays()
