"""``monitor_event_types``: names and numbers to the event types a device reports."""

from __future__ import annotations

from collections.abc import Sequence

from iohub_core.config.problems import nearest
from iohub_core.event import DeviceEvent


def wanted_types(
    listed: Sequence[str | int] | None, classes: Sequence[type[DeviceEvent]]
) -> frozenset[int] | None:
    """Return the type numbers that ``monitor_event_types`` means; None for all.

    A parent's name (``MouseInputEvent``) stands for all its children. Names that mean nothing are
    left out; :func:`unknown_types` tells of them before anything starts.
    """
    if listed is None:
        return None
    parents = [one for one in classes if _names(one) & set(listed)]
    return frozenset(
        one.EVENT_TYPE_ID for one in classes if any(issubclass(one, parent) for parent in parents)
    )


def unknown_types(
    listed: Sequence[str | int] | None, classes: Sequence[type[DeviceEvent]]
) -> list[tuple[int, str]]:
    """Return ``(place, message)`` for each entry that means none of the device's event types."""
    known = [one.EVENT_TYPE_STRING for one in classes]
    names = set().union(*(_names(one) for one in classes))
    return [
        (place, f"no event type {name!r}{nearest(name, known)} (has: {', '.join(known)})")
        for place, name in enumerate(listed or ())
        if name not in names
    ]


def _names(event_class: type[DeviceEvent]) -> set[str | int]:
    return {event_class.__name__, event_class.EVENT_TYPE_STRING, event_class.EVENT_TYPE_ID}
