"""The hub's side of a device: from native events to published events."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import attrs

from iohub_core.clock import SystemClock, VirtualClock
from iohub_core.devices.backend import Backend
from iohub_core.devices.remote import remote_method
from iohub_core.event import DeviceEvent
from iohub_core.filters.chain import FilterChain

C = TypeVar("C")

STATUS_OK = "HW_STAT_OK"
STATUS_ERROR = "HW_STAT_ERROR"
STATUS_UNDEFINED = "HW_STAT_UNDEFINED"


@attrs.frozen(kw_only=True)
class DeviceContext:
    """What a device may use of the hub.

    Attributes:
        name: the device's name in ``io.devices``.
        class_name: its class name in the configuration.
        clock: the hub's clock.
        log: logger of this device.
        publish: takes a device and its new events; see :meth:`Device.publish`.
        provider: finds an opened device with a capability
            (:mod:`iohub_core.devices.capabilities`), or returns None.
        warn: tells the user a sentence: a warning in the script, and a log event.
        event_classes: the device type's event classes.
    """

    name: str
    class_name: str
    clock: SystemClock | VirtualClock
    log: logging.Logger
    publish: Callable[[Device, Sequence[DeviceEvent]], None]
    provider: Callable[[Any], Any]
    warn: Callable[[str], None]
    event_classes: Sequence[type[DeviceEvent]] = ()


class Device:
    """A device in the hub.

    A subclass turns native events into event objects in :meth:`receive`, and declares what a
    script may call with :func:`~iohub_core.devices.remote_method`. It gets its settings, its
    context and its backend as arguments, and holds no OS code.

    Args:
        settings: the checked settings.
        context: what it may use of the hub.
        backend: where native events come from; None for a device that has no backend.
    """

    def __init__(
        self, settings: Any, context: DeviceContext, backend: Backend[Any] | None = None
    ) -> None:
        self.settings = settings
        self.context = context
        self.backend = backend
        self.name = context.name
        self.clock = context.clock
        self.log = context.log
        self.reporting = bool(settings.auto_report_events)
        self.filters = FilterChain(self.name, context.warn, lambda: context.event_classes)
        self._status = STATUS_UNDEFINED
        self._last_error = ""

    # -- in the hub ---------------------------------------------------------------------------

    def open(self) -> None:
        """Start watching. Called in the hub's main thread.

        Raises:
            DeviceError: if the device can't be watched; says why and what helps.
        """
        if self.backend is not None:
            self.backend.open(self.receive)
        self._status = STATUS_OK

    def close(self) -> None:
        """Stop watching. Called in the hub's main thread, once; must not raise."""
        if self.backend is not None:
            self.backend.close()
        self._status = STATUS_UNDEFINED

    def receive(self, natives: Sequence[Any]) -> None:
        """Turn native events into events and publish them. Called in the backend's thread."""
        raise NotImplementedError(f"{type(self).__name__} takes no native events")

    def publish(self, events: Sequence[DeviceEvent]) -> None:
        """Send events on their way: filters, journal, buffers, sinks.

        Sets ``event_id``, ``experiment_id`` and ``session_id``; where ``logged_time`` is 0 it is
        set to now, where ``time`` is 0 to ``logged_time``; ``delay`` is derived. Any thread; when
        it returns, the events are journaled and in the buffers. Events of a device that is not
        reporting, or of a type that ``monitor_event_types`` leaves out, go nowhere.
        """
        self.context.publish(self, events)

    def failed(self, message: str) -> None:
        """Note that the device stopped working; the hub calls it, the state shows it."""
        self._status = STATUS_ERROR
        self._last_error = message

    # -- called from the script ---------------------------------------------------------------

    @remote_method
    def enableEventReporting(self, enabled: bool = True) -> bool:
        """Switch reporting on or off; while off, events are neither buffered nor recorded.

        Returns:
            Whether events are reported now.
        """
        self.reporting = bool(enabled)
        return self.reporting

    @remote_method
    def isReportingEvents(self) -> bool:
        """Return whether events are reported now."""
        return self.reporting

    @remote_method
    def getConfiguration(self) -> dict[str, Any]:
        """Return the settings in force, by name."""
        return attrs.asdict(self.settings)

    @remote_method
    def getCurrentDeviceState(self) -> dict[str, Any]:
        """Return what is known of the device's present state; each device adds to it."""
        return {"reporting_events": self.reporting, "status": self._status}

    @remote_method
    def resetState(self) -> None:
        """Forget what the device remembers of earlier events (pressed keys, counters)."""

    @remote_method
    def getInterfaceStatus(self) -> str:
        """Return ``HW_STAT_OK``, ``HW_STAT_ERROR`` or ``HW_STAT_UNDEFINED``."""
        return self._status

    @remote_method
    def getLastInterfaceErrorString(self) -> str:
        """Return the last error of the device, or an empty text."""
        return self._last_error

    @remote_method
    def getClockSync(self) -> dict[str, Any]:
        """Return how the device's clock is brought to the hub's; empty if it has no own clock."""
        return {}

    @remote_method
    def addFilter(self, filter_spec: dict[str, Any]) -> int:
        """Add a filter; see :mod:`iohub_core.filters`. Returns its ``filter_id``."""
        return self.filters.add(filter_spec)

    @remote_method
    def removeFilter(self, filter_id: int) -> bool:
        """Remove a filter; returns whether there was one with that id."""
        return self.filters.remove(filter_id)

    @remote_method
    def resetFilter(self, filter_id: int) -> bool:
        """Empty a filter's window; returns whether there was one with that id."""
        return self.filters.reset(filter_id)

    @remote_method
    def enableFilters(self, enabled: bool = True) -> bool:
        """Switch all filters of the device on or off; returns whether they are on now."""
        self.filters.enabled = bool(enabled)
        return self.filters.enabled
