"""The script and its hub: started, followed, missed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from iohub_core import Computer, ioHubConnection, launchHubServer
from iohub_core.errors import (
    ConfigError,
    HubDiedError,
    HubStartError,
    NotConnectedError,
)

from .conftest import TOY, start_script

LAUNCH = """
    from iohub_core import launchHubServer
    io = launchHubServer(plugins=[TOY], monitor_devices=[{"Toy": {}}])
    print(io.iohub_process_id, flush=True)
"""


def test_events_reach_the_device_buffer_and_the_global_buffer_independently(
    toy_io: ioHubConnection,
) -> None:
    toy = toy_io.devices.toy
    toy.emit(3)
    assert [event.value for event in toy.getEvents()] == [0, 1, 2]
    assert toy.getEvents() == []
    assert [event.value for event in toy_io.getEvents()] == [0, 1, 2]


def test_events_come_out_sorted_by_time(toy_io: ioHubConnection) -> None:
    toy_io.devices.toy.emit_batch([5.0, 3.0, 4.0])
    toy_io.devices.toy.emit_batch([3.5])
    assert [event.time for event in toy_io.getEvents()] == [3.0, 3.5, 4.0, 5.0]


@pytest.mark.parametrize("form", ["namedtuple", "dict", "list", "object"])
def test_each_form_carries_every_field(toy_io: ioHubConnection, form: str) -> None:
    toy_io.devices.toy.emit(1, start=7)
    (event,) = toy_io.getEvents(as_type=form)
    by_name = {
        "namedtuple": lambda: event._asdict(),
        "dict": lambda: event,
        "list": lambda: dict(zip(toy_io.events.codec(1901).names, event, strict=True)),
        "object": lambda: {name: getattr(event, name) for name in toy_io.events.codec(1901).names},
    }[form]()
    assert by_name["value"] == 7
    assert by_name["type"] == 1901
    assert by_name["time"] <= by_name["logged_time"] <= Computer.getTime()
    assert list(by_name)[:3] == ["experiment_id", "session_id", "device_id"]


def test_an_unknown_form_is_an_error_even_when_there_are_no_events(
    toy_io: ioHubConnection,
) -> None:
    with pytest.raises(ValueError, match="did you mean 'namedtuple'"):
        toy_io.getEvents(as_type="namedtupel")


def test_a_selection_by_type_leaves_the_other_events_unread(toy_io: ioHubConnection) -> None:
    toy = toy_io.devices.toy
    toy.emit(2)
    toy.emit_special(1)
    assert [event.type for event in toy.getEvents(event_type_id="TOY_SPECIAL")] == [1902]
    assert [event.type for event in toy.getEvents()] == [1901, 1901]


def test_events_looked_at_without_clearing_are_still_there(toy_io: ioHubConnection) -> None:
    toy = toy_io.devices.toy
    toy.emit(2)
    assert len(toy.getEvents(clearEvents=False)) == 2
    assert len(toy.getEvents(clearEvents=False)) == 2
    assert len(toy.getEvents()) == 2
    assert toy.getEvents() == []


def test_nothing_that_happened_before_clear_events_is_returned_even_if_it_arrives_later(
    toy_io: ioHubConnection,
) -> None:
    toy = toy_io.devices.toy
    toy.emit(2)
    before = Computer.getTime()
    toy_io.clearEvents()
    toy.emit_batch([before - 0.001])
    assert toy.getEvents() == []
    assert toy_io.getEvents() == []
    toy.emit(1)
    assert len(toy.getEvents()) == 1
    assert len(toy_io.getEvents()) == 1


def test_clearing_one_level_leaves_the_other(toy_io: ioHubConnection) -> None:
    toy = toy_io.devices.toy
    toy.emit(1)
    toy_io.clearEvents(None)
    assert (len(toy_io.getEvents()), len(toy.getEvents())) == (0, 1)
    toy.emit(1)
    toy_io.clearEvents("toy")
    assert (len(toy_io.getEvents()), len(toy.getEvents())) == (1, 0)


def test_the_hubs_time_lies_between_two_readings_of_the_scripts(toy_io: ioHubConnection) -> None:
    for _ in range(200):
        before = Computer.getTime()
        there = toy_io.getTime()
        assert before <= there <= Computer.getTime()


def test_a_full_buffer_drops_the_oldest_counts_them_and_warns_once(
    launch: Callable[..., ioHubConnection],
) -> None:
    with pytest.warns(UserWarning, match="'toy' is full") as caught:
        io = launch(monitor_devices=[{"Toy": {"event_buffer_length": 10}}])
        io.devices.toy.emit(25)
        _wait_until(lambda: any("toy" in str(one.message) for one in caught))
        io.devices.toy.emit(5)
    events = io.devices.toy.getEvents()
    assert [event.value for event in events] == [20, 21, 22, 23, 24, 0, 1, 2, 3, 4]
    status = io.getBufferStatus()
    assert status["toy"] == {"capacity": 10, "unread": 0, "written": 30, "dropped": 20}
    assert status["global"]["dropped"] == 0
    assert len(io.getEvents()) == 30
    assert len([one for one in caught if "'toy' is full" in str(one.message)]) == 1


def test_switching_reporting_off_stops_events(toy_io: ioHubConnection) -> None:
    toy = toy_io.devices.toy
    assert toy.enableEventReporting(False) is False
    toy.emit(3)
    assert toy.getEvents() == []
    assert toy.enableEventReporting(True) is True
    toy.emit(1)
    assert len(toy.getEvents()) == 1


def test_monitor_event_types_selects_what_is_reported(
    launch: Callable[..., ioHubConnection],
) -> None:
    io = launch(monitor_devices=[{"Toy": {"monitor_event_types": ["ToySpecialEvent"]}}])
    io.devices.toy.emit(2)
    io.devices.toy.emit_special(1)
    assert [event.type for event in io.getEvents()] == [1902]


def test_an_event_type_the_device_lacks_is_told_before_anything_starts(
    launch: Callable[..., ioHubConnection],
) -> None:
    with pytest.raises(
        ConfigError, match=r"monitor_event_types\[1\]: .*'TOY_SPECAL'.*did you mean"
    ):
        launch(monitor_devices=[{"Toy": {"monitor_event_types": ["TOY", "TOY_SPECAL"]}}])


def test_stream_events_false_keeps_events_out_of_the_buffers(
    launch: Callable[..., ioHubConnection],
) -> None:
    io = launch(monitor_devices=[{"Toy": {"stream_events": False}}])
    io.devices.toy.emit(2)
    assert io.getEvents() == []


def test_an_error_in_the_hub_is_raised_in_the_script_with_the_hubs_traceback(
    toy_io: ioHubConnection,
) -> None:
    with pytest.raises(ValueError, match="the toy was told to fail") as caught:
        toy_io.devices.toy.boom()
    assert "toy_device.py" in str(caught.value.__cause__)


def test_only_declared_methods_can_be_called(toy_io: ioHubConnection) -> None:
    toy = toy_io.devices.toy
    with pytest.raises(AttributeError, match="has no 'hidden'"):
        toy.hidden()
    for name in ("hidden", "close", "publish", "__class__"):
        with pytest.raises(AttributeError, match="no public method"):
            toy._call(name)
    with pytest.raises(AttributeError, match="the hub has no method"):
        toy_io._sendToHubServer(("", "_recorder"))


def test_a_waiting_call_sleeps_until_the_hub_wakes_it(toy_io: ioHubConnection) -> None:
    toy = toy_io.devices.toy
    process = psutil.Process()
    toy.emit_later(0.3)
    cpu_before = sum(process.cpu_times()[:2])
    assert toy._wait_for_new(toy._reader.written(), 5.0)
    cpu = sum(process.cpu_times()[:2]) - cpu_before
    (event,) = toy.getEvents()
    assert cpu < 0.1  # of the 0.3 s it waited
    assert event.value == 1


def test_a_wait_that_runs_out_returns_false_and_later_requests_get_their_own_answers(
    toy_io: ioHubConnection,
) -> None:
    toy = toy_io.devices.toy
    for _ in range(20):
        assert not toy._wait_for_new(toy._reader.written(), 0.001)
        assert toy_io.getPriority() in {"normal", "high", "realtime"}


def test_threads_of_the_script_have_connections_of_their_own(toy_io: ioHubConnection) -> None:
    toy = toy_io.devices.toy
    waited = []
    thread = threading.Thread(
        target=lambda: waited.append(toy._wait_for_new(toy._reader.written(), 5.0))
    )
    thread.start()
    for _ in range(50):
        toy_io.getTime()
    toy.emit(1)
    thread.join(5.0)
    assert waited == [True]


def test_a_second_launch_returns_the_first_connection(toy_io: ioHubConnection) -> None:
    assert launchHubServer() is toy_io


def test_after_quit_the_process_and_the_connection_are_gone(toy_io: ioHubConnection) -> None:
    pid = toy_io.iohub_process_id
    folder = toy_io._process.folder
    toy_io.quit()
    assert ioHubConnection.getActiveConnection() is None
    assert not psutil.pid_exists(pid)
    assert not folder.exists()
    with pytest.raises(NotConnectedError):
        toy_io.getTime()
    with pytest.raises(NotConnectedError):
        toy_io.getEvents()
    toy_io.quit()


def test_a_with_block_quits(launch: Callable[..., ioHubConnection]) -> None:
    with launch() as io:
        pid = io.iohub_process_id
    assert not psutil.pid_exists(pid)


def test_a_killed_hub_makes_every_call_raise_at_once(toy_io: ioHubConnection) -> None:
    waiting: list[BaseException] = []

    def wait() -> None:
        try:
            toy_io.devices.toy._wait_for_new(toy_io.devices.toy._reader.written(), None)
        except HubDiedError as error:
            waiting.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    with pytest.raises(HubDiedError, match="SIGKILL") as caught:
        toy_io.devices.toy.die()
    assert "these are my last words" in str(caught.value)
    thread.join(5.0)
    assert waiting
    for call in (
        toy_io.getEvents,
        toy_io.getTime,
        toy_io.clearEvents,
        toy_io.devices.toy.getEvents,
    ):
        with pytest.raises(HubDiedError):
            call()


def test_the_hub_listens_on_no_network_port_and_its_folder_is_private(
    toy_io: ioHubConnection,
) -> None:
    hub = psutil.Process(toy_io.iohub_process_id)
    assert hub.net_connections("inet") == []
    assert (toy_io._process.folder.stat().st_mode & 0o777) == 0o700
    command = " ".join(hub.cmdline())
    assert toy_io._transport._key.hex() not in command


def test_a_connection_with_a_wrong_key_is_refused(toy_io: ioHubConnection) -> None:
    from multiprocess import connection as mp_connection

    with pytest.warns(UserWarning, match="wrong key was refused") as caught:
        with pytest.raises(mp_connection.AuthenticationError):
            mp_connection.Client(toy_io._transport._address, authkey=b"guess")
        _wait_until(lambda: len(caught) > 0)
    assert toy_io.getTime() > 0


def test_what_the_hub_prints_appears_on_the_scripts_standard_error(
    toy_io: ioHubConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    toy_io.devices.toy.say("hello from the hub")
    printed: list[str] = []

    def seen() -> bool:
        printed.append(capsys.readouterr().err)
        return "hello from the hub" in "".join(printed)

    _wait_until(seen)


def test_a_device_that_refuses_to_open_fails_the_launch_with_its_reason(
    launch: Callable[..., ioHubConnection],
) -> None:
    with pytest.raises(HubStartError, match="no toys today") as caught:
        launch(monitor_devices=[{"Toy": {"refuse": "no toys today"}}])
    assert "toy_device.py" in str(caught.value)
    assert ioHubConnection.getActiveConnection() is None


def test_an_optional_device_that_refuses_is_left_out_with_a_warning(
    launch: Callable[..., ioHubConnection],
) -> None:
    with pytest.warns(UserWarning, match="no toys today") as caught:
        io = launch(
            monitor_devices=[
                {"Toy": {"refuse": "no toys today", "optional": True, "name": "broken"}},
                {"Toy": {}},
            ]
        )
        _wait_until(lambda: len(caught) > 0)
    assert io.devices.getNames() == ["toy"]
    assert io.getDevice("broken") is None
    assert io.getDeviceFailures()[0]["message"] == "no toys today"


def test_a_faulty_configuration_starts_nothing(launch: Callable[..., ioHubConnection]) -> None:
    with pytest.raises(ConfigError, match="event_buffer_length"):
        launch(monitor_devices=[{"Toy": {"event_buffer_length": 0}}])
    assert ioHubConnection.getActiveConnection() is None


def test_a_device_can_be_added_to_a_running_hub(toy_io: ioHubConnection) -> None:
    view = toy_io.addDeviceToMonitor("Toy", {"name": "second"})
    assert view is not None
    assert toy_io.devices.second is view
    view.emit(2)
    assert len(view.getEvents()) == 2
    assert toy_io.devices.toy.getEvents() == []
    with pytest.raises(ValueError, match="already"):
        toy_io.addDeviceToMonitor("Toy", {"name": "second"})


def test_an_unguarded_script_runs_once_and_its_hub_ends_with_it(tmp_path: Path) -> None:
    script = start_script(LAUNCH + "    print('the end')", tmp_path)
    out, err = script.communicate(timeout=30)
    assert script.returncode == 0, err
    pid, end = out.split("\n", 1)
    assert end.strip() == "the end"
    assert not psutil.pid_exists(int(pid))


def test_a_script_with_the_name_of_a_library_is_told_to_be_renamed(tmp_path: Path) -> None:
    text = (
        "from iohub_core import launchHubServer\n"
        "io = launchHubServer(plugins=['local.py'], monitor_devices=[])\n"
    )
    (tmp_path / "my_library.py").write_text(text)
    (tmp_path / "local.py").write_text("import my_library\n")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "my_library.py")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert "Rename your script" in done.stderr


def test_a_script_given_on_the_command_line_can_launch(tmp_path: Path) -> None:
    text = (
        "from iohub_core import launchHubServer\n"
        f"io = launchHubServer(plugins=[{TOY!r}], monitor_devices=[{{'Toy': {{}}}}])\n"
        "io.devices.toy.emit(1); print(len(io.getEvents())); io.quit()"
    )
    done = subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=tmp_path,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stderr


@pytest.mark.parametrize("end", ["raise SystemExit(3)", "1 / 0", "import os; os._exit(1)"])
def test_the_hub_follows_a_script_that_ends_without_quitting(tmp_path: Path, end: str) -> None:
    script = start_script(LAUNCH + f"    {end}", tmp_path)
    out, _ = script.communicate(timeout=30)
    assert script.returncode != 0
    _wait_until_gone(int(out), within_s=2.0)


def test_the_hub_follows_a_script_that_is_killed(tmp_path: Path) -> None:
    script = start_script(LAUNCH + "    import time; time.sleep(60)", tmp_path)
    assert script.stdout is not None
    pid = int(script.stdout.readline())
    script.kill()
    script.wait()
    _wait_until_gone(pid, within_s=2.0)


def test_a_device_that_does_not_close_can_not_keep_an_orphan_hub_alive(tmp_path: Path) -> None:
    text = LAUNCH.replace('"Toy": {}', '"Toy": {"slow_close_s": 30.0}')
    script = start_script(text + "    import time; time.sleep(60)", tmp_path)
    assert script.stdout is not None
    pid = int(script.stdout.readline())
    script.kill()
    script.wait()
    _wait_until_gone(pid, within_s=2.5)


def test_a_terminated_hub_closes_its_devices_and_the_script_is_told(
    toy_io: ioHubConnection,
) -> None:
    os.kill(toy_io.iohub_process_id, signal.SIGTERM)
    _wait_until(lambda: toy_io._process.trouble is not None)
    with pytest.raises(HubDiedError, match="exit code 0"):
        toy_io.getEvents()


def test_a_stopped_hub_ends_a_request_with_a_timeout(
    toy_io: ioHubConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from iohub_core.client import transport
    from iohub_core.errors import HubTimeoutError

    monkeypatch.setattr(transport, "ANSWER_TIMEOUT_S", 1)
    answers: list[BaseException] = []

    def ask() -> None:
        try:
            toy_io.devices.toy.burn(3.0)
        except HubTimeoutError as error:
            answers.append(error)

    thread = threading.Thread(target=ask)  # a new thread has a new connection
    thread.start()
    thread.join(10.0)
    assert "toy.burn() within 1 s" in str(answers[0])
    assert toy_io.getTime() > 0


def test_ctrl_c_is_the_scripts_affair(tmp_path: Path) -> None:
    script = start_script(
        LAUNCH
        + """
    import time
    try:
        print("ready", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        io.devices.toy.emit(1)
        print("still there:", len(io.getEvents()), flush=True)
    """,
        tmp_path,
        start_new_session=True,
    )
    assert script.stdout is not None
    assert [script.stdout.readline(), script.stdout.readline()][1] == "ready\n"
    os.killpg(script.pid, signal.SIGINT)
    out, err = script.communicate(timeout=30)
    assert out.strip() == "still there: 1", err


def test_ctrl_c_ends_a_wait_and_the_connection_goes_on(tmp_path: Path) -> None:
    script = start_script(
        LAUNCH
        + """
    toy = io.devices.toy
    toy.emit_later(0.3)
    toy._wait_for_new(toy._reader.written(), None)
    toy.getEvents(), io.getEvents()
    try:
        print("ready", flush=True)
        toy._wait_for_new(toy._reader.written(), None)
    except KeyboardInterrupt:
        toy.emit(1)
        print("answered:", io.getPriority(), len(io.getEvents()), flush=True)
    """,
        tmp_path,
    )
    assert script.stdout is not None
    assert [script.stdout.readline(), script.stdout.readline()][1] == "ready\n"
    _wait_until(lambda: psutil.Process(script.pid).status() == psutil.STATUS_SLEEPING)
    script.send_signal(signal.SIGINT)
    out, err = script.communicate(timeout=30)
    assert out.strip() == "answered: normal 1", err


def test_two_hubs_run_side_by_side_and_never_meet(tmp_path: Path) -> None:
    text = LAUNCH + (
        "    io.devices.toy.emit(N)\n"
        "    import sys; sys.stdin = None\n"
        "    import time; time.sleep(0.3)\n"
        "    print(len(io.getEvents()))\n"
        "    io.quit()\n"
    )
    scripts = []
    for count in (3, 5):
        folder = tmp_path / str(count)
        folder.mkdir()
        scripts.append((count, start_script(text.replace("N)", f"{count})", 1), folder)))
    for count, script in scripts:
        out, err = script.communicate(timeout=30)
        assert out.split("\n")[1] == str(count), err


def _wait_until(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.01)


def _wait_until_gone(pid: int, within_s: float) -> None:
    def gone() -> bool:
        try:
            # An orphan that has ended stays in the table until the system's first process looks.
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    _wait_until(gone, within_s)


def test_filtered_events_come_beside_the_originals(launch: Callable[..., ioHubConnection]) -> None:
    median = {"event_types": ["TOY"], "fields": ["value"], "kernel": "median", "length": 3}
    io = launch(monitor_devices=[{"Toy": {"filters": [median]}}])
    toy = io.devices.toy
    for value in (1, 50, 2, 3):
        toy.emit(1, start=value)
    assert [event.value for event in toy.getEvents(clearEvents=False, filter_id=0)] == [1, 50, 2, 3]
    assert [event.value for event in toy.getEvents(filter_id=1)] == [2, 3]
    assert toy.addFilter({**median, "length": 5}) == 2
    assert toy.enableFilters(False) is False
    toy.clearEvents()
    toy.emit(3)
    assert [event.filter_id for event in toy.getEvents()] == [0, 0, 0]
    with pytest.raises(
        ConfigError, match=r"Toy\.filters\[0\]\.fields\[0\]: .*'valeu'.*did you mean 'value'"
    ):
        io.addDeviceToMonitor("Toy", {"name": "t2", "filters": [{**median, "fields": ["valeu"]}]})
