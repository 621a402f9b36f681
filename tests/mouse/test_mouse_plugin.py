"""What iohub-mouse declares, and what it takes from a PsychoPy window."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from iohub_core.config.validate import settings_from
from iohub_core.plugins.declarations import resolve
from iohub_monitor import plugin as monitor_plugin
from iohub_mouse import plugin
from iohub_mouse.config import MouseSettings
from iohub_mouse.window import settings_from_window, window_info
from iohub_mouse.windows import window_from


class Calibration:
    """Looks like psychopy.monitors.Monitor."""

    def getWidth(self):
        return 52.0

    def getDistance(self):
        return None

    def getSizePix(self):
        return (1920, 1080)


def test_a_window_is_registered_from_the_start():
    window = SimpleNamespace(
        _hw_handle=4711, size=(800, 600), pos=(10, 20), screen=1, units="deg", monitor=Calibration()
    )

    settings = settings_from_window(window)

    assert settings == {
        "windows": [
            {
                "handle": 4711,
                "size": [800, 600],
                "pos": [10, 20],
                "screen": 1,
                "units": "deg",
                "monitor": {"width": 52, "resolution": [1920, 1080]},
            }
        ]
    }
    assert settings_from(MouseSettings, settings, (), pytest.fail) is not None
    assert window_from(settings["windows"][0]).pix_per_cm == pytest.approx(1920 / 52)


@pytest.mark.parametrize(
    "window", [object(), SimpleNamespace(size=(1, 2)), SimpleNamespace(_hw_handle=5)]
)
def test_a_window_without_handle_or_size_is_no_window_to_register(window):
    assert settings_from_window(window) == {}


def test_a_window_that_tells_little_begins_at_the_corner_and_counts_pixels():
    info = window_info(SimpleNamespace(handle=5, size=[30, 40], pos=None, units=None, monitor="x"))

    assert info == {"handle": 5, "size": [30, 40], "pos": [0, 0], "units": "pix"}


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"windows": [{"handle": 5}]}, "windows"),
        ({"multi_click_interval": 0}, "multi_click_interval"),
        ({"multi_click_distance": -1}, "multi_click_distance"),
        ({"virtual_clock": {"tick_s": 0}}, "tick_s"),
        ({"report_system_wide_events": "yes"}, "report_system_wide_events"),
        ({"enable_multi_windows": True}, "enable_multi_windows"),
    ],
)
def test_wrong_settings_are_told_with_their_path(settings, path):
    faults = []

    made = settings_from(MouseSettings, settings, (), lambda *fault: faults.append(fault))

    assert made is None
    assert path in faults[0][0]


def test_everything_declared_can_be_imported():
    (declared,) = plugin.iohub_device_types()

    for reference in (declared.settings, declared.device, declared.view, *declared.events):
        assert resolve(reference) is not None
    assert resolve(declared.settings_from_window) is settings_from_window
    assert (declared.device_type_id, declared.default) == (30, True)


@pytest.mark.parametrize("declare", [plugin, monitor_plugin])
def test_without_an_x_server_the_backends_for_it_say_why_they_are_not_usable(declare, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")

    reasons = {
        one.name: one.usable() for one in declare.iohub_device_backends() if one.usable is not None
    }

    assert "DISPLAY is not set" in reasons["x11"]
    assert all(reasons.values())


@pytest.mark.parametrize("declare", [plugin, monitor_plugin])
def test_the_virtual_backend_must_be_asked_for_and_x11_goes_first(declare):
    ranks = {one.name: one.rank for one in declare.iohub_device_backends()}

    assert ranks.pop("virtual") is None
    assert max(ranks, key=ranks.__getitem__) == "x11"
