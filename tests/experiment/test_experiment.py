"""Messages and log events, with a real hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iohub_core import Computer, EventConstants, ioHubConnection, launchHubServer
from iohub_experiment.device import CONTINUED, level_number, pieces
from iohub_experiment.events import TEXT_LIMIT

TOY = str(Path(__file__).parents[1] / "support" / "toy_device.py")


@pytest.fixture(scope="module")
def hub() -> Iterator[ioHubConnection]:
    devices = [
        {"Experiment": {"report_log_events": True, "log_level": "INFO"}},
    ]
    with launchHubServer(monitor_devices=devices, plugins=[TOY]) as io:
        yield io


@pytest.fixture
def io(hub: ioHubConnection) -> ioHubConnection:
    hub.clearEvents()
    return hub


def test_a_message_is_in_both_buffers_when_sending_returns(io: ioHubConnection) -> None:
    before = Computer.getTime()
    io.sendMessageEvent("trial 1", category="TRIAL")
    after = Computer.getTime()
    (message,) = io.devices.experiment.getEvents()
    assert (message.text, message.category) == ("trial 1", "TRIAL")
    assert message.type == EventConstants.MESSAGE
    assert before <= message.time <= message.logged_time <= after
    assert message.delay == pytest.approx(message.logged_time - message.time, abs=1e-6)
    assert [event.text for event in io.getEvents()] == ["trial 1"]


def test_the_offset_is_added_to_the_time_given(io: ioHubConnection) -> None:
    stamp = Computer.getTime() + 1
    io.sendMessageEvent("flip", offset=0.25, sec_time=stamp)
    (message,) = io.getEvents()
    assert message.device_time == stamp
    assert message.time == stamp + 0.25
    assert message.msg_offset == 0.25
    assert message.time <= message.logged_time


@pytest.mark.parametrize("letter", ["a", "ö", "漢", "🙂"])
def test_texts_count_by_character_in_any_script(io: ioHubConnection, letter: str) -> None:
    io.sendMessageEvent(letter * 128, category=letter * 32)
    (message,) = io.getEvents()
    assert (message.text, message.category) == (letter * 128, letter * 32)
    with pytest.raises(ValueError, match="text has 129 characters, at most 128"):
        io.sendMessageEvent(letter * 129)
    with pytest.raises(ValueError, match="category has 33 characters, at most 32"):
        io.sendMessageEvent("x", category=letter * 33)
    assert io.getEvents() == []


def test_wrong_types_are_told(io: ioHubConnection) -> None:
    with pytest.raises(TypeError, match="text must be a str, not int: 5"):
        io.sendMessageEvent(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="sec_time must be a number of seconds"):
        io.sendMessageEvent("x", sec_time="now")  # type: ignore[arg-type]


def test_cached_messages_keep_the_time_they_were_cached_at(io: ioHubConnection) -> None:
    before = Computer.getTime()
    io.cacheMessageEvent("one")
    io.cacheMessageEvent("two", "c", 0.0, before - 5)
    assert io.getEvents() == []
    between = Computer.getTime()
    io.sendMessageEvents([("three",), {"text": "four", "category": "d"}])
    events = {event.text: event for event in io.devices.experiment.getEvents()}
    io.sendMessageEvents()
    assert io.devices.experiment.getEvents() == []
    assert before <= events["one"].time <= between <= events["three"].time
    assert events["four"].category == "d"


def test_of_1500_messages_in_a_row_the_buffers_keep_their_size_and_count_the_rest(
    io: ioHubConnection,
) -> None:
    before = io.getBufferStatus()["experiment"]
    for number in range(1500):
        io.sendMessageEvent(f"{number}")
    after = io.getBufferStatus()["experiment"]
    # The hub's warning of the overflow is a log event itself, and takes a place like any other.
    written = after["written"] - before["written"]
    assert written >= 1500
    assert after["unread"] == 128
    assert after["dropped"] - before["dropped"] == written - 128
    messages = io.devices.experiment.getEvents(EventConstants.MESSAGE)
    assert len(messages) >= 120
    assert [event.text for event in messages] == [
        str(number) for number in range(1500 - len(messages), 1500)
    ]
    everything = [event.text for event in io.getEvents() if event.type == EventConstants.MESSAGE]
    assert everything == [str(number) for number in range(1500)]


def test_the_hubs_log_records_arrive_as_events(io: ioHubConnection) -> None:
    settings = {"name": "broken", "optional": True, "refuse": "no toys today"}
    assert io.addDeviceToMonitor("Toy", settings) is None
    (event,) = io.devices.experiment.getEvents(EventConstants.LOG)
    assert "no toys today" in event.text
    assert event.log_level == 30


def test_a_script_can_log_with_any_level(io: ioHubConnection) -> None:
    io.devices.experiment.log("a note", "DATA")
    (event,) = io.devices.experiment.getEvents()
    assert (event.text, event.log_level) == ("a note", 25)


def test_a_long_log_text_goes_on_in_further_events(io: ioHubConnection) -> None:
    text = "".join(chr(0x4E00 + n) for n in range(300))
    io.devices.experiment.log(text)
    events = io.devices.experiment.getEvents()
    assert "".join(event.text.removeprefix(CONTINUED) for event in events) == text
    assert len({event.time for event in events}) == 1


@given(text=st.text(max_size=1000).filter(lambda text: CONTINUED not in text))
def test_pieces_of_a_text_fit_and_make_the_text(text: str) -> None:
    cut = pieces(text)
    assert all(len(piece) <= TEXT_LIMIT for piece in cut)
    assert "".join(piece.removeprefix(CONTINUED) for piece in cut) == text


def test_log_levels_have_ioHubs_numbers() -> None:
    names = ["CRITICAL", "FATAL", "ERROR", "WARNING", "WARN", "DATA", "EXP", "INFO", "DEBUG"]
    assert [level_number(name) for name in names] == [50, 50, 40, 30, 30, 25, 22, 20, 10]
    with pytest.raises(ValueError, match="log level 'LOUD' is none of"):
        level_number("LOUD")
