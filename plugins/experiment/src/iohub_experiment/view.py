"""What a script holds: sending messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iohub_core.client.view import DeviceView
from iohub_experiment.device import Message, level_number
from iohub_experiment.events import CATEGORY_LIMIT, TEXT_LIMIT


class Experiment(DeviceView):
    """The experiment's own device. `io.sendMessageEvent` and its kin end here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._cached: list[Message] = []
        self._now = self._connection.clock.now

    def sendMessageEvent(
        self, text: str, category: str = "", offset: float = 0.0, sec_time: float | None = None
    ) -> None:
        """Send a message.

        When it returns, the message is in the buffers, and in the journal if the session is
        recorded.

        Args:
            text: at most 128 characters of any language.
            category: a code to group messages by, at most 32 characters.
            offset: added to the time stamp, s; e.g. the time until the next retrace.
            sec_time: the time stamp, s on the experiment's clock; None stamps it now.

        Raises:
            ValueError: if a text is too long.
            TypeError: if a text is no text, or a time no number.
            HubDiedError: if the hub is gone.
        """
        message = self._message(text, category, offset, sec_time)
        self._transport.call(self.name, "sendMessages", [message])

    def cacheMessageEvent(
        self, text: str, category: str = "", offset: float = 0.0, sec_time: float | None = None
    ) -> None:
        """Stamp and keep a message until :meth:`sendMessageEvents`; costs no request.

        The arguments and errors are those of :meth:`sendMessageEvent`.
        """
        self._cached.append(self._message(text, category, offset, sec_time))

    def sendMessageEvents(self, messageList: Sequence[Any] = ()) -> None:
        """Send the cached messages, then those given, in one request.

        Args:
            messageList: further messages, each the arguments of :meth:`sendMessageEvent` as a
                tuple ``(text[, category[, offset[, sec_time]]])`` or as a dict.

        Raises:
            ValueError: if a text is too long; nothing is sent then, and the cache is kept.
        """
        further = [
            self._message(**one) if isinstance(one, dict) else self._message(*one)
            for one in messageList
        ]
        messages = [*self._cached, *further]
        if messages:
            self._call("sendMessages", messages)
        self._cached.clear()

    def log(self, text: str, level: int | str = "INFO") -> None:
        """Send a log event with the time of this call.

        Args:
            text: any length.
            level: DEBUG, INFO, EXP, DATA, WARNING, ERROR or CRITICAL, or a number.

        Raises:
            ValueError: if there is no such level.
        """
        self._call("sendLog", text, level_number(level), self._now())

    def _message(
        self, text: str, category: str = "", offset: float = 0.0, sec_time: float | None = None
    ) -> Message:
        stamp = self._now() if sec_time is None else sec_time
        _check_text("text", text, TEXT_LIMIT)
        _check_text("category", category, CATEGORY_LIMIT)
        for name, value in (("offset", offset), ("sec_time", stamp)):
            if isinstance(value, bool) or not hasattr(value, "__float__"):
                raise TypeError(f"{name} must be a number of seconds, not {value!r}")
        return text, category, float(offset), float(stamp)


def _check_text(name: str, text: str, limit: int) -> None:
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {type(text).__name__}: {text!r}")
    if len(text) > limit:
        raise ValueError(
            f"{name} has {len(text)} characters, at most {limit} fit: {text[:40]!r}…; "
            "shorten it, or send it in parts"
        )
