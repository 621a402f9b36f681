"""The event types of one session: by number, by name, by class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iohub_core.event.codec import EventCodec, codec_of
from iohub_core.event.model import DeviceEvent


class EventRegistry:
    """Event classes by type number. One per hub and one per connection; nothing global."""

    def __init__(self, classes: Iterable[type[DeviceEvent]] = ()) -> None:
        self._codecs: dict[int, EventCodec] = {}
        for event_class in classes:
            self.add(event_class)

    def add(self, event_class: type[DeviceEvent]) -> None:
        """Register a class; registering the same one again does nothing.

        Raises:
            ValueError: if another class has the same type number.
        """
        type_id = event_class.EVENT_TYPE_ID
        known = self._codecs.get(type_id)
        if known is None:
            self._codecs[type_id] = codec_of(event_class)
        elif known.event_class is not event_class:
            raise ValueError(
                f"event type {type_id} is taken by {_qualified(known.event_class)}, so "
                f"{_qualified(event_class)} needs another type_id"
            )

    def codec(self, type_id: int) -> EventCodec:
        """Return the codec of an event type.

        Raises:
            KeyError: if the type is not registered.
        """
        try:
            return self._codecs[type_id]
        except KeyError:
            raise KeyError(
                f"no event class is registered for type {type_id} "
                f"(registered: {', '.join(map(str, sorted(self._codecs)))})"
            ) from None

    def type_id(self, name: str) -> int:
        """Return the number of an event type given by constant name or class name.

        Raises:
            KeyError: if no registered class has that name.
        """
        for type_id, codec in self._codecs.items():
            if name in {codec.event_class.EVENT_TYPE_STRING, codec.event_class.__name__}:
                return type_id
        known = sorted(c.event_class.EVENT_TYPE_STRING for c in self._codecs.values())
        raise KeyError(f"no event type is called {name!r} (registered: {', '.join(known)})")

    def __iter__(self) -> Iterator[EventCodec]:
        return iter(self._codecs.values())

    def __contains__(self, type_id: object) -> bool:
        return type_id in self._codecs


def _qualified(event_class: type) -> str:
    return f"{event_class.__module__}.{event_class.__qualname__}"
