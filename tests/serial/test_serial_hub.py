"""Serial devices in a real hub, from a real script."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from iohub_core import ioHubConnection
from iohub_core.errors import ConfigError, HubStartError

from .conftest import collect, wait_until
from .serial_sender import message

pytest.importorskip("termios")

Launch = Callable[..., ioHubConnection]
SENDER = Path(__file__).with_name("serial_sender.py")
COUNT, RATE = 6000, 2000
LINES = {"delimiter": r"\n"}


def shipping_is_there() -> bool:
    """Return whether the core can send functions of a script to the hub."""
    try:
        return importlib.util.find_spec("iohub_core.tasklets.shipping") is not None
    except ModuleNotFoundError:
        return False


class Sender:
    """The sending process."""

    def __init__(self, count: int, rate: int) -> None:
        self._process = subprocess.Popen(
            [
                sys.executable,
                str(Path(__file__).with_name("serial_sender.py")),
                f"{count}",
                f"{rate}",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = self._line().strip()

    def go(self) -> None:
        """Start sending."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def result(self) -> tuple[int, float]:
        """Return how many messages the line refused, and the seconds it took."""
        refused, seconds = self._line().split()
        return int(refused), float(seconds)

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=10)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@pytest.fixture
def sender() -> Iterator[Sender]:
    """A sending process."""
    process = Sender(COUNT, RATE)
    yield process
    process.close()


def run_script(folder: Path, text: str) -> str:
    """Run a script from a file and return what it printed."""
    path = folder / "experiment.py"
    path.write_text(textwrap.dedent(text))
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_2000_messages_a_second_of_13_bytes_at_921600_baud_lose_none(
    sender: Sender, serial_io: Launch
) -> None:
    io = serial_io(
        backend="auto",
        port=sender.port,
        baud=921600,
        event_parser={"delimiter": r"\r\n"},
        words={"global_event_buffer": COUNT},
    )
    sender.go()
    events = collect(io, COUNT)
    assert sender.result()[0] == 0
    assert [event.data for event in events] == [message(n)[:-2] for n in range(COUNT)]
    times = [event.time for event in events]
    assert times == sorted(times)
    assert io.getBufferStatus()["serial"]["dropped"] == 0
    state = io.devices.serial.getCurrentDeviceState()
    assert (state["messages"], state["bytes_received"]) == (COUNT, 13 * COUNT)
    assert (state["overlong"], state["skipped_bytes"]) == (0, 0)


@pytest.mark.skipif(
    importlib.util.find_spec("iohub_datastore.plugin") is None, reason="needs iohub-datastore"
)
@pytest.mark.filterwarnings("ignore:the event buffer:UserWarning")  # nobody reads them here
def test_a_recorded_session_holds_every_message_with_its_zeros(
    sender: Sender, serial_io: Launch, tmp_path: Path
) -> None:
    import tables

    io = serial_io(
        backend="auto",
        port=sender.port,
        baud=921600,
        event_parser={"delimiter": r"\r\n"},
        words={
            "experiment_code": "serial",
            "session_code": "s1",
            "datastore_name": str(tmp_path / "data"),
            "global_event_buffer": 16,
        },
    )
    sender.go()
    assert sender.result()[0] == 0
    state = io.devices.serial.getCurrentDeviceState
    wait_until(lambda: state()["messages"] == COUNT)
    io.addDeviceToMonitor(
        "serial.Serial", {"name": "binary", "backend": "virtual", "event_parser": LINES}
    )
    binary = io.getDevice("binary")
    assert binary is not None
    binary.simulate(b"\x01\x00\x00\n")
    collect(io, 1, "binary")
    io.quit()
    with tables.open_file(str(tmp_path / "data.hdf5")) as file:
        rows = file.root.data_collection.events.serial.SerialInputEvent[:]
    assert [row["data"] for row in rows[:COUNT]] == [message(n)[:-2] for n in range(COUNT)]
    last = rows[-1]
    assert last["data"].ljust(int(last["data_length"]), b"\0") == b"\x01\x00\x00"


def test_a_script_writes_reads_and_gets_events(serial_io: Launch) -> None:
    io = serial_io(event_parser=LINES)
    serial = io.devices.serial
    serial.simulateReply(b"\x05", b"\x00\xff\x00\n")
    assert serial.write(b"\x05") == 1
    (event,) = collect(io, 1)
    assert event.data == b"\x00\xff\x00"
    assert event.port == serial.getCurrentDeviceState()["port"]
    assert serial.read() == b"\x00\xff\x00\n"
    assert serial.simulatedInput() == b"\x05"
    assert serial.isConnected() is True
    assert abs(serial.getSecTime() - io.getTime()) < 60
    assert serial.closeSerial() is True
    with pytest.raises(RuntimeError, match="is not open"):
        serial.write(b"x")
    assert serial.setConnectionState(True) is True


@pytest.mark.filterwarnings("ignore::iohub_core.client.hub_process.HubWarning")
def test_the_session_goes_on_when_the_port_disappears_and_comes_back(serial_io: Launch) -> None:
    io = serial_io(event_parser=LINES)
    serial = io.devices.serial
    serial.simulate(b"before\n")
    collect(io, 1)
    serial.simulateUnplug()
    wait_until(lambda: serial.getInterfaceStatus() == "HW_STAT_ERROR")
    assert "is gone" in serial.getLastInterfaceErrorString()
    serial.simulatePlug()
    wait_until(lambda: serial.getInterfaceStatus() == "HW_STAT_OK")
    serial.simulate(b"after\n")
    assert collect(io, 1)[0].data == b"after"


