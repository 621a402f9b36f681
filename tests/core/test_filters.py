"""Filters: against naive references, and contained when they fail."""

from __future__ import annotations

import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_core.event import DeviceEvent, column, define_event
from iohub_core.filters import FilterChain, Kernel, check_spec
from iohub_core.filters.kernels import Median, PassThrough, Stampe, WeightedAverage


@define_event(type_id=1701, type_name="GAZE", device="gaze", table=True)
class GazeEvent(DeviceEvent):
    """A sample with two numbers and a text."""

    x: float = column("f8", doc="Position.")
    count: int = column("u4", doc="A whole number.")
    label: str = column("S16", doc="A text.")


@define_event(type_id=1702, type_name="GAZE_LOST")
class GazeLostEvent(GazeEvent):
    """A child type."""


CLASSES = [GazeEvent, GazeLostEvent]
numbers = st.lists(st.floats(-1e6, 1e6), max_size=40)


class Broken(Kernel):
    """Raises at its second number."""

    def __init__(self, length: int, weights: Any = ()) -> None:
        super().__init__(1)
        self.fed = 0

    def feed(self, value: float) -> float | None:
        self.fed += 1
        if self.fed > 1:
            raise ZeroDivisionError
        return value

    def reset(self) -> None:
        self.fed = 0


def chain() -> tuple[FilterChain, list[str]]:
    warnings: list[str] = []
    return FilterChain("gaze", warnings.append, lambda: CLASSES), warnings


def spec(**given: Any) -> dict[str, Any]:
    return {"event_types": ["GAZE"], "fields": ["x"], **given}


def samples(values: list[float], device_id: int = 0) -> list[DeviceEvent]:
    return [
        GazeEvent(x=value, time=float(place), event_id=place + 1, device_id=device_id)
        for place, value in enumerate(values)
    ]


def fed(kernel: Kernel, values: list[float]) -> list[float]:
    return [out for value in values if (out := kernel.feed(value)) is not None]


@given(values=numbers, half=st.integers(0, 3))
def test_median_is_the_median_of_each_window(values: list[float], half: int) -> None:
    length = 2 * half + 1
    windows = [values[start : start + length] for start in range(len(values) - length + 1)]
    assert fed(Median(length), values) == [statistics.median(window) for window in windows]


@given(values=numbers, weights=st.sampled_from([(1.0, 2.0, 1.0), (0.5, 0.25, 3.0), ()]))
def test_weighted_average_is_that_of_each_window(
    values: list[float], weights: tuple[float, ...]
) -> None:
    factors = weights or (1.0, 1.0, 1.0)
    expected = [
        sum(f * v for f, v in zip(factors, values[start : start + 3], strict=True)) / sum(factors)
        for start in range(len(values) - 2)
    ]
    assert fed(WeightedAverage(3, weights), values) == pytest.approx(expected)


def naive_stampe(values: list[float]) -> list[float]:
    """Both stages over a whole list, written without streaming."""
    once = list(values)
    for i in range(1, len(values) - 1):
        low, high = sorted((values[i - 1], values[i + 1]))
        if not low <= values[i] <= high:
            nearer = abs(values[i] - values[i - 1]) <= abs(values[i] - values[i + 1])
            once[i] = values[i - 1] if nearer else values[i + 1]
    once = once[1:-1]
    for i in range(1, len(once) - 2):
        low, high = sorted((once[i - 1], once[i + 2]))
        if once[i] == once[i + 1] and not low <= once[i] <= high:
            nearer = abs(once[i] - once[i - 1]) <= abs(once[i] - once[i + 2])
            once[i] = once[i + 1] = once[i - 1] if nearer else once[i + 2]
    return once[1:-2]


@given(values=st.lists(st.integers(-5, 5).map(float), min_size=6, max_size=40))
def test_stampe_streams_what_its_two_stages_make_of_a_whole_list(values: list[float]) -> None:
    assert fed(Stampe(), values) == naive_stampe(values)


@pytest.mark.parametrize(
    ("noisy", "clean"),
    [
        ([1, 1, 1, 9, 1, 1, 1, 1, 1, 1], 1),
        ([1, 1, 1, 9, 9, 1, 1, 1, 1, 1], 1),
        ([5, 5, 5, -3, 5, 5, 5, 5, 5, 5], 5),
    ],
)
def test_stampe_removes_spikes_of_one_and_two_samples(noisy: list[float], clean: float) -> None:
    assert set(fed(Stampe(), noisy)) == {clean}


def test_stampe_keeps_an_edge() -> None:
    assert fed(Stampe(), [0, 0, 0, 0, 7, 7, 7, 7, 7, 7]) == [0, 0, 7, 7, 7]


@given(values=numbers)
def test_passthrough_changes_nothing(values: list[float]) -> None:
    assert fed(PassThrough(), values) == values


