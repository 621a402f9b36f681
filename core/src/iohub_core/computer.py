"""``Computer``: the machine and the two processes, the same calls in both of them."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

import psutil

from iohub_core.clock import SystemClock, experiment_zero


class _ThisProcess:
    """What the static ``Computer`` knows of the process it is called in."""

    def __init__(self) -> None:
        self.clock = SystemClock(experiment_zero())
        self.is_hub = False
        self.hub_pid: int | None = None
        self.script_pid = os.getpid()
        self.normal_nice: Any = None


_here = _ThisProcess()

_LEVELS = ("normal", "high", "realtime")


def this_clock() -> SystemClock:
    """Return this process's clock object (shared by ``Computer`` and the connection)."""
    return _here.clock


def set_processes(*, is_hub: bool, hub_pid: int | None, script_pid: int | None = None) -> None:
    """Tell ``Computer`` which process is which; called once by the launch and once by the hub."""
    _here.is_hub = is_hub
    _here.hub_pid = hub_pid
    if script_pid is not None:
        _here.script_pid = script_pid


class _ProcessProperties(type):
    """Values of ``Computer`` that are computed when they are asked for."""

    @property
    def processing_unit_count(cls) -> int:
        """Number of processing units (hardware threads) of the machine."""
        return psutil.cpu_count() or 1

    @property
    def core_count(cls) -> int:
        """Number of physical cores; that of processing units where it is not known."""
        return psutil.cpu_count(logical=False) or psutil.cpu_count() or 1

    @property
    def current_process(cls) -> psutil.Process:
        """This process."""
        return psutil.Process()

    @property
    def psychopy_process(cls) -> psutil.Process:
        """The script's process."""
        return psutil.Process(_here.script_pid)

    @property
    def iohub_process(cls) -> psutil.Process | None:
        """The hub's process, or None while none runs."""
        return None if _here.hub_pid is None else psutil.Process(_here.hub_pid)

    @property
    def iohub_process_id(cls) -> int | None:
        """The hub's process id, or None while none runs."""
        return _here.hub_pid

    @property
    def is_iohub_process(cls) -> bool:
        """True in the hub."""
        return _here.is_hub

    @property
    def global_clock(cls) -> SystemClock:
        """The clock behind ``getTime``."""
        return _here.clock


