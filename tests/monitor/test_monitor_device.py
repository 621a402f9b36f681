"""The Monitor device on virtual displays."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_core.clock import VirtualClock
from iohub_core.config.validate import settings_from
from iohub_core.devices import BackendContext, DeviceContext
from iohub_core.devices.capabilities import DisplaySource
from iohub_core.errors import DeviceError
from iohub_monitor.backends.virtual import VirtualDisplays
from iohub_monitor.config import MonitorSettings
from iohub_monitor.device import MonitorDevice

LOG = logging.getLogger(__name__)
UNITS = ["pix", "norm", "height", "cm", "deg", "degFlat", "degFlatPos"]
# Three side by side, two of them at negative offsets, as when the main one is on the right.
DISPLAYS = [
    {"name": "left", "x": -1280, "y": -200, "width": 1280, "height": 1024, "width_mm": 376.0},
    {"name": "main", "width": 1920, "height": 1080, "width_mm": 480.0, "primary": True},
    {"name": "right", "x": 1920, "y": 100, "width": 801, "height": 601},
]


def monitor(**settings) -> MonitorDevice:
    warnings: list[str] = []
    faults: list[object] = []
    checked = settings_from(MonitorSettings, settings, (), lambda *fault: faults.append(fault))
    assert checked is not None, faults
    clock = VirtualClock()
    context = DeviceContext(
        name="monitor",
        class_name="Display",
        clock=clock,
        log=LOG,
        publish=lambda device, events: None,
        provider=lambda capability: None,
        warn=warnings.append,
    )
    backend = VirtualDisplays(
        checked,
        BackendContext(
            device_name="monitor", clock=clock, log=LOG, failed=lambda text, trace: None
        ),
    )
    device = MonitorDevice(checked, context, backend)
    device.open()
    device.warnings = warnings  # type: ignore[attr-defined]
    return device


def test_without_settings_it_is_one_display_in_pixels():
    device = monitor()

    assert device.getIndex() == 0
    assert device.getDisplayCount() == 1
    assert device.getCoordinateType() == "pix"
    assert device.getColorSpace() == "rgb255"
    assert device.getPixelResolution() == [1920, 1080]
    assert device.getRetraceInterval() == 1 / 60
    assert device.getBounds() == [0, 0, 1920, 1080]
    assert device.getCoordBounds() == [-960, 540, 960, -540]
    assert device.getDefaultEyeDistance() is None
    assert device.getPixelsPerDegree() is None
    assert device.getPhysicalDimensions() == {"width": 480, "height": 270, "unit_type": "mm"}
    assert device.getPsychopyMonitorName() is None
    assert device.getRuntimeInfo() == {
        "index": 0,
        "name": "virtual-0",
        "primary": True,
        "bounds": [0, 0, 1920, 1080],
        "pixel_resolution": [1920, 1080],
        "width_mm": 480,
        "height_mm": 270,
        "retrace_rate": 60,
        "scale": 1,
    }


@pytest.mark.parametrize(
    ("width", "distance", "unit", "inches"),
    [(48, 57, "cm", False), (480, 570, "mm", False), (48 / 2.54, 57 / 2.54, "inch", True)],
)
def test_lengths_of_the_settings_count_in_their_unit(width, distance, unit, inches):
    device = monitor(
        physical_dimensions={"width": width, "unit_type": unit},
        default_eye_distance={"surface_center": distance, "unit_type": unit},
        reporting_unit_type="deg",
    )

    # 40 pixels a centimetre, 57 cm away: 40 · 57 · tan(1°) pixels a degree
    assert device.getPixelsPerDegree() == pytest.approx([39.79754804, 39.79754804])
    assert device.getDefaultEyeDistance() == distance
    assert device.getPhysicalDimensions()["height"] == pytest.approx(width * 1080 / 1920)


def test_a_setting_overrides_what_the_system_says():
    device = monitor(
        physical_dimensions={"width": 96, "height": 54, "unit_type": "cm"},
        reporting_unit_type="cm",
    )

    assert device.getPhysicalDimensions() == {"width": 96, "height": 54, "unit_type": "cm"}
    assert device.getCoordBounds() == pytest.approx([-48, 27, 48, -27])


def test_what_nobody_knows_is_none():
    device = monitor(virtual_displays=[{"width": 800, "height": 600}])

    assert device.getRetraceInterval() is None
    assert device.getPixelsPerDegree() is None
    assert device.getPhysicalDimensions() == {"width": None, "height": None, "unit_type": "mm"}


@pytest.mark.parametrize(
    ("unit", "lacking"),
    [
        ("cm", "physical_dimensions"),
        ("deg", "physical_dimensions and default_eye_distance"),
        ("degFlat", "physical_dimensions and default_eye_distance"),
    ],
)
def test_a_unit_that_needs_what_nobody_knows_fails_at_the_start_with_the_remedy(unit, lacking):
    with pytest.raises(DeviceError, match=f"need {lacking}"):
        monitor(virtual_displays=[{"width": 800, "height": 600}], reporting_unit_type=unit)


def test_a_display_that_is_not_there_fails_with_those_that_are():
    with pytest.raises(DeviceError, match=r"no display 3 .*0: main, 1: left, 2: right"):
        monitor(virtual_displays=DISPLAYS, device_number=3)


def test_sizes_that_make_no_square_pixels_are_told():
    device = monitor(physical_dimensions={"width": 480, "height": 200})

    assert len(device.warnings) == 1
    assert "would not be square" in device.warnings[0]


def test_the_main_display_is_number_zero_and_the_others_keep_their_order():
    device = monitor(virtual_displays=DISPLAYS)

    assert device.getRuntimeInfo()["name"] == "main"
    assert [device.display_bounds(i) for i in range(3)] == [
        (0, 0, 1920, 1080),
        (-1280, -200, 0, 824),
        (1920, 100, 2721, 701),
    ]


@pytest.mark.parametrize(
    ("pixel", "index"),
    [
        ((0, 0), 0),
        ((1919, 1079), 0),
        ((-1, 0), 1),
        ((-1280, -200), 1),
        ((-1281, 0), None),
        ((0, -1), None),
        ((1920, 100), 2),
        ((1920, 99), None),
        ((2720, 700), 2),
        ((2721, 700), None),
    ],
)
def test_each_pixel_of_the_desktop_belongs_to_the_display_that_shows_it(pixel, index):
    assert monitor(virtual_displays=DISPLAYS).display_index_at(*pixel) == index


@pytest.mark.parametrize(
    ("pixel", "index", "position"),
    [
        ((960, 540), 0, (0, 0)),
        ((0, 0), 0, (-960, 540)),
        ((1919, 1079), 0, (959, -539)),
        ((-640, 312), 1, (0, 0)),
        ((-1280, -200), 1, (-640, 512)),
        # 801 pixels have their centre between two: half a pixel off
        ((1920, 100), 2, (-400.5, 300.5)),
    ],
)
def test_pixels_count_from_the_centre_of_their_own_display(pixel, index, position):
    device = monitor(virtual_displays=DISPLAYS)

    assert device.pixel_to_display(*pixel, index) == position
    assert device.display_to_pixel(*position, index) == pixel


@given(st.sampled_from(UNITS), st.integers(0, 2), st.integers(0, 600), st.integers(0, 500))
def test_every_pixel_of_every_display_comes_back_in_every_unit(unit, index, dx, dy):
    device = monitor(
        virtual_displays=DISPLAYS,
        reporting_unit_type=unit,
        default_eye_distance={"surface_center": 600},
    )
    left, top, _, _ = device.display_bounds(index)

    position = device.pixel_to_display(left + dx, top + dy, index)

    assert device.display_to_pixel(*position, index) == pytest.approx((left + dx, top + dy))


def test_another_display_of_unknown_size_is_told_once():
    device = monitor(virtual_displays=DISPLAYS, reporting_unit_type="cm")

    device.pixel_to_display(-640, 312, 1)
    assert device.warnings == []
    device.pixel_to_display(2000, 200, 2)
    device.pixel_to_display(2001, 200, 2)

    assert len(device.warnings) == 1
    assert "size of display 2 (right) is not known" in device.warnings[0]


def test_it_offers_displays_to_other_devices():
    assert isinstance(monitor(), DisplaySource)


def test_positions_convert_singly_and_in_lists():
    device = monitor(reporting_unit_type="norm")

    assert device.convertPosition([960, 540], source="pix") == (1, 1)
    assert device.convertPosition([[1, 1], [0, 0]], target="pix") == [(960, 540), (0, 0)]
    with pytest.raises(ValueError, match="no unit 'foot'"):
        device.convertPosition([0, 0], source="foot")


def test_bounds_in_flat_degrees_are_the_angles_to_the_edges():
    device = monitor(
        reporting_unit_type="degFlat",
        physical_dimensions={"width": 100, "unit_type": "cm"},
        default_eye_distance={"surface_center": 50, "unit_type": "cm"},
    )

    # half of 100 cm at 50 cm: 45°; half of 56.25 cm: atan(0.5625) = 29.3578°
    assert device.getCoordBounds() == pytest.approx([-45, 29.357754, 45, -29.357754])


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"reporting_unit_type": "inch"}, "reporting_unit_type"),
        ({"device_number": -1}, "device_number"),
        ({"physical_dimensions": {"width": 0}}, "width"),
        ({"physical_dimensions": {"width": 1, "unit_type": "m"}}, "unit_type"),
        ({"default_eye_distance": {"surface_center": -5}}, "surface_center"),
        ({"virtual_displays": [{"widht": 5}]}, "0"),
    ],
)
def test_wrong_settings_are_told_with_their_path(settings, path):
    faults: list[tuple[tuple[str, ...], str]] = []

    made = settings_from(MonitorSettings, settings, (), lambda *fault: faults.append(fault))

    assert made is None
    assert [fault[0][-1] for fault in faults] == [path]
