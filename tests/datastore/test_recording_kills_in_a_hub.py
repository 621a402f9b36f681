"""The script, the hub and the writer of a real session are killed; every message is there, once."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import tables

from iohub_datastore.paths import journal_path
from iohub_datastore.recovery import recover

SCRIPT = """
from iohub_core import launchHubServer
io = launchHubServer(monitor_devices=["Experiment"], experiment_code="e",
                     session_code="killed", datastore_name="data")
(status,) = io.getRecordingStatus()
print("pids", io.iohub_process_id, status["writer_pid"], flush=True)
for number in range(TOTAL):
    io.sendMessageEvent(str(number))
    print(number, flush=True)
    if number % 97 == 0:
        io.flushDataStoreFile()
io.quit()
"""

ORDERS = ["script", "hub", "writer,script", "writer,hub", "hub,writer", "script,writer", "writer"]


def kill_once(folder: Path, order: str, rng: random.Random) -> None:
    at_the_end = rng.random() < 0.3
    script = folder / "experiment.py"
    script.write_text(SCRIPT.replace("TOTAL", "150" if at_the_end else "10**9"))
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    _, hub, writer = process.stdout.readline().split()
    pids = {"script": process.pid, "hub": int(hub), "writer": int(writer)}
    sent = [process.stdout.readline() for _ in range(150 if at_the_end else rng.randrange(1, 120))]
    time.sleep(rng.uniform(0, 0.02))
    for name in order.split(","):
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(pids[name]).kill()
        time.sleep(rng.uniform(0, 0.01))
    if order == "writer":  # the session goes on with another writer, and is ended by its script
        sent += [process.stdout.readline() for _ in range(0 if at_the_end else 50)]
        if not at_the_end:
            process.kill()
    # The pipe ends when the script has; the hub and the writer hold no end of it.
    sent += process.stdout.readlines()
    process.stdout.close()
    process.wait(30)
    whole = [line.strip() for line in sent if line.endswith("\n")]
    data_file = folder / "data.hdf5"
    recover(data_file, wait_s=30.0)
    assert not journal_path(data_file).exists()
    with tables.open_file(str(data_file)) as file:
        stored = file.get_node("/data_collection/events/experiment/MessageEvent").col("text")
    texts = [text.decode() for text in stored]
    assert texts[: len(whole)] == whole
    assert texts == [str(number) for number in range(len(texts))]


@pytest.mark.parametrize("order", ORDERS)
def test_every_message_whose_send_returned_is_in_the_file_once(tmp_path: Path, order: str) -> None:
    kill_once(tmp_path, order, random.Random())


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("order", ORDERS)
def test_every_message_is_in_the_file_once_after_many_kills(tmp_path: Path, order: str) -> None:
    for turn in range(int(os.environ.get("IOHUB_KILLS_PER_CASE", "12"))):
        seed = random.SystemRandom().randrange(10**9)
        folder = tmp_path / str(turn)
        folder.mkdir()
        print(f"turn {turn}, seed {seed}, folder {folder}")
        kill_once(folder, order, random.Random(seed))
