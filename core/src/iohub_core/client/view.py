"""What a script holds of a device."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from iohub_core.client.source import EventSource, selection
from iohub_core.config.problems import nearest
from iohub_core.event import EventCodec
from iohub_core.event.codec import Row

if TYPE_CHECKING:
    from iohub_core.client.connection import ioHubConnection
    from iohub_core.config.plan import PlannedDevice


class DeviceView:
    """The script's side of a device.

    Events are read from mapped memory, without asking the hub. Every method that the device
    declares public (:func:`~iohub_core.devices.remote_method`) can be called on the view as if it
    were one of its own; that is a request to the hub.

    Args:
        connection: the connection the view belongs to.
        planned: the device's type and settings.
        source: the script's end of the device's buffer.
        methods: names of the device's public methods.
    """

    def __init__(
        self,
        connection: ioHubConnection,
        planned: PlannedDevice,
        source: EventSource,
        methods: Collection[str],
    ) -> None:
        self._connection = connection
        self._settings = planned.settings
        self._device_type = planned.device_type
        self._source = source
        self._reader = source.reader
        self._methods = frozenset(methods)
        self._transport = connection._transport
        self.name = planned.name

    @property
    def device_class(self) -> str:
        """The device's class name in the configuration."""
        return self._device_type.class_name

    def getEvents(
        self,
        event_type_id: int | str | Collection[int | str] | None = None,
        clearEvents: bool = True,
        as_type: str = "namedtuple",
        *,
        asType: str | None = None,
        event_type: int | str | Collection[int | str] | None = None,
        filter_id: int | None = None,
    ) -> list[Any]:
        """Return the device's unread events, oldest first.

        Args:
            event_type_id: only events of this type (number, name, or several); the others stay
                unread. Also accepted as ``event_type``.
            clearEvents: False leaves the events in the buffer.
            as_type: ``namedtuple``, ``dict``, ``list`` or ``object``; also accepted as ``asType``.
            filter_id: only events made by this filter; 0 for those of the device itself.

        Raises:
            HubDiedError: if the hub is gone.
        """
        wanted = event_type if event_type_id is None else event_type_id
        if wanted is None and filter_id is None:
            return self._source.events(asType or as_type, None, leave=not clearEvents)
        keeps = selection(self._connection.events, wanted, filter_id)
        return self._source.events(asType or as_type, keeps, leave=not clearEvents)

    def clearEvents(self, event_type: Any = None, filter_id: Any = None) -> None:
        """Forget unread events; none that happened before this call is ever returned.

        Args:
            event_type: clears only events of this type (those still to arrive are not affected).
            filter_id: clears only events of this filter.
        """
        if event_type is None and filter_id is None:
            self._clear_at(self._connection.clock.now())
        else:
            self._source.rows(selection(self._connection.events, event_type, filter_id))

    def getName(self) -> str:
        """Return the device's name."""
        return self.name

    def getIOHubDeviceClass(self, full: bool = False) -> str:
        """Return the device's class name; with ``full`` the reference of its hub class."""
        return str(self._device_type.device) if full else self.device_class

    def getDeviceInterface(self, *args: Any, **kwargs: Any) -> DeviceView:
        """Return the view itself: what calls the device's public methods."""
        return self

    def getBufferStatus(self) -> dict[str, Any]:
        """Return capacity, unread, written and dropped of the device's buffer."""
        return self._connection.getBufferStatus()[self.name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._methods:
            known = sorted({*self._methods, *(n for n in dir(type(self)) if n[0] != "_")})
            raise AttributeError(
                f"device {self.name!r} ({self.device_class}) has no {name!r}{nearest(name, known)}"
            )

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._transport.call(self.name, name, *args, **kwargs)

        call.__name__ = name
        return call

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._methods})

    def __repr__(self) -> str:
        return f"<{type(self).__name__} view of device {self.name!r}>"

    # -- for views of plugins -----------------------------------------------------------------

    def _call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a public method of the device in the hub."""
        return self._transport.call(self.name, method, *args, **kwargs)

    def _take_rows(self) -> list[tuple[EventCodec, Row]]:
        """Remove and return unread events as ``(codec, row of stored values)``, sorted by time."""
        source = self._source
        return [(source.codec(row), row) for row in source.rows()]

    def _wait_for_new(self, seen_written: int, timeout: float | None) -> bool:
        """Sleep until more than ``seen_written`` events were put in; False when time ran out."""
        return self._transport.wait(self.name, seen_written, timeout)

    def _clear_at(self, now: float) -> None:
        """Forget what is unread and what happened before ``now``; a view adds its own memory."""
        self._source.clear(now)
