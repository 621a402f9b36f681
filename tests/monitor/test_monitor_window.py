"""Settings out of a PsychoPy window, which may be any object that looks like one."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from iohub_core.config.validate import settings_from
from iohub_monitor.config import MonitorSettings
from iohub_monitor.window import settings_from_window


class Calibration:
    """Looks like psychopy.monitors.Monitor."""

    name = "lab1"

    def __init__(self, width, distance):
        self.width, self.distance = width, distance

    def getWidth(self):
        return self.width

    def getDistance(self):
        return self.distance


def test_a_window_tells_its_unit_its_screen_and_its_monitors_calibration():
    window = SimpleNamespace(
        units="deg", screen=1, monitor=Calibration(52.1, 57), size=(1920, 1080), pos=(0, 0)
    )

    settings = settings_from_window(window)

    assert settings == {
        "reporting_unit_type": "deg",
        "device_number": 1,
        "psychopy_monitor_name": "lab1",
        "physical_dimensions": {"width": 52.1, "unit_type": "cm"},
        "default_eye_distance": {"surface_center": 57.0, "unit_type": "cm"},
    }
    assert settings_from(MonitorSettings, settings, (), pytest.fail) is not None


@pytest.mark.parametrize(
    "window",
    [
        SimpleNamespace(),
        SimpleNamespace(units=None, screen=None, monitor=None),
        SimpleNamespace(units="", monitor=SimpleNamespace(name="")),
        object(),
    ],
)
def test_what_a_window_does_not_tell_is_left_out(window):
    assert settings_from_window(window) == {}


def test_an_uncalibrated_monitor_tells_its_name_only():
    window = SimpleNamespace(monitor=Calibration(None, None))

    assert settings_from_window(window) == {"psychopy_monitor_name": "lab1"}


@pytest.mark.parametrize(("given", "unit"), [("degs", "deg"), ("pixels", "pix")])
def test_psychopys_other_spellings_of_units_are_understood(given, unit):
    assert settings_from_window(SimpleNamespace(units=given))["reporting_unit_type"] == unit
