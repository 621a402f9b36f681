"""What the hub knows of one tasklet."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakSet

import attrs

from iohub_core.tasklets.loop import LoopThread

RUNNING = "running"
STOPPING = "stopping"
FINISHED = "finished"
STOPPED = "stopped"
FAILED = "failed"
STUCK = "stuck"


@attrs.define(eq=False)
class TaskletRecord:
    """One tasklet, running or ended.

    Attributes:
        name: what it is stopped by.
        what: its class.
        started: hub time, s.
        instance: the tasklet itself.
        thread: the loop it runs on.
        state: ``running``, ``stopping`` (told to stop while another holds the loop), ``finished``,
            ``stopped``, ``failed`` or ``stuck`` (left behind).
        outcome: the state it will have when its task is done.
        error: type and text of what it raised.
        traceback: where it raised that.
        longest_hold: the longest time it held the loop, s.
        ended: hub time, s; None while it has not ended.
        task: its task, once it has begun.
        children: the tasks it made itself; they end with it.
        hooks: the name its hooks are registered under; empty if it has none.
        first_step: set when its first step is over.
        done: set when it has ended.
    """

    name: str
    what: str
    started: float
    instance: Any
    thread: LoopThread
    state: str = RUNNING
    outcome: str = STOPPED
    error: str = ""
    traceback: str = ""
    longest_hold: float = 0.0
    ended: float | None = None
    task: Any = None
    children: WeakSet[Any] = attrs.field(factory=WeakSet)
    hooks: str = ""
    first_step: threading.Event = attrs.field(factory=threading.Event)
    done: threading.Event = attrs.field(factory=threading.Event)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    @property
    def alive(self) -> bool:
        """Whether its name is taken: it runs, or will stop when the loop is free."""
        return self.state in (RUNNING, STOPPING)

    def leave_as(self, state: str) -> bool:
        """Set the state of one that does not end now; returns False if it has ended meanwhile."""
        with self._lock:
            if self.ended is None:
                self.state = state
            return self.ended is None

    def end_as(self, state: str, time: float) -> None:
        """Set the state of one that has ended, even if it had been left behind before."""
        with self._lock:
            self.state, self.ended = state, time

    def as_dict(self) -> dict[str, Any]:
        """Return what is told to the script; MessagePack types."""
        return {
            "name": self.name,
            "what": self.what,
            "state": self.state,
            "error": self.error,
            "traceback": self.traceback,
            "longest_hold_s": self.longest_hold,
            "started": self.started,
            "ended": self.ended,
        }
