"""The hub's side: messages and log records to events."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from iohub_core.devices import Device, remote_method
from iohub_experiment.events import LOG_LEVELS, TEXT_LIMIT, LogEvent, MessageEvent

CONTINUED = "…"
LEVEL_NUMBERS = {name: number for number, name in LOG_LEVELS.items()}

Message = tuple[str, str, float, float]
"""Text, category, offset and the script's time stamp (offset not yet added), both in s."""


class Experiment(Device):
    """The experiment as a device: what it says, and what the hub logs."""

    _handler: logging.Handler | None = None

    def open(self) -> None:
        """Start taking messages, and log records if the settings ask for them."""
        super().open()
        if self.settings.report_log_events:
            self._handler = _LogToEvents(self)
            self._handler.setLevel(LEVEL_NUMBERS[self.settings.log_level])
            logging.getLogger().addHandler(self._handler)

    def close(self) -> None:
        """Stop taking log records."""
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
        super().close()

    @remote_method
    def sendMessages(self, messages: Sequence[Message]) -> None:
        """Publish messages; when it returns they are journaled and in the buffers.

        The times are the script's. One in the future counts as it stands, so `logged_time` is
        moved up to it: an event can't be logged before it happens.
        """
        arrival = self.clock.now()
        events = []
        for text, category, offset, stamp in messages:
            time = stamp + offset
            events.append(
                MessageEvent(
                    device_time=stamp,
                    logged_time=max(arrival, time),
                    time=time,
                    msg_offset=offset,
                    category=category,
                    text=text,
                )
            )
        self.publish(events)

    @remote_method
    def sendLog(self, text: str, level: int = 20, time: float = 0.0) -> None:
        """Publish a log event, whether or not the hub's own records are reported.

        Args:
            text: any length; see :class:`~iohub_experiment.events.LogEvent`.
            level: a number of Python's `logging`, or ioHub's DATA (25) and EXP (22).
            time: hub time in s; 0 for now.
        """
        now = self.clock.now()
        happened = min(time, now) if time else now
        self.publish(
            [
                LogEvent(
                    device_time=happened,
                    logged_time=now,
                    time=happened,
                    log_level=min(max(level, 0), 255),
                    text=piece,
                )
                for piece in pieces(text)
            ]
        )


class _LogToEvents(logging.Handler):
    """Publishes log records; one that is logged while publishing is left out, not looped."""

    def __init__(self, device: Experiment) -> None:
        super().__init__()
        self._device = device
        self._busy = False

    def emit(self, record: logging.LogRecord) -> None:
        """Publish one record."""
        if self._busy:
            return
        self._busy = True
        try:
            self._device.sendLog(f"{record.name}: {record.getMessage()}", record.levelno)
        except Exception:  # noqa: BLE001 - logging must never raise into the code that logs
            self.handleError(record)
        finally:
            self._busy = False


def pieces(text: str) -> list[str]:
    """Cut a text into pieces that fit the column; all but the first begin with an ellipsis."""
    if len(text) <= TEXT_LIMIT:
        return [text]
    room = TEXT_LIMIT - len(CONTINUED)
    rest = text[TEXT_LIMIT:]
    return [
        text[:TEXT_LIMIT],
        *(CONTINUED + rest[start : start + room] for start in range(0, len(rest), room)),
    ]


def level_number(level: Any) -> int:
    """Return the number of a log level given by number or name.

    Raises:
        ValueError: if the name is not a level's.
    """
    if isinstance(level, int):
        return level
    names = {**LEVEL_NUMBERS, "WARN": 30, "FATAL": 50}
    try:
        return names[str(level).upper()]
    except KeyError:
        raise ValueError(f"log level {level!r} is none of {', '.join(names)}") from None
