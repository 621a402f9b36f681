"""Events: every form derived from the one declaration, and back."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_core.constants import EventConstants, KeyboardConstants, ModifierKeyCodes
from iohub_core.constants.keyboard import modifier_mask, modifier_names
from iohub_core.event import DeviceEvent, EventRegistry, codec_of, column, columns_of, define_event
from iohub_core.event.codec import decode


@define_event(type_id=1801, type_name="SAMPLE", device="sampler", table=True)
class SampleEvent(DeviceEvent):
    """An event with one field of each kind."""

    count: int = column("u8", doc="A count.")
    level: float = column("f4", unit="V", doc="A level.", missing=float("nan"))
    name: str = column("S64", doc="A name.", max_chars=16)
    data: bytes = column("S32", doc="Raw bytes.", default=b"")
    modifiers: int = column("u4", doc="Modifier bits.", present=modifier_names)


@define_event(type_id=1802)
class SampleChildEvent(SampleEvent):
    """A child without a table of its own."""


_values = st.fixed_dictionaries(
    {
        "time": st.floats(0, 1e9),
        "event_id": st.integers(0, 2**32 - 1),
        "filter_id": st.integers(-(2**15), 2**15 - 1),
        "count": st.integers(0, 2**64 - 1),
        "level": st.floats(width=32),
        "name": st.text(max_size=16),
        "data": st.binary(max_size=32),
        "modifiers": st.integers(0, 2**17 - 1),
    }
)


def same(one: Any, other: Any) -> bool:
    """Equal, or both not a number."""
    return one == other or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


@given(values=_values)
def test_an_event_comes_back_from_the_wire_as_it_was(values: dict[str, Any]) -> None:
    codec = codec_of(SampleEvent)
    event = SampleEvent(**values)
    wire = codec.encode(event)
    assert len(wire) <= codec.max_wire_bytes
    back = codec.event(decode(wire))
    assert all(same(getattr(back, name), getattr(event, name)) for name in codec.names)


@given(values=_values)
def test_the_forms_agree_with_one_another(values: dict[str, Any]) -> None:
    codec = codec_of(SampleEvent)
    wire = codec.encode(SampleEvent(**values))
    as_tuple = codec.as_namedtuple(decode(wire))
    as_dict = codec.as_dict(decode(wire))
    as_object = codec.as_object(decode(wire))
    as_list = codec.as_list(decode(wire))
    for place, name in enumerate(codec.names):
        forms = [getattr(as_tuple, name), as_dict[name], getattr(as_object, name), as_list[place]]
        assert all(same(form, forms[0]) for form in forms)
    assert as_tuple.modifiers == modifier_names(values["modifiers"])


def test_the_base_fields_come_first_in_the_known_order() -> None:
    assert [column.name for column in columns_of(SampleEvent)][:11] == [
        "experiment_id",
        "session_id",
        "device_id",
        "event_id",
        "type",
        "device_time",
        "logged_time",
        "time",
        "confidence_interval",
        "delay",
        "filter_id",
    ]


def test_the_namedtuple_is_called_after_the_class() -> None:
    assert codec_of(SampleEvent).namedtuple.__name__ == "SampleEventNT"


def test_an_event_knows_its_type_and_a_child_its_parents_table() -> None:
    assert SampleEvent().type == 1801
    assert SampleChildEvent().type == 1802
    assert SampleChildEvent.EVENT_TYPE_STRING == "SAMPLECHILDEVENT"
    assert (SampleChildEvent.DEVICE, SampleChildEvent.TABLE) == ("sampler", "SampleEvent")


def test_every_base_column_says_what_it_means() -> None:
    for one in columns_of(DeviceEvent):
        assert len(one.doc) > 20, one.name
        assert one.unit == "s" or not one.name.endswith("time")


def test_a_field_without_a_column_is_refused() -> None:
    @define_event(type_id=1803)
    class Careless(DeviceEvent):
        note: str = ""

    with pytest.raises(TypeError, match=r"Careless\.note is not declared with column"):
        columns_of(Careless)


@pytest.mark.parametrize("dtype", ["", "u3", "S0", "S", "float", "f2"])
def test_a_dtype_that_can_not_be_stored_is_refused(dtype: str) -> None:
    with pytest.raises(ValueError, match="dtype"):
        column(dtype, doc="x")


def test_a_registry_refuses_two_classes_with_one_number() -> None:
    @define_event(type_id=1801)
    class Other(DeviceEvent):
        pass

    registry = EventRegistry([SampleEvent])
    registry.add(SampleEvent)
    with pytest.raises(ValueError, match="event type 1801 is taken by"):
        registry.add(Other)


def test_a_registry_finds_types_by_both_names() -> None:
    registry = EventRegistry([SampleEvent, SampleChildEvent])
    assert registry.type_id("SAMPLE") == registry.type_id("SampleEvent") == 1801
    with pytest.raises(KeyError, match="no event type is called"):
        registry.type_id("SIMPLE")
    with pytest.raises(KeyError, match="no event class is registered for type 7"):
        registry.codec(7)


def test_event_constants_translate_both_ways() -> None:
    assert EventConstants.getName(22) == "KEYBOARD_PRESS"
    assert EventConstants.KEYBOARD_KEY == EventConstants.KEYBOARD_PRESS
    assert EventConstants.getID("MOUSE_MULTI_CLICK") == EventConstants.MOUSE_DOUBLE_CLICK == 34
    assert EventConstants.getName(9999) is None


@given(mask=st.integers(0, 2**17 - 1))
def test_modifier_names_and_bits_agree(mask: int) -> None:
    summary = ModifierKeyCodes.MOD_SHIFT | ModifierKeyCodes.MOD_ALT
    summary |= ModifierKeyCodes.MOD_CTRL | ModifierKeyCodes.MOD_CMD
    assert modifier_mask(modifier_names(mask)) == mask & ~summary
    assert KeyboardConstants.getModifiersForCode(mask) == modifier_names(mask)
