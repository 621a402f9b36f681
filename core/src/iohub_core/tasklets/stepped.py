"""Coroutines under the watch: every step is timed and belongs to a tasklet."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iohub_core.tasklets.record import TaskletRecord

# The tasklet whose code runs; tasks it makes inherit it.
OWNER: contextvars.ContextVar[TaskletRecord | None] = contextvars.ContextVar("owner", default=None)


def own_task(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
    """Make a task, as a task factory does; one that a tasklet makes is timed and ends with it."""
    record = OWNER.get()
    if record is None:
        return asyncio.Task(coroutine, loop=loop, **options)
    task = asyncio.Task(Stepped(record, coroutine), loop=loop, **options)
    record.children.add(task)
    return task


class Stepped(Coroutine[Any, Any, Any]):
    """A coroutine whose every step is timed.

    Args:
        record: the tasklet it belongs to.
        coroutine: what it runs.
        first_step: called after its first step, unless that raised or ended it.
    """

    def __init__(
        self,
        record: TaskletRecord,
        coroutine: Coroutine[Any, Any, Any],
        first_step: Callable[[], None] | None = None,
    ) -> None:
        self._record = record
        self._coroutine = coroutine
        self._first_step = first_step

    def send(self, value: Any) -> Any:
        """Run to the next ``await``."""
        return self._step(lambda: self._coroutine.send(value))

    def throw(self, *error: Any) -> Any:
        """Raise in the coroutine and run to the next ``await``."""
        return self._step(lambda: self._coroutine.throw(*error))

    def close(self) -> None:
        """Close the coroutine."""
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield from self._drive())

    def _drive(self) -> Generator[Any, Any, Any]:
        value: Any = None
        error: BaseException | None = None
        while True:
            try:
                waited = self.send(value) if error is None else self.throw(error)
            except StopIteration as end:
                return end.value
            value, error = None, None
            try:
                value = yield waited
            except BaseException as raised:  # noqa: BLE001 - a cancellation, handed on inwards
                error = raised

    def _step(self, step: Callable[[], Any]) -> Any:
        result = self._record.thread.timed(self._record.name, step)
        told, self._first_step = self._first_step, None
        if told is not None:
            told()
        return result
