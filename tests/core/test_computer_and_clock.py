"""The clock and the static Computer."""

from __future__ import annotations

import os
import sys
import time
import types

import psutil
import pytest

from iohub_core import Computer
from iohub_core.clock import SystemClock, VirtualClock, experiment_zero


def test_the_clock_counts_seconds_from_its_zero() -> None:
    zero = time.perf_counter()
    clock = SystemClock(zero)
    assert 0 <= clock.now() <= time.perf_counter() - zero
    assert clock.from_monotonic(zero + 2.5) == 2.5


def test_a_virtual_clock_moves_only_when_told_to() -> None:
    clock = VirtualClock(1.0)
    assert clock.now() == clock.now() == 1.0
    assert clock.advance(0.25) == clock.now() == 1.25
    with pytest.raises(ValueError, match="can't go back"):
        clock.advance(-1)


def test_where_psychopy_is_loaded_its_clock_is_the_experiments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = types.ModuleType("psychopy.clock")
    started = time.perf_counter() - 1000
    fake.getTime = lambda: time.perf_counter() - started  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "psychopy.clock", fake)
    clock = SystemClock(experiment_zero())
    before = fake.getTime()
    now = clock.now()
    assert before - 1e-4 <= now <= fake.getTime() + 1e-4


def test_the_names_of_the_time_agree() -> None:
    before = Computer.getTime()
    assert before <= Computer.currentSec() <= Computer.currentTime() <= Computer.getTime()
    assert Computer.currentMsec() == pytest.approx(Computer.getTime() * 1000, abs=50)


def test_priority_names_what_is_in_force() -> None:
    assert Computer.setPriority("normal") == Computer.getPriority() == "normal"
    with pytest.raises(ValueError, match="none of normal, high, realtime"):
        Computer.setPriority("turbo")


def test_raising_and_lowering_the_priority_says_what_was_granted() -> None:
    granted = Computer.enableHighPriority(False)
    assert granted in {"high", "normal"}  # without the privilege it stays normal, and says so
    assert granted == Computer.getPriority()
    Computer.disableHighPriority()


def test_affinity_can_be_set_and_read() -> None:
    everything = Computer.getCurrentProcessAffinity()
    Computer.setCurrentProcessAffinity([everything[0]])
    assert Computer.getCurrentProcessAffinity() == [everything[0]]
    Computer.setCurrentProcessAffinity([])
    assert set(everything) <= set(Computer.getCurrentProcessAffinity())
    with pytest.raises(ValueError, match="don't exist"):
        Computer.setCurrentProcessAffinity([10_000])


def test_processes_and_machine_are_described() -> None:
    assert Computer.current_process.pid == os.getpid()
    assert Computer.getCurrentProcess() == psutil.Process()
    assert Computer.getProcessingUnitCount() == Computer.processing_unit_count >= 1
    assert Computer.core_count >= 1
    assert Computer.is_iohub_process is False
    assert Computer.getPhysicalSystemMemoryInfo().total > 0
    assert Computer.getCPUTimeInfo() is not None
    name = psutil.Process().name()
    assert os.getpid() in Computer.getProcessFromName(name, id_only=True)
