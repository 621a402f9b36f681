"""The filters of one device."""

from __future__ import annotations

import copy
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from iohub_core.event import Column, DeviceEvent, columns_of

# What makes a filter is imported where one is added: few devices have filters, all have a chain.


@attrs.define
class _Filter:
    """A filter and its windows, one set for each physical device."""

    spec: Any
    filter_id: int
    type_ids: frozenset[int]
    windows: dict[int, _Window] = attrs.field(factory=dict)
    broken: bool = False
    _columns: dict[type[DeviceEvent], dict[str, Column]] = attrs.field(factory=dict)

    def columns(self, event_class: type[DeviceEvent]) -> dict[str, Column]:
        """Return the columns of an event class by name."""
        if event_class not in self._columns:
            self._columns[event_class] = {one.name: one for one in columns_of(event_class)}
        return self._columns[event_class]


@attrs.define
class _Window:
    kernels: dict[str, Any]
    waiting: deque[DeviceEvent]


class FilterChain:
    """A device's filters, in the order they were added; later ones can take earlier ones' events.

    Called in the publishing thread under the pipeline's lock; adding and removing may happen in any
    thread, because the list of filters is replaced, never changed.

    Args:
        device_name: for messages.
        warn: tells the user a sentence.
        event_classes: returns the event classes of the device.
    """

    def __init__(
        self,
        device_name: str,
        warn: Callable[[str], None],
        event_classes: Callable[[], Sequence[type[DeviceEvent]]] = lambda: (),
    ) -> None:
        self.device_name = device_name
        self.enabled = True
        self._warn = warn
        self._event_classes = event_classes
        self._filters: tuple[_Filter, ...] = ()

    def __bool__(self) -> bool:
        return self.enabled and bool(self._filters)

    def apply(self, events: Sequence[DeviceEvent]) -> list[DeviceEvent]:
        """Return the events the filters make of ``events``; the originals are not among them."""
        made: list[DeviceEvent] = []
        for one in self._filters:
            if one.broken:
                continue
            try:
                for event in [*events, *made]:
                    if event.type in one.type_ids and event.filter_id in one.spec.input_filter_ids:
                        made.extend(self._feed(one, event))
            except Exception:  # noqa: BLE001 - may be a plugin's kernel; told, and switched off
                one.broken = True
                name = one.spec.name or one.spec.kernel
                self._warn(
                    f"device {self.device_name!r}: filter {one.filter_id} ({name}) raised and was "
                    f"switched off; unfiltered events go on:\n{traceback.format_exc()}"
                )
        return made

    def add(self, filter_spec: dict[str, Any]) -> int:
        """Add a filter.

        Args:
            filter_spec: the fields of :class:`~iohub_core.filters.FilterSpec`.

        Returns:
            Its ``filter_id``.

        Raises:
            ValueError: with every fault of the specification.
        """
        from iohub_core.config.validate import settings_from
        from iohub_core.filters.spec import FilterSpec, check_spec, type_ids

        classes = self._event_classes()
        faults = check_spec(filter_spec, classes)
        spec = settings_from(FilterSpec, filter_spec, (), lambda *_: None)
        taken = {one.filter_id for one in self._filters}
        if spec is not None and spec.filter_id in taken:
            faults.append(("filter_id", f"{spec.filter_id} is taken (in use: {sorted(taken)})"))
        if faults or spec is None:
            told = "; ".join(f"{path}: {message}" for path, message in faults)
            raise ValueError(f"this filter can't be added to {self.device_name!r}: {told}")
        spec.make_kernel()  # an own kernel that can't be made is told of now
        filter_id = spec.filter_id or max(taken, default=0) + 1
        self._filters = (*self._filters, _Filter(spec, filter_id, type_ids(spec, classes)))
        return filter_id

    def remove(self, filter_id: int) -> bool:
        """Remove a filter; returns whether there was one."""
        kept = tuple(one for one in self._filters if one.filter_id != filter_id)
        found = len(kept) < len(self._filters)
        self._filters = kept
        return found

    def reset(self, filter_id: int) -> bool:
        """Empty a filter's windows and switch it on again; returns whether there was one."""
        found = [one for one in self._filters if one.filter_id == filter_id]
        for one in found:
            one.windows.clear()
            one.broken = False
        return bool(found)

    def _feed(self, one: _Filter, event: DeviceEvent) -> list[DeviceEvent]:
        window = one.windows.get(event.device_id)
        if window is None:
            kernels = {field: one.spec.make_kernel() for field in one.spec.fields}
            window = one.windows[event.device_id] = _Window(kernels, deque())
        window.waiting.append(event)
        values = {
            field: kernel.feed(float(getattr(event, field)))
            for field, kernel in window.kernels.items()
        }
        latency = next(iter(window.kernels.values())).latency
        due = window.waiting.popleft() if len(window.waiting) > latency else None
        if due is None or any(value is None for value in values.values()):
            return []
        filtered = copy.copy(due)
        filtered.filter_id = one.filter_id
        filtered.logged_time = event.logged_time  # it exists since the sample that completed it
        columns = one.columns(type(due))
        for field, value in values.items():
            setattr(filtered, field, _fitting(columns[field], value))
        return [filtered]


def _fitting(column: Column, value: Any) -> float | int:
    """Return a value as the column's type has it.

    Raises:
        ValueError: if it does not fit; unnoticed, it would spoil the whole batch further on.
    """
    kind, bits = column.dtype[0], 8 * int(column.dtype[1:])
    if kind == "f":
        return float(value)
    whole: int = round(value)
    low, high = (0, 2**bits - 1) if kind == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if not low <= whole <= high:
        raise ValueError(f"{value!r} does not fit into {column.name!r} ({low} to {high})")
    return whole