class Computer(metaclass=_ProcessProperties):
    """Time, priority, affinity and memory; all calls are static and work in both processes."""

    platform: str = sys.platform

    @staticmethod
    def getTime() -> float:
        """Return the seconds since the experiment's zero."""
        return _here.clock.now()

    currentSec = getTime
    currentTime = getTime

    @staticmethod
    def currentMsec() -> float:
        """Return the milliseconds since the experiment's zero."""
        return _here.clock.now() * 1000.0

    # -- priority -----------------------------------------------------------------------------

    @staticmethod
    def getPriority() -> str:
        """Return this process's priority: ``normal``, ``high`` or ``realtime``."""
        return Computer.getProcessPriority(psutil.Process())

    @staticmethod
    def getProcessPriority(process: psutil.Process) -> str:
        """Return a process's priority: ``normal``, ``high`` or ``realtime``."""
        nice = process.nice()
        values = _nice_values()
        if nice == values["realtime"]:
            return "realtime"
        if nice == values["high"]:
            return "high"
        # On POSIX a lower number is a higher priority, and any below 0 is above the normal one.
        return "high" if isinstance(nice, int) and not psutil.WINDOWS and nice < 0 else "normal"

    @staticmethod
    def setPriority(level: str = "normal", disable_gc: bool = False) -> str:
        """Set this process's priority.

        Args:
            level: ``normal``, ``high`` or ``realtime``.
            disable_gc: True switches Python's garbage collector off as well; ``normal`` switches
                it on again unless True.

        Returns:
            The level now in force: what the system grants may be less than what was asked for.

        Raises:
            ValueError: if the level is none of the three.
        """
        name = str(level).lower()
        if name not in _LEVELS:
            raise ValueError(f"priority {level!r} is none of {', '.join(_LEVELS)}")
        try:
            psutil.Process().nice(_nice_values()[name])
        except psutil.AccessDenied:
            # Raising one's priority takes a privilege most lab accounts lack. The answer says so.
            return Computer.getPriority()
        if disable_gc:
            gc.disable()
        else:
            gc.enable()
        return Computer.getPriority()

    @staticmethod
    def enableHighPriority(disable_gc: bool = True) -> str:
        """Set this process's priority to ``high``; returns the level now in force."""
        return Computer.setPriority("high", disable_gc)

    @staticmethod
    def disableHighPriority() -> str:
        """Set this process's priority to ``normal``; returns the level now in force."""
        return Computer.setPriority("normal", False)

    # -- processes and processing units -------------------------------------------------------

    @staticmethod
    def getProcessingUnitCount() -> int:
        """Return the number of processing units (hardware threads)."""
        return Computer.processing_unit_count

    @staticmethod
    def getCurrentProcess() -> psutil.Process:
        """Return this process."""
        return psutil.Process()

    @staticmethod
    def getIoHubProcess() -> psutil.Process | None:
        """Return the hub's process, or None while none runs."""
        return Computer.iohub_process

    @staticmethod
    def getProcessFromName(name: str, id_only: bool = False) -> list[Any]:
        """Return the processes (or with ``id_only`` their ids) whose name contains ``name``."""
        found = [
            process
            for process in psutil.process_iter(["name"])
            if name.casefold() in (process.info["name"] or "").casefold()
        ]
        return [process.pid for process in found] if id_only else found

    @staticmethod
    def getCurrentProcessAffinity() -> list[int]:
        """Return the processing units this process may run on."""
        return Computer.getProcessAffinityByID(os.getpid())

    @staticmethod
    def setCurrentProcessAffinity(processorList: list[int]) -> None:
        """Set the processing units this process may run on; an empty list means all."""
        Computer.setProcessAffinityByID(os.getpid(), processorList)

    @staticmethod
    def getProcessAffinityByID(processID: int) -> list[int]:
        """Return the processing units a process may run on; all of them where that can't be set."""
        process: Any = psutil.Process(processID)
        if not hasattr(process, "cpu_affinity"):
            return list(range(Computer.processing_unit_count))
        affinity: list[int] = process.cpu_affinity()
        return affinity

    @staticmethod
    def setProcessAffinityByID(processID: int, processor_list: list[int]) -> None:
        """Set the processing units a process may run on; an empty list means all.

        Raises:
            ValueError: if a unit does not exist.
            NotImplementedError: where the system has no such setting (macOS).
        """
        count = Computer.processing_unit_count
        unknown = [unit for unit in processor_list if unit not in range(count)]
        if unknown:
            raise ValueError(
                f"processing units {unknown} don't exist; this machine has 0…{count - 1}"
            )
        process: Any = psutil.Process(processID)
        if not hasattr(process, "cpu_affinity"):
            raise NotImplementedError(f"{sys.platform} can't bind a process to processing units")
        process.cpu_affinity(list(processor_list) or list(range(count)))

    @staticmethod
    def getProcessAffinities() -> tuple[list[int], list[int] | None]:
        """Return the processing units of the script and of the hub (None while none runs)."""
        hub = _here.hub_pid
        return (
            Computer.getProcessAffinityByID(_here.script_pid),
            None if hub is None else Computer.getProcessAffinityByID(hub),
        )

    @staticmethod
    def setProcessAffinities(
        experimentProcessorList: list[int], ioHubProcessorList: list[int]
    ) -> None:
        """Set the processing units of the script and of the hub."""
        Computer.setProcessAffinityByID(_here.script_pid, experimentProcessorList)
        if _here.hub_pid is not None:
            Computer.setProcessAffinityByID(_here.hub_pid, ioHubProcessorList)

    @staticmethod
    def autoAssignAffinities() -> None:
        """Give the script and the hub processing units of their own, where there are enough."""
        count = Computer.processing_unit_count
        if count == 2:
            Computer.setProcessAffinities([0], [1])
        elif count > 2:
            Computer.setProcessAffinities(list(range(count - 1)), [count - 1])

    @staticmethod
    def setAllOtherProcessesAffinity(
        processor_list: list[int], exclude_process_id_list: list[int] | None = None
    ) -> None:
        """Move all other processes that this user may move to the given processing units."""
        spared = {_here.script_pid, _here.hub_pid, os.getpid(), *(exclude_process_id_list or ())}
        for process in psutil.process_iter():
            if process.pid in spared:
                continue
            try:
                Computer.setProcessAffinityByID(process.pid, processor_list)
            except (psutil.Error, OSError):
                continue  # it has ended, or belongs to somebody else

    # -- the machine --------------------------------------------------------------------------

    @staticmethod
    def getPhysicalSystemMemoryInfo() -> Any:
        """Return psutil's ``virtual_memory()``: total, available, used … in bytes."""
        return psutil.virtual_memory()

    @staticmethod
    def getCPUTimeInfo(percpu: bool = False) -> Any:
        """Return psutil's ``cpu_times_percent``: the share of time in each mode, in percent."""
        get: Any = psutil.cpu_times_percent  # its types know the literals True and False only
        return get(percpu=percpu)


def print2err(*parts: object) -> None:
    """Print to the script's standard error, from either process.

    Raises:
        Nothing: a message that can't be shown is no reason to stop an experiment.
    """
    try:
        sys.stderr.write("".join(str(part) for part in parts) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # standard error is closed; there is nobody left to tell


def _nice_values() -> dict[str, Any]:
    """Return the system's priority value of each level."""
    if psutil.WINDOWS:
        values: Any = psutil
        return {
            "normal": values.NORMAL_PRIORITY_CLASS,
            "high": values.HIGH_PRIORITY_CLASS,
            "realtime": values.REALTIME_PRIORITY_CLASS,
        }
    return {"normal": 0, "high": -10, "realtime": -18}
