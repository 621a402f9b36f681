"""The response box: buttons, lamps, streaming and query state."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from iohub_core.clock import SystemClock
from iohub_serial.backends.virtual import VirtualPstboxPort
from iohub_serial.config import PstboxSettings
from iohub_serial.pst_protocol import changed_buttons, command
from iohub_serial.pstbox import PstboxDevice

from .conftest import Bench, Collector, backend_context, device_context, wait_until


@pytest.fixture
def box(bench: Callable[..., Bench]) -> Bench:
    """A box on a hand-fed port."""
    return bench(PstboxDevice)


def told(box: Bench) -> list[tuple[int, str]]:
    return [(event.button, event.button_event) for event in box.events]


def test_commands_are_those_of_the_box() -> None:
    lamps = [True, False, False, False, True]
    assert command(streaming=True, querying=False, lamps=lamps) == 0b1011_0001
    assert command(streaming=False, querying=True, lamps=[False] * 5) == 0b0110_0000
    assert command(streaming=True, querying=False, lamps=lamps, update_lamps=False) == 0b1001_0001


def test_buttons_are_counted_from_the_left_from_0() -> None:
    assert changed_buttons(0b00001, 0b10000) == [(0, False), (4, True)]


def test_a_box_streams_and_is_queried_from_the_start_with_its_lamps_off(box: Bench) -> None:
    assert box.port.written == [b"\xe0"]
    assert box.device.getStreamingState()
    assert box.device.getButtonQueryState()
    assert box.device.getState() == [True, True, True, False, False, False, False, False]


def test_presses_and_releases_become_events_and_repeated_states_do_not(box: Bench) -> None:
    box.port.feed(b"\x00" * 50 + b"\x01" * 50 + b"\x03" * 50)
    box.port.feed(b"\x03\x02\x02\x00")
    assert told(box) == [(0, "press"), (1, "press"), (0, "release"), (1, "release")]


def test_buttons_that_change_together_are_told_together(box: Bench) -> None:
    box.port.feed(b"\x12")
    assert told(box) == [(1, "press"), (4, "press")]
    assert box.events[0].time == box.events[1].time


def test_a_change_has_the_time_of_its_byte(box: Bench) -> None:
    box.port.feed(b"\x00\x00\x01\x01", at=2.0, byte_time=0.01)
    assert box.events[0].time == pytest.approx(1.98)


def test_lamps_are_switched_and_remembered(box: Bench) -> None:
    lamps = [True, False, True, False, False]
    box.device.setLampState(lamps)
    assert box.device.getLampState() == lamps
    assert box.port.written[-1] == bytes([0b1110_0101])
    assert box.device.getState()[-1:-6:-1] == lamps


def test_a_box_has_five_lamps(box: Bench) -> None:
    with pytest.raises(ValueError, match="5 lamps, found 2"):
        box.device.setLampState([True, False])


def test_streaming_and_query_can_be_switched(box: Bench) -> None:
    box.device.setStreamingState(False)
    assert box.port.written[-1] == b"\x60"
    assert not box.device.getStreamingState()
    box.device.setButtonQueryState(False)
    assert box.port.written[-1] == b"\x20"
    box.port.feed(b"\x01")
    assert box.events == []


def test_a_box_that_comes_back_is_told_its_state_again(box: Bench) -> None:
    box.device.setLampState([True] * 5)
    box.port.lose()
    box.port.find()
    assert box.port.written[-1] == b"\xff"


def test_a_box_is_left_dark_and_silent(box: Bench) -> None:
    box.device.setLampState([True] * 5)
    box.device.close()
    assert box.port.written[-1] == b"\x20"


@pytest.fixture
def virtual_box(collector: Collector) -> Iterator[PstboxDevice]:
    """A virtual box."""
    clock = SystemClock()
    settings = PstboxSettings()
    backend = VirtualPstboxPort(settings, backend_context(clock))
    device = PstboxDevice(settings, device_context(collector, clock), backend)
    device.open()
    yield device
    device.close()


def test_a_virtual_box_has_buttons_and_lamps(
    virtual_box: PstboxDevice, collector: Collector
) -> None:
    port = virtual_box.backend
    assert isinstance(port, VirtualPstboxPort)
    wait_until(lambda: port.streaming)
    virtual_box.simulateButton(3)
    virtual_box.simulateButton(3, False)
    events = collector.wait_for_events(2)
    assert [(event.button, event.button_event) for event in events] == [
        (3, "press"),
        (3, "release"),
    ]
    virtual_box.setLampState([False, True, False, False, False])
    wait_until(lambda: port.lamps == 0b10)
    with pytest.raises(ValueError, match="0 to 4"):
        virtual_box.simulateButton(9)
