"""A hub launched from a real notebook kernel."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.manager import KernelManager

from .conftest import TOY


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[tuple[KernelManager, Any]]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield manager, client
    client.stop_channels()
    if manager.has_kernel:
        manager.shutdown_kernel(now=True)


def run(client: Any, code: str) -> str:
    """Run a cell and return what it printed to standard output; its error is this test's."""
    printed: list[str] = []

    def note(message: dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "stream" and content["name"] == "stdout":
            printed.append(content["text"])

    reply = client.execute_interactive(code, timeout=60, output_hook=note)
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(printed)


def test_cells_launch_read_and_quit(kernel: tuple[KernelManager, Any], tmp_path: Path) -> None:
    _, client = kernel
    run(
        client,
        "from iohub_core import launchHubServer, ioHubConnection\n"
        f"io = launchHubServer(plugins=[{TOY!r}], monitor_devices=[{{'Toy': {{}}}}])",
    )
    run(client, "io.devices.toy.emit(3)")
    assert run(client, "print(len(io.getEvents()))").strip() == "3"
    assert run(client, "print(io._plan.script_folder)").strip() == str(tmp_path)
    assert run(client, "io.quit(); print(ioHubConnection.getActiveConnection())").strip() == "None"


def test_a_killed_kernel_takes_its_hub_along(kernel: tuple[KernelManager, Any]) -> None:
    manager, client = kernel
    pid = int(
        run(
            client,
            "from iohub_core import launchHubServer\n"
            f"io = launchHubServer(plugins=[{TOY!r}], monitor_devices=[{{'Toy': {{}}}}])\n"
            "print(io.iohub_process_id)",
        )
    )
    manager.shutdown_kernel(now=True)
    end = time.monotonic() + 2.0
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end, "the hub outlived its kernel"
        time.sleep(0.01)


def test_a_tasklet_written_in_a_cell_runs_in_the_hub(kernel: tuple[KernelManager, Any]) -> None:
    _, client = kernel
    run(
        client,
        "from iohub_core import launchHubServer\n"
        "from iohub_core.tasklets import Tasklet\n"
        "GREETING = 'hello from a cell'\n"
        "class Greets(Tasklet):\n"
        "    async def run(self, hub):\n"
        "        hub.send_message(GREETING)\n"
        "io = launchHubServer(monitor_devices=['Experiment'])\n"
        "io.startCustomTasklet('greets', Greets)",
    )
    printed = run(client, "print([event.text for event in io.getEvents()])")
    assert "hello from a cell" in printed
    run(client, "io.quit()")