def test_filtered_events_are_copies_with_their_own_id_and_the_middle_samples_time() -> None:
    filters, _ = chain()
    filter_id = filters.add(spec(kernel="median", length=3))
    originals = samples([1.0, 9.0, 2.0, 3.0])
    made = filters.apply(originals)
    assert [(one.x, one.time, one.filter_id) for one in made] == [  # type: ignore[attr-defined]
        (2.0, 1.0, filter_id),
        (3.0, 2.0, filter_id),
    ]
    assert [one.x for one in originals] == [1.0, 9.0, 2.0, 3.0]  # type: ignore[attr-defined]
    assert all(one.filter_id == 0 for one in originals)


def test_each_physical_device_has_its_own_window() -> None:
    filters, _ = chain()
    filters.add(spec(length=3))
    mixed = [
        event
        for pair in zip(samples([1.0, 1.0, 1.0], 1), samples([9.0, 9.0, 9.0], 2), strict=True)
        for event in pair
    ]
    assert [(one.device_id, one.x) for one in filters.apply(mixed)] == [(1, 1.0), (2, 9.0)]  # type: ignore[attr-defined]


def test_whole_numbers_stay_whole() -> None:
    filters, _ = chain()
    filters.add(spec(fields=["count"], kernel="weighted_average"))
    made = filters.apply([GazeEvent(count=count) for count in (1, 2, 4)])
    assert made[0].count == 2  # type: ignore[attr-defined]


def test_a_filter_can_take_another_filters_events() -> None:
    filters, _ = chain()
    first = filters.add(spec(kernel="passthrough"))
    second = filters.add(spec(kernel="passthrough", input_filter_ids=[first]))
    assert [one.filter_id for one in filters.apply(samples([1.0]))] == [first, second]


def test_a_filter_that_raises_is_switched_off_and_named() -> None:
    filters, warnings = chain()
    good = filters.add(spec(kernel="passthrough"))
    bad = filters.add(spec(kernel=f"{__name__}:Broken", name="shaky"))
    assert [one.filter_id for one in filters.apply(samples([1.0]))] == [good, bad]
    assert [one.filter_id for one in filters.apply(samples([1.0]))] == [good]
    assert [one.filter_id for one in filters.apply(samples([1.0]))] == [good]
    (warning,) = warnings
    assert "filter 2 (shaky) raised and was switched off" in warning
    assert "ZeroDivisionError" in warning
    filters.reset(bad)
    assert [one.filter_id for one in filters.apply(samples([1.0]))] == [good, bad]


def test_removing_resetting_and_switching_off() -> None:
    filters, _ = chain()
    assert not filters
    filter_id = filters.add(spec(length=3))
    filters.apply(samples([1.0, 1.0]))
    assert filters.reset(filter_id)
    assert filters.apply(samples([1.0])) == []
    assert filters
    filters.enabled = False
    assert not filters
    assert filters.remove(filter_id)
    assert not filters.remove(filter_id)
    assert not filters.reset(filter_id)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"kernel": "medain"}, "did you mean 'median'"),
        ({"length": 4}, "4 is even"),
        ({"length": 0}, "expected int >= 1, found 0"),
        ({"fields": ["label"]}, "no numeric field 'label'"),
        ({"fields": []}, "which fields to filter"),
        ({"fields": ["xx"]}, "did you mean 'x'"),
        ({"event_types": ["GAZER"]}, "did you mean 'GAZE'"),
        ({"event_types": []}, "which event types"),
        ({"weights": [1.0, 2.0]}, "2 weights for a window of 3"),
        ({"weights": [1.0, 0.0, -1.0]}, "add up to 0"),
        ({"lenght": 3}, "did you mean 'length'"),
        ({"filter_id": 1}, "1 is taken"),
        ({"kernel": "nowhere:Kernel"}, "can't be made"),
    ],
)
def test_a_faulty_specification_is_refused_in_words(fault: dict[str, Any], message: str) -> None:
    filters, _ = chain()
    filters.add(spec())
    with pytest.raises(ValueError, match=message):
        filters.add(spec(**fault))


def test_a_parent_type_stands_for_its_children() -> None:
    filters, _ = chain()
    filters.add(spec(kernel="passthrough"))
    assert len(filters.apply([GazeLostEvent(x=1.0)])) == 1
    assert check_spec(spec(event_types=["GazeLostEvent"]), CLASSES) == []
    assert check_spec(spec(event_types=[1702]), CLASSES) == []


class TooLarge(Kernel):
    """Makes of a number one that no field can hold."""

    latency = 0

    def feed(self, value: float) -> float | None:
        return 1e30

    def reset(self) -> None:
        """Nothing to forget."""


def test_a_filter_whose_value_does_not_fit_its_field_is_switched_off_and_named() -> None:
    filters, warnings = chain()
    filters.add(spec(kernel=f"{__name__}:TooLarge", fields=["count"]))
    assert filters.apply(samples([1.0])) == []
    assert "switched off" in warnings[0]
    assert "TooLarge" in warnings[0]
