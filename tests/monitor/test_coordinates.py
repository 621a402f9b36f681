"""Unit conversions: there and back is the identity, and hand-computed values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_monitor.coordinates import UNITS, DisplayGeometry, convert, convert_points

# 40 pixels to the centimetre, eye at 57.29 cm, where one degree is almost one centimetre.
SCREEN = DisplayGeometry(width_pix=1920, height_pix=1080, pix_per_cm=40, distance_cm=57.29)
TAN_1 = math.tan(math.radians(1))

sizes = st.integers(100, 8000)
geometries = st.builds(
    DisplayGeometry,
    width_pix=sizes,
    height_pix=sizes,
    pix_per_cm=st.floats(5, 200),
    distance_cm=st.floats(10, 500),
)
fractions = st.floats(-0.5, 0.5)


@given(geometries, fractions, fractions, st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_every_unit_to_every_other_and_back_is_the_identity(geometry, fx, fy, source, target):
    x, y = convert(fx * geometry.width_pix, fy * geometry.height_pix, "pix", source, geometry)

    there = convert(x, y, source, target, geometry)
    back = convert(*there, target, source, geometry)

    assert back == pytest.approx((x, y), rel=1e-6, abs=1e-9)


@given(geometries, fractions, fractions, st.sampled_from(UNITS))
def test_a_pixel_comes_back_as_the_same_pixel(geometry, fx, fy, unit):
    x, y = round(fx * geometry.width_pix), round(fy * geometry.height_pix)

    back = convert(*convert(x, y, "pix", unit, geometry), unit, "pix", geometry)

    assert (round(back[0]), round(back[1])) == (x, y)


@given(geometries, st.lists(st.tuples(fractions, fractions), max_size=5), st.sampled_from(UNITS))
def test_arrays_and_sequences_give_what_numbers_give(geometry, points, unit):
    xs = [x * geometry.width_pix for x, _ in points]
    ys = [y * geometry.height_pix for _, y in points]

    one_by_one = [convert(x, y, "pix", unit, geometry) for x, y in zip(xs, ys, strict=True)]
    as_lists = convert(xs, ys, "pix", unit, geometry)
    as_arrays = convert(np.array(xs), np.array(ys), "pix", unit, geometry)

    assert list(zip(*as_lists, strict=True)) == one_by_one
    assert np.allclose(np.stack(as_arrays, axis=-1).reshape(-1, 2), np.reshape(one_by_one, (-1, 2)))


@given(geometries, fractions, fractions)
def test_degrees_of_a_flat_display_are_the_angles_to_the_axes(geometry, fx, fy):
    x_cm = fx * geometry.width_pix / geometry.pix_per_cm
    y_cm = fy * geometry.height_pix / geometry.pix_per_cm
    length = math.hypot(x_cm, y_cm, geometry.distance_cm)

    horizontal, vertical = convert(x_cm, y_cm, "cm", "degFlat", geometry)

    # The sine of the angle to a plane through the eye is the distance from it over the length.
    assert math.sin(math.radians(horizontal)) == pytest.approx(x_cm / length, abs=1e-12)
    assert math.sin(math.radians(vertical)) == pytest.approx(y_cm / length, abs=1e-12)


@pytest.mark.parametrize("unit", UNITS)
def test_the_centre_is_zero_in_every_unit(unit):
    assert convert(0, 0, "pix", unit, SCREEN) == (0, 0)


@pytest.mark.parametrize(
    ("pix", "unit", "expected"),
    [
        ((960, 540), "pix", (960, 540)),
        ((960, 540), "norm", (1, 1)),
        ((-960, 540), "norm", (-1, 1)),
        ((480, -135), "norm", (0.5, -0.25)),
        ((960, 540), "height", (0.8888888888888888, 0.5)),
        ((-108, 270), "height", (-0.1, 0.25)),
        ((400, -100), "cm", (10, -2.5)),
        # 57.29 cm · tan 1° = 0.99999 cm
        ((400, -100), "deg", (10 / (57.29 * TAN_1), -2.5 / (57.29 * TAN_1))),
        # 57.29 cm to the right is 45 degrees
        ((57.29 * 40, 0), "degFlat", (45, 0)),
        ((0, -57.29 * 40), "degFlatPos", (0, -45)),
        # with x = y = d: atan(1/√2) = 35.26439°
        ((57.29 * 40, 57.29 * 40), "degFlat", (35.264389682754654, 35.264389682754654)),
    ],
)
def test_known_values(pix, unit, expected):
    assert convert(*pix, "pix", unit, SCREEN) == pytest.approx(expected)
    assert convert(*expected, unit, "pix", SCREEN) == pytest.approx(pix)


def test_near_the_centre_all_degrees_agree():
    assert convert(1, 1, "pix", "deg", SCREEN) == pytest.approx(
        convert(1, 1, "pix", "degFlat", SCREEN), rel=2e-4
    )


@pytest.mark.parametrize("angles", [(45, 45), (90, 0), (0, -90), (60, 40), (170, 0)])
def test_angles_no_flat_display_shows_are_an_error(angles):
    with pytest.raises(ValueError, match="not on any flat display"):
        convert(*angles, "degFlat", "pix", SCREEN)
    with pytest.raises(ValueError, match="not on any flat display"):
        convert(np.array([0, angles[0]]), np.array([0, angles[1]]), "degFlat", "pix", SCREEN)


@pytest.mark.parametrize("unit", ["cm", "deg", "degFlat", "degFlatPos"])
def test_an_unknown_size_is_an_error_that_names_the_setting(unit):
    unknown = DisplayGeometry(width_pix=800, height_pix=600)

    with pytest.raises(ValueError, match="physical_dimensions"):
        convert(1, 1, "pix", unit, unknown)
    with pytest.raises(ValueError, match="physical_dimensions"):
        convert(1, 1, unit, "pix", unknown)


def test_an_unknown_distance_is_an_error_that_names_the_setting():
    unknown = DisplayGeometry(width_pix=800, height_pix=600, pix_per_cm=40)

    with pytest.raises(ValueError, match="default_eye_distance"):
        convert(1, 1, "pix", "deg", unknown)
    assert unknown.pix_per_deg is None


def test_an_unknown_unit_is_an_error_that_lists_the_units():
    with pytest.raises(ValueError, match=r"no unit 'inch' \(units: pix, norm"):
        convert(0, 0, "pix", "inch", SCREEN)


def test_points_come_back_in_the_shape_they_were_given():
    assert convert_points((960, 540), "pix", "norm", SCREEN) == (1, 1)
    assert convert_points([(960, 540), [0, 0]], "pix", "norm", SCREEN) == [(1, 1), (0, 0)]
    array = convert_points(np.array([[960, 540], [0, 0]]), "pix", "norm", SCREEN)
    assert array.tolist() == [[1, 1], [0, 0]]
    assert convert_points(np.array([960, 540]), "pix", "norm", SCREEN).tolist() == [1, 1]
