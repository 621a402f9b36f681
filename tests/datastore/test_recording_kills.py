"""Processes of a recording are killed at random instants; afterwards every event is there, once."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from iohub_datastore.paths import journal_path
from iohub_datastore.recovery import recover

from .recording_harness import make_sink, record, stored_ids, stored_trials

HARNESS = Path(__file__).with_name("recording_harness.py")
SESSION = "killed"
EARLIER = range(1, 301)


class HubProcess:
    """The harness in a process of its own, and what it has acknowledged."""

    def __init__(self, folder: Path, count: int, pause_s: float) -> None:
        self.data_file = folder / "data.hdf5"
        self.acked = 0
        self.trials: list[int] = []
        self.stage = "started"
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, str(HARNESS), str(folder), SESSION, str(count), str(pause_s)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                if not line.endswith("\n"):
                    continue  # cut by the kill
                with self._changed:
                    match line.split():
                        case ["acked", number]:
                            self.acked = int(number)
                        case ["trial", number]:
                            self.trials.append(int(number))
                        case [stage, *_]:
                            self.stage = stage
                    self._changed.notify_all()
        with self._changed:
            self.stage = "ended"
            self._changed.notify_all()

    def wait_for(self, stages: set[str], acked: int = 0) -> None:
        with self._changed:
            assert self._changed.wait_for(
                lambda: (self.stage in stages and self.acked >= acked) or self.stage == "ended", 60
            )

    def writers(self) -> list[psutil.Process]:
        """The writers' processes of this data file, whoever their parent is."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if str(self.data_file) in words and process.pid != self.process.pid:
                found.append(process)
        return found

    def wait_until_all_ended(self) -> None:
        self.process.wait(60)
        self._thread.join(60)
        _, alive = psutil.wait_procs(self.writers(), 60)
        assert not alive


def kill(process: psutil.Process | subprocess.Popen[str]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


def kill_hub(hub: HubProcess, _: random.Random) -> None:
    kill(hub.process)


def kill_writer(hub: HubProcess, _: random.Random) -> None:
    for writer in hub.writers():
        kill(writer)


def kill_writer_then_hub(hub: HubProcess, rng: random.Random) -> None:
    kill_writer(hub, rng)
    time.sleep(rng.uniform(0, 0.02))
    kill(hub.process)


def kill_hub_then_writer(hub: HubProcess, rng: random.Random) -> None:
    writers = hub.writers()
    kill(hub.process)
    time.sleep(rng.uniform(0, 0.02))
    for writer in writers:
        kill(writer)


def kill_both(hub: HubProcess, _: random.Random) -> None:
    writers = hub.writers()
    for writer in writers:
        with contextlib.suppress(psutil.NoSuchProcess):
            writer.suspend()  # it must not finish the file in the instant between the two
    kill(hub.process)
    for writer in writers:
        kill(writer)


VICTIMS: dict[str, Callable[[HubProcess, random.Random], None]] = {
    "the hub": kill_hub,
    "the writer": kill_writer,
    "the writer, then the hub": kill_writer_then_hub,
    "the hub, then the writer": kill_hub_then_writer,
    "both at once": kill_both,
}

# stage to wait for, most seconds to wait after it
INSTANTS = {
    "at the start": ({"started"}, 0.35),
    "while the file is made": ({"opened"}, 0.25),
    "while recording": ({"ready"}, 0.3),
    "at the end": ({"closing"}, 0.03),
}


def kill_once(folder: Path, victim: str, instant: str, seed: int) -> None:
    """One session, killed, recovered and checked."""
    rng = random.Random(seed)
    has_earlier = rng.random() < 0.5
    if has_earlier:
        earlier = make_sink(folder, session="earlier")
        record(earlier, EARLIER)
        earlier.close("done")
    count, pause_s = (250, 0.0) if instant == "at the end" else (10**9, 0.0005)
    hub = HubProcess(folder, count, pause_s)
    stages, most_s = INSTANTS[instant]
    hub.wait_for(stages)
    time.sleep(rng.uniform(0, most_s))
    VICTIMS[victim](hub, rng)
    if victim == "the writer":
        # The hub goes on: what it records after the kill has to be there too.
        hub.wait_for({"ready"}, acked=hub.acked + 20)
        if rng.random() < 0.5:
            kill_hub(hub, rng)
        else:
            hub.process.kill()
    hub.wait_until_all_ended()
    if rng.random() < 0.3:
        kill_a_recovery(hub.data_file, rng)
    recover(hub.data_file)
    check(hub, has_earlier=has_earlier)


def kill_a_recovery(data_file: Path, rng: random.Random) -> None:
    code = "import sys; from iohub_datastore.recovery import *; recover(Path(sys.argv[1]))"
    process = subprocess.Popen([sys.executable, "-c", code, str(data_file)])
    time.sleep(rng.uniform(0.1, 0.4))
    process.kill()
    process.wait()


def check(hub: HubProcess, *, has_earlier: bool) -> None:
    data_file = hub.data_file
    left = {path.name for path in data_file.parent.iterdir()} - {data_file.name}
    assert not left
    if has_earlier:
        assert stored_ids(data_file, "earlier") == list(EARLIER)
    if not hub.acked:  # the session may have ended before it began
        return
    found = stored_ids(data_file, SESSION)
    assert found == list(range(1, len(found) + 1)), "an event is missing or there twice"
    assert len(found) >= hub.acked
    trials = stored_trials(data_file, SESSION)
    assert len(set(trials)) == len(trials)
    assert set(hub.trials) <= set(trials)


CASES = [(victim, instant) for victim in VICTIMS for instant in INSTANTS]


@pytest.mark.parametrize(("victim", "instant"), CASES)
def test_after_a_kill_every_event_is_in_the_file_once(
    tmp_path: Path, victim: str, instant: str
) -> None:
    kill_once(tmp_path, victim, instant, seed=random.SystemRandom().randrange(10**9))


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("victim", "instant"), CASES)
def test_after_many_kills_every_event_is_in_the_file_once(
    tmp_path: Path, victim: str, instant: str
) -> None:
    for turn in range(int(os.environ.get("IOHUB_KILLS_PER_CASE", "12"))):
        seed = random.SystemRandom().randrange(10**9)
        folder = tmp_path / str(turn)
        folder.mkdir()
        try:
            kill_once(folder, victim, instant, seed)
        except BaseException:
            print(f"turn {turn}, seed {seed}, folder {folder}")
            raise


def test_a_journal_beside_a_file_is_recovered_by_the_next_launch(tmp_path: Path) -> None:
    hub = HubProcess(tmp_path, 10**9, 0.0005)
    hub.wait_for({"ready"}, acked=100)
    kill_both(hub, random.Random(0))
    hub.wait_until_all_ended()
    assert journal_path(hub.data_file).exists()
    sink = make_sink(tmp_path, session="next")
    record(sink, range(1, 11))
    sink.close("done")
    assert stored_ids(hub.data_file, "next") == list(range(1, 11))
    check(hub, has_earlier=False)
