"""Parser functions written by users."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from iohub_core.errors import DeviceError
from iohub_serial.parsers.message import Message, Parser
from iohub_serial.text import bytes_of


class CustomParser(Parser[Message]):
    """Asks a function what the bytes mean.

    The function is called ``function(read_time, rx_data, parser_state, **kwargs)`` with the hub
    time at which ``rx_data`` was read, the bytes read, and a dict of its own that is kept between
    calls: bytes of an unfinished message belong there. It returns a list of dicts, one a message
    (or one dict, or None): ``data`` holds the message, ``time``, if there, its hub time.

    Args:
        function: the function.
        kwargs: its further arguments.
    """

    def __init__(self, function: Callable[..., Any], kwargs: Mapping[str, Any]) -> None:
        super().__init__()
        self._function = function
        self._kwargs = dict(kwargs)
        self._state: dict[str, Any] = {}
        self._start = 0

    def feed(self, data: bytes, read_time: float) -> Sequence[Message]:
        """Take the next bytes; return the messages the function makes of them.

        Raises:
            Exception: what the function raises.
            TypeError: if it returns something else than dicts with ``data``.
        """
        start = self._start
        self._start += len(data)
        made = self._function(read_time, data, self._state, **self._kwargs)
        return [self._message(one, start) for one in _listed(made)]

    def reset(self) -> None:
        """Empty the function's dict."""
        self._state.clear()

    def _message(self, made: Any, start: int) -> Message:
        if not isinstance(made, Mapping) or "data" not in made:
            raise TypeError(
                f"the parser function must return dicts with 'data' (and 'time'), not {made!r}"
            )
        data, time = made["data"], made.get("time")
        if isinstance(data, (bytearray, memoryview)):
            data = bytes(data)
        elif not isinstance(data, (bytes, str)):
            data = str(data)
        # Text is what the function makes of the bytes, so any character may stand in it.
        content = data.encode() if isinstance(data, str) else bytes_of(data)
        return Message(start, content, time=None if time is None else float(time))


def _listed(made: Any) -> Iterable[Any]:
    if made is None:
        return ()
    return (made,) if isinstance(made, Mapping) else made


def load_function(given: Any) -> Callable[..., Any]:
    """Return the parser function that the settings mean, in the hub.

    Args:
        given: the function, ``"module.function"``, or the function as dill made it.

    Raises:
        DeviceError: if it can't be had; says why.
    """
    if isinstance(given, bytes):
        import dill  # only where a function from the script is used

        try:
            given = dill.loads(given)
        except Exception as error:  # foreign code runs here; told as the device's failure
            raise DeviceError(
                f"the parser function from the script can't be loaded in the hub: {error!r}"
            ) from error
    elif isinstance(given, str):
        given = _imported(given)
    if not callable(given):
        raise DeviceError(f"the parser function is no function: {given!r}")
    function: Callable[..., Any] = given
    return function


def _imported(path: str) -> Any:
    module_name, _, name = path.replace(":", ".").rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # foreign code runs here; told as the device's failure
        raise DeviceError(
            f"parser_function {path!r}: module {module_name!r} can't be imported: "
            f"{type(error).__name__}: {error}; it belongs beside the script"
        ) from error
    try:
        return getattr(module, name)
    except AttributeError:
        raise DeviceError(f"parser_function {path!r}: {module.__name__} has no {name!r}") from None