def test_a_lost_port_is_told_in_a_warning(serial_io: Launch) -> None:
    io = serial_io()
    with pytest.warns(UserWarning, match="is gone") as told:
        io.devices.serial.simulateUnplug()
        wait_until(lambda: bool(told.list))
    io.devices.serial.simulatePlug()


@pytest.mark.skipif(
    importlib.util.find_spec("iohub_experiment") is None, reason="needs iohub-experiment"
)
@pytest.mark.filterwarnings("ignore::iohub_core.client.hub_process.HubWarning")
def test_a_lost_port_and_its_return_are_log_events(serial_io: Launch) -> None:
    io = serial_io(words={"Experiment": {"report_log_events": True}})
    serial = io.devices.serial
    serial.simulateUnplug()
    wait_until(lambda: not serial.isConnected())
    serial.simulatePlug()
    texts: list[str] = []

    def both_told() -> bool:
        texts.extend(event.text for event in io.devices.experiment.getEvents())
        return any("is gone" in text for text in texts) and any("is back" in t for t in texts)

    wait_until(both_told)


def test_a_response_box_reports_buttons_and_takes_lamps(serial_io: Launch) -> None:
    io = serial_io(class_name="Pstbox")
    box = io.devices.pstbox
    box.setLampState([True, False, False, False, True])
    assert box.getLampState() == [True, False, False, False, True]
    box.simulateButton(1)
    box.simulateButton(1, False)
    events = collect(io, 2, "pstbox")
    assert [(event.button, event.button_event) for event in events] == [
        (1, "press"),
        (1, "release"),
    ]


def test_a_port_that_is_not_there_fails_the_launch_with_its_name(serial_io: Launch) -> None:
    with pytest.raises(HubStartError, match=r"/dev/no-such-port can't be opened"):
        serial_io(backend="auto", port="/dev/no-such-port")


def test_a_parser_module_that_is_not_there_fails_the_launch_with_its_name(
    serial_io: Launch,
) -> None:
    with pytest.raises(HubStartError, match=r"module 'no_such_parser' can't be imported"):
        serial_io(event_parser={"parser_function": "no_such_parser.parse"})


def test_malformed_parser_settings_fail_before_anything_starts(
    serial_io: Launch, tmp_path: Path
) -> None:
    file = tmp_path / "iohub_config.yaml"
    file.write_text(
        "monitor_devices:\n  - serial.Serial:\n      event_parser:\n        fixed_length: none\n"
    )
    from iohub_core import launchHubServer

    with pytest.raises(ConfigError, match=r"iohub_config.yaml:4: .*fixed_length"):
        launchHubServer(iohub_config_name=str(file))


PARSER = """
def words(read_time, rx_data, parser_state, separator=b" "):
    rest = parser_state.get("rest", b"") + rx_data
    *whole, parser_state["rest"] = rest.split(separator)
    return [{"data": word, "time": read_time} for word in whole]
"""

SCRIPT = """
from iohub_core import launchHubServer
%s
settings = {"backend": "virtual", "event_parser": {
    "parser_function": %s, "parser_kwargs": {"separator": b";"}}}
with launchHubServer(monitor_devices=[{"serial.Serial": settings}]) as io:
    serial = io.devices.serial
    serial.simulate([[0.0, b"on"], [0.005, b"e;tw"], [0.005, b"o;"]])
    seen = []
    while len(seen) < 2:
        seen += [event.data for event in serial.getEvents()]
    print(seen, serial.getConfiguration()["event_parser"]["parser_function"])
"""


def test_a_parser_function_beside_the_script_is_used(tmp_path: Path) -> None:
    (tmp_path / "my_parser.py").write_text(PARSER)
    printed = run_script(tmp_path, SCRIPT % ("", "'my_parser.words'"))
    assert printed.split("\n")[0] == "[b'one', b'two'] my_parser.words"


@pytest.mark.skipif(
    not shipping_is_there(), reason="needs iohub_core.tasklets.shipping to send functions"
)
def test_a_parser_function_of_the_script_itself_is_used(tmp_path: Path) -> None:
    printed = run_script(tmp_path, SCRIPT % (PARSER, "words"))
    assert printed.startswith("[b'one', b'two']")


def test_a_script_sleeps_until_an_event_comes(serial_io: Launch) -> None:
    serial = serial_io().devices.serial
    assert serial.waitForEvents(maxWait=0.01) == []
    serial.simulate(b"\x07", delay=0.05)
    (event,) = serial.waitForEvents()
    assert event.data == b"\x07"
    assert serial.waitForEvents(maxWait=0) == []


def test_two_serial_devices_live_side_by_side(serial_io: Launch) -> None:
    io = serial_io(
        name="left",
        words={"serial.Serial": {"name": "right", "backend": "virtual"}},
    )
    devices: list[Any] = [io.devices.left, io.devices.right]
    for place, device in enumerate(devices):
        device.simulate(bytes([place]))
    assert collect(io, 1, "left")[0].data == b"\x00"
    assert collect(io, 1, "right")[0].data == b"\x01"
