"""What a tasklet is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iohub_core.tasklets.facade import HubFacade


class Tasklet:
    """Base of tasklets, for those who like one; any class with such a ``run`` will do.

    A tasklet is made in the hub with the keyword arguments of ``startCustomTasklet`` and runs on
    the hub's tasklet loop, a thread of its own with an asyncio loop. It may implement any hook
    (methods marked with ``@hookimpl``); those that tell of something are called on the same loop.
    """

    async def run(self, hub: HubFacade) -> None:
        """Do the work. Await something now and then: while this runs, other tasklets wait."""
        raise NotImplementedError
