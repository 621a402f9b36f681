"""Events from a buffer to what a script asked for."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection
from operator import itemgetter
from typing import Any

import attrs

from iohub_core.buffers.contract import BufferReader, BufferStatus
from iohub_core.client.hub_process import HubProcess
from iohub_core.config.problems import nearest
from iohub_core.event import EventCodec, EventRegistry
from iohub_core.event.codec import TIME_FIELD, TYPE_FIELD, Row, decode

_by_time = itemgetter(TIME_FIELD)

Selection = Callable[[Row], bool]

_FORMS: dict[str, Callable[[EventCodec], Callable[[Row], Any]]] = {
    "namedtuple": lambda codec: codec.as_namedtuple,
    "list": lambda codec: codec.as_list,
    "dict": lambda codec: codec.as_dict,
    "object": lambda codec: codec.as_object,
}


class EventSource:
    """The script's end of one buffer.

    Args:
        reader: the buffer's reading end.
        registry: the event types of the session.
        process: the hub's process; a dead one makes every call raise.
    """

    def __init__(self, reader: BufferReader, registry: EventRegistry, process: HubProcess) -> None:
        self.reader = reader
        self._registry = registry
        self._process = process
        self._has_new = reader.has_new
        # Events a selective call has passed over, for the next call; bounded like the buffer.
        self._held: deque[Row] = deque(maxlen=reader.capacity)
        self._held_dropped = 0
        self._lock = threading.Lock()
        self._makers: dict[str, dict[int, Callable[[Row], Any]]] = {form: {} for form in _FORMS}

    def events(
        self,
        as_type: str = "namedtuple",
        select: Selection | None = None,
        *,
        leave: bool = False,
    ) -> list[Any]:
        """Return unread events sorted by time, in the form asked for.

        Args:
            as_type: ``namedtuple``, ``dict``, ``list`` or ``object``.
            select: keeps only rows it returns True for; the others stay unread.
            leave: leaves all events unread.

        Raises:
            ValueError: if ``as_type`` is none of the four.
            HubDiedError: if the hub is gone.
        """
        if self._process.trouble is not None:
            raise self._process.trouble
        if not self._held and not self._has_new():
            if as_type not in _FORMS:
                raise ValueError(_no_form(as_type))
            return []
        try:
            makers = self._makers[as_type]
        except KeyError:
            raise ValueError(_no_form(as_type)) from None
        made = []
        for row in self.rows(select, leave=leave):
            type_id = row[TYPE_FIELD]
            make = makers.get(type_id)
            if make is None:
                make = makers[type_id] = _FORMS[as_type](self._registry.codec(type_id))
            made.append(make(row))
        return made

    def rows(self, select: Selection | None = None, *, leave: bool = False) -> list[Row]:
        """Return unread events as rows of stored values, sorted by time; see :meth:`events`."""
        if self._process.trouble is not None:
            raise self._process.trouble
        if not self._held and not self._has_new():
            return []
        with self._lock:
            rows = [decode(record) for record in self.reader.take()]
            if self._held:
                rows = [*self._held, *rows]
                self._held.clear()
            if len(rows) > 1:
                rows.sort(key=_by_time)
            if leave:
                self._hold(rows)
                # What is held must not change when a script's form of it is made.
                return [list(row) for row in rows if select is None or select(row)]
            if select is None:
                return rows
            self._hold([row for row in rows if not select(row)])
            return [row for row in rows if select(row)]

    def codec(self, row: Row) -> EventCodec:
        """Return the codec of a row's event type."""
        return self._registry.codec(row[TYPE_FIELD])

    def clear(self, now: float) -> None:
        """Forget what is unread, and what happened before ``now`` and has yet to arrive."""
        if self._process.trouble is not None:
            raise self._process.trouble
        with self._lock:
            self._held.clear()
            self.reader.clear(now)

    def status(self) -> BufferStatus:
        """Return the buffer's counters."""
        status = self.reader.status()
        return attrs.evolve(
            status,
            unread=status.unread + len(self._held),
            dropped=status.dropped + self._held_dropped,
        )

    def _hold(self, rows: list[Row]) -> None:
        self._held_dropped += max(0, len(rows) - (self._held.maxlen or 0))
        self._held.extend(rows)


def selection(
    registry: EventRegistry,
    event_type: int | str | Collection[int | str] | None,
    filter_id: int | None,
) -> Selection | None:
    """Return what keeps rows of some event types and of one filter; None keeps all.

    Raises:
        KeyError: if a type's name is not registered.
    """
    if event_type is None and filter_id is None:
        return None
    filter_field = registry.codec(1).names.index("filter_id")
    wanted: frozenset[int] | None = None
    if event_type is not None:
        several = [event_type] if isinstance(event_type, (int, str)) else event_type
        wanted = frozenset(
            registry.type_id(one) if isinstance(one, str) else int(one) for one in several
        )

    def keeps(row: Row) -> bool:
        if wanted is not None and row[TYPE_FIELD] not in wanted:
            return False
        return filter_id is None or row[filter_field] == filter_id

    return keeps


def _no_form(as_type: object) -> str:
    return f"as_type {as_type!r} is none of {', '.join(_FORMS)}{nearest(as_type, _FORMS)}"
