"""Ports: found, opened with every setting in force, read asleep, lost and found again."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import serial

from iohub_core.clock import SystemClock
from iohub_core.errors import BackendUnavailableError, DeviceError
from iohub_serial.backends.connection import BlockingConnection, DescriptorConnection
from iohub_serial.backends.opening import choose_port, open_port
from iohub_serial.backends.port import SerialPort
from iohub_serial.backends.virtual import VirtualPort
from iohub_serial.config import EventParserSettings, SerialSettings
from iohub_serial.device import SerialDevice

from .conftest import Collector, Wire, backend_context, device_context, wait_until

termios = pytest.importorskip("termios")

LINES = EventParserSettings(delimiter="\n")
Open = Callable[..., SerialDevice]


@pytest.fixture
def opened(collector: Collector) -> Iterator[Open]:
    """Open devices on real ports; they are closed when the test ends."""
    devices: list[SerialDevice] = []

    def start(kind: type[SerialPort] = SerialPort, **settings: Any) -> SerialDevice:
        clock = SystemClock()
        settings.setdefault("event_parser", LINES)
        checked = SerialSettings(**settings)
        device = SerialDevice(
            checked, device_context(collector, clock), kind(checked, backend_context(clock))
        )
        devices.append(device)
        device.open()
        return device

    yield start
    for device in devices:
        device.close()


def listed(*names: str) -> list[SimpleNamespace]:
    return [SimpleNamespace(device=name, description=f"Box {name}") for name in names]


def test_auto_takes_the_only_port() -> None:
    assert choose_port("auto", listed("/dev/ttyUSB3")) == "/dev/ttyUSB3"


def test_auto_lists_the_choices_when_there_are_several() -> None:
    with pytest.raises(BackendUnavailableError, match=r"COM1 \(Box COM1\), COM7 \(Box COM7\)"):
        choose_port("auto", listed("COM7", "COM1"))


def test_auto_says_what_helps_when_there_is_none() -> None:
    with pytest.raises(BackendUnavailableError, match="plug the device in"):
        choose_port("auto", [])


def test_a_port_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(BackendUnavailableError, match=r"/dev/no-such-port.*ports that are there"):
        open_port("/dev/no-such-port", SerialSettings())


@pytest.mark.parametrize(
    ("settings", "flag", "field"),
    [
        ({"baud": 115200}, termios.B115200, 4),
        ({"stopbits": 2}, termios.CSTOPB, 2),
        ({"rtscts": True}, termios.CRTSCTS, 2),
        ({"xonxoff": True}, termios.IXON, 0),
    ],
)
def test_every_setting_a_pseudo_terminal_has_is_in_force(
    wire: Wire, settings: dict[str, Any], flag: int, field: int
) -> None:
    plain = open_port(wire.name, SerialSettings(baud=4800))
    before = termios.tcgetattr(plain.fileno())[field]
    plain.close()
    port = open_port(wire.name, SerialSettings(**{"baud": 4800, **settings}))
    after = termios.tcgetattr(port.fileno())[field]
    port.close()
    if field == 4:
        assert (before, after) == (termios.B4800, flag)
    else:
        assert not before & flag
        assert after & flag


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"bytesize": 7}, "bytesize: 7"),
        ({"parity": "EVEN"}, "parity: E"),
        ({"stopbits": 1.5}, "stopbits: 1.5"),
        ({"dsrdtr": True}, "dsrdtr: True"),
    ],
)
def test_a_setting_the_port_refuses_is_named(
    wire: Wire, settings: dict[str, Any], named: str
) -> None:
    with pytest.raises(BackendUnavailableError, match=f"does not take `{named}`"):
        open_port(wire.name, SerialSettings(**settings))


def test_a_setting_that_is_not_in_force_afterwards_is_named(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = termios.tcsetattr

    def forgetful(fd: int, when: int, attributes: list[Any]) -> None:
        attributes[2] &= ~termios.CSTOPB
        real(fd, when, attributes)

    monkeypatch.setattr(termios, "tcsetattr", forgetful)
    with pytest.raises(BackendUnavailableError, match=r"`stopbits: 2`.*in force"):
        open_port(wire.name, SerialSettings(stopbits=2))


def test_a_port_somebody_else_reads_is_not_shared(wire: Wire) -> None:
    first = open_port(wire.name, SerialSettings())
    with pytest.raises(BackendUnavailableError, match="lock"):
        open_port(wire.name, SerialSettings())
    first.close()


def test_messages_come_in_and_writes_go_out(wire: Wire, opened: Open, collector: Collector) -> None:
    device = opened(port=wire.name)
    wire.send(b"one\ntw")
    collector.wait_for_events(1)
    wire.send(b"o\n")
    assert [event.data for event in collector.wait_for_events(2)] == [b"one", b"two"]
    assert device.write(bytes(range(256))) == 256
    assert wire.receive(256) == bytes(range(256))


def test_stamps_lie_around_the_sending_within_the_interval(
    wire: Wire, opened: Open, collector: Collector
) -> None:
    device = opened(port=wire.name, baud=9600)
    began = device.clock.now()
    wire.send(b"abc\n")
    ended = device.clock.now()
    (event,) = collector.wait_for_events(1)
    assert event.time <= event.logged_time
    assert event.logged_time - event.time == pytest.approx(4 * device.settings.byte_time)
    assert event.logged_time >= began
    assert event.confidence_interval >= 4 * device.settings.byte_time
    assert event.time - event.confidence_interval <= ended


def test_the_reader_asks_once_for_each_delivery_and_sleeps_in_between(
    wire: Wire, opened: Open, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    real = DescriptorConnection.read

    def counted(connection: DescriptorConnection) -> Any:
        real_select = connection._selector.select

        def select(timeout: float | None = None) -> Any:
            asked.append(timeout)
            return real_select(timeout)

        if "select" not in vars(connection._selector):
            connection._selector.select = select  # type: ignore[method-assign]
        return real(connection)

    monkeypatch.setattr(DescriptorConnection, "read", counted)
    opened(port=wire.name)
    for number in range(1, 6):
        wire.send(b"x\n")
        collector.wait_for_events(number)
    wait_until(lambda: len(asked) == 6)
    assert asked == [None] * 6


def test_a_full_port_makes_a_write_raise_within_its_time(wire: Wire, opened: Open) -> None:
    device = opened(port=wire.name, write_timeout=0.05)
    with pytest.raises(DeviceError, match=r"write_timeout is 0\.05 s"):
        device.write(b"x" * 10_000_000)  # more than any system keeps for a far end that is asleep
    device.flushOutput()


def test_closing_and_opening_from_the_script(
    wire: Wire, opened: Open, collector: Collector
) -> None:
    device = opened(port=wire.name)
    assert device.closeSerial() is True
    assert device.closeSerial() is False
    assert device.isConnected() is False
    assert device.getInterfaceStatus() == "HW_STAT_OK"
    with pytest.raises(DeviceError, match="is not open"):
        device.write(b"x")
    assert device.setConnectionState(True) is True
    wire.send(b"again\n")
    assert collector.wait_for_events(1)[0].data == b"again"
    assert collector.warnings == []


def test_a_port_that_disappears_and_comes_back_goes_on_by_itself(
    opened: Open, collector: Collector, tmp_path: Any
) -> None:
    first, link = Wire(), tmp_path / "port"
    os.symlink(first.name, link)
    device = opened(port=str(link))
    first.send(b"before\n")
    collector.wait_for_events(1)
    link.unlink()
    first.hang_up()
    collector.wait(lambda: len(collector.warnings) == 1)
    assert device.getInterfaceStatus() == "HW_STAT_ERROR"
    assert device.isConnected() is False
    with pytest.raises(DeviceError, match="is not open"):
        device.write(b"x")
    second = Wire()
    os.symlink(second.name, link)
    collector.wait(lambda: len(collector.warnings) == 2)
    assert "is back" in collector.warnings[1]
    second.send(b"after\n")
    assert collector.wait_for_events(2)[1].data == b"after"
    assert device.getInterfaceStatus() == "HW_STAT_OK"
    device.write(b"reply")
    assert second.receive(5) == b"reply"
    second.hang_up()


def test_a_device_can_be_closed_while_its_port_is_gone(
    wire: Wire, opened: Open, collector: Collector
) -> None:
    device = opened(port=wire.name)
    wire.hang_up()
    collector.wait(lambda: len(collector.warnings) == 1)
    device.close()
    alive = [thread.name for thread in threading.enumerate()]
    assert "iohub-serial" not in alive


def test_asking_for_a_port_that_is_gone_raises_and_does_not_end_the_search(
    opened: Open, collector: Collector, tmp_path: Any
) -> None:
    first, link = Wire(), tmp_path / "port"
    os.symlink(first.name, link)
    device = opened(port=str(link))
    link.unlink()
    first.hang_up()
    collector.wait(lambda: len(collector.warnings) == 1)
    with pytest.raises(DeviceError, match="can't be opened"):
        device.setConnectionState(True)
    second = Wire()
    os.symlink(second.name, link)
    collector.wait(lambda: len(collector.warnings) == 2)
    assert device.isConnected()
    second.hang_up()


def test_a_port_closed_by_the_script_is_not_looked_for(
    wire: Wire, opened: Open, collector: Collector
) -> None:
    device = opened(port=wire.name)
    wire.hang_up()
    collector.wait(lambda: len(collector.warnings) == 1)
    assert device.setConnectionState(False) is False
    backend = device.backend
    assert isinstance(backend, SerialPort)
    wait_until(lambda: not backend._opening.locked())
    assert not backend._wanted


def test_a_hub_that_stops_does_not_wait_for_a_port_that_takes_long_to_open(
    wire: Wire, opened: Open, collector: Collector
) -> None:
    opening, go_on = threading.Event(), threading.Event()

    class Slow(SerialPort):
        def open_port(self) -> serial.Serial:
            if collector.warnings:
                opening.set()
                go_on.wait(10)
            return super().open_port()

    device = opened(Slow, port=wire.name)
    wire.hang_up()
    assert opening.wait(10)
    device.close()
    assert not go_on.is_set()
    go_on.set()


def test_a_loop_url_works(opened: Open, collector: Collector) -> None:
    device = opened(port="loop://", baud=115200)
    device.write(b"round\nand round\n")
    events = collector.wait_for_events(2)
    assert [event.data for event in events] == [b"round", b"and round"]
    assert events[0].port == "loop://"
    assert device.closeSerial()


def test_a_socket_url_works_and_is_found_again(opened: Open, collector: Collector) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        device = opened(port=f"socket://127.0.0.1:{number}")
        far, _ = server.accept()
        far.sendall(b"hello\n")
        (event,) = collector.wait_for_events(1)
        assert event.data == b"hello"
        assert event.confidence_interval == 0.0
        device.write(b"back")
        assert far.recv(4) == b"back"
        far.close()
        far, _ = server.accept()
        # pyserial drops what arrives before it has opened the socket.
        collector.wait(lambda: len(collector.warnings) == 2)
        far.sendall(b"again\n")
        assert collector.wait_for_events(2)[1].data == b"again"
        far.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pyserial's own
def test_an_rfc2217_url_works(opened: Open, collector: Collector) -> None:
    from serial.rfc2217 import PortManager

    heard = bytearray()
    remote = serial.serial_for_url("loop://")  # a pseudo-terminal has no modem lines to report

    def serve(server: socket.socket) -> None:
        far, _ = server.accept()
        with far:
            manager = PortManager(remote, SimpleNamespace(write=far.sendall))
            while data := far.recv(1024):
                content = b"".join(manager.filter(data))
                heard.extend(content)
                if content:
                    far.sendall(b"".join(manager.escape(b"answer\xff\n")))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        device = opened(port=f"rfc2217://127.0.0.1:{server.getsockname()[1]}", baud=19200)
        assert remote.baudrate == 19200
        device.write(b"question")
        (event,) = collector.wait_for_events(1)
        assert (event.data, event.confidence_interval) == (b"answer\xff", 0.0)
        assert heard == b"question"
        device.close()
        thread.join(5)
        assert not thread.is_alive()


def test_only_ports_without_a_descriptor_block(opened: Open, wire: Wire) -> None:
    for port, kind in ((wire.name, DescriptorConnection), ("loop://", BlockingConnection)):
        backend = opened(port=port).backend
        assert isinstance(backend, SerialPort)
        assert isinstance(backend._connection, kind)


def test_a_virtual_port_sends_what_it_is_told_and_answers(
    opened: Open, collector: Collector
) -> None:
    device = opened(VirtualPort, parity="EVEN", bytesize=7)
    device.simulateReply(b"?", b"!\n")
    device.simulateReply(b"??", b"!!\n", 0.01)
    assert device.simulate([[0.0, b"on"], [0.01, "e\n"]]) == 4
    assert collector.wait_for_events(1)[0].data == b"one"
    device.write(b"a?b")
    assert collector.wait_for_events(2)[1].data == b"!"
    device.write(b"??")
    assert collector.wait_for_events(3)[2].data == b"!!"
    assert device.simulatedInput() == b"a?b??"
    assert device.simulatedInput() == b""


def test_a_virtual_ports_plug_can_be_pulled_and_put_back(
    opened: Open, collector: Collector
) -> None:
    device = opened(VirtualPort)
    device.simulateUnplug()
    collector.wait(lambda: len(collector.warnings) == 1)
    device.simulate(b"lost\n")
    device.simulatePlug()
    collector.wait(lambda: len(collector.warnings) == 2)
    device.simulate(b"found\n")
    assert collector.wait_for_events(1)[0].data == b"found"


@pytest.mark.parametrize("has_pty", [True, False])
def test_a_virtual_port_works_without_pseudo_terminals_too(
    opened: Open, collector: Collector, monkeypatch: pytest.MonkeyPatch, has_pty: bool
) -> None:
    monkeypatch.setattr("iohub_serial.backends.virtual.HAS_PTY", has_pty)
    device = opened(VirtualPort)
    device.simulateReply(b"code", b"seen\n")
    assert device.write(b"code") == 4
    assert collector.wait_for_events(1)[0].data == b"seen"
    device.simulateUnplug()
    collector.wait(lambda: len(collector.warnings) == 1)
    device.simulatePlug()
    collector.wait(lambda: len(collector.warnings) == 2)
    device.simulate(b"again\n")
    assert collector.wait_for_events(2)[1].data == b"again"
