"""The settings of serial devices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Union

import attrs
from msgspec import Meta

from iohub_core.config.problems import nearest, shown
from iohub_core.config.settings import DeviceSettings, PositiveFloat, PositiveInt, setting
from iohub_serial.text import bytes_of

PARITIES = {
    "NONE": "N",
    "EVEN": "E",
    "ODD": "O",
    "MARK": "M",
    "SPACE": "S",
}
STOPBITS = {"ONE": 1.0, "ONE_POINT_FIVE": 1.5, "ONE_AND_HALF": 1.5, "TWO": 2.0}

_MARK_DOC = (
    "text, one character a byte, with `\\n`, `\\r`, `\\t`, `\\0`, `\\xNN` and `\\\\` as in Python; "
    "or bytes"
)


@attrs.frozen(kw_only=True)
class EventParserSettings:
    """What makes a message. With nothing set, every byte is one."""

    fixed_length: Union[PositiveInt, None] = setting(  # noqa: UP007
        None, doc="Bytes of a message; with a prefix: that follow the prefix."
    )
    prefix: Any = setting(
        None,
        doc=f"What a message begins with ({_MARK_DOC}). Without a length or delimiter, a message "
        "ends where the next prefix begins.",
    )
    delimiter: Any = setting(None, doc=f"What a message ends with ({_MARK_DOC}).")
    byte_diff: bool = setting(
        False, doc="True makes an event whenever a byte differs from the one before it."
    )
    parser_function: Any = setting(
        None,
        doc="A parser of your own: `module.function` beside the script, or the function itself; "
        "called as parser(read_time, rx_data, parser_state, **parser_kwargs).",
    )
    parser_kwargs: Union[dict[str, Any], None] = setting(  # noqa: UP007
        None, doc="More arguments of the parser function."
    )
    max_length: PositiveInt = setting(
        4096,
        doc="Most bytes of a message that ends with a delimiter or the next prefix; a longer one "
        "is cut there, marked as overlong and counted.",
    )

    def cross_check(self) -> Iterable[tuple[str, str]]:
        """Yield ``(path, message)`` for every fault that takes more than one field to see."""
        for name in ("prefix", "delimiter"):
            value = getattr(self, name)
            if value is not None:
                yield from ((name, text) for text in _mark_faults(value))
        yield from self._function_faults()
        yield from self._combination_faults()

    def _function_faults(self) -> Iterable[tuple[str, str]]:
        function = self.parser_function
        if function is None:
            if self.parser_kwargs:
                yield "parser_kwargs", "has no meaning without `parser_function`"
        elif isinstance(function, str):
            parts = function.replace(":", ".").split(".")
            if len(parts) < 2 or not all(part.isidentifier() for part in parts):
                yield (
                    "parser_function",
                    f"expected `module.function`, found {shown(function)}",
                )
        elif not (isinstance(function, bytes) or callable(function)):
            yield (
                "parser_function",
                f"expected `module.function` or a function, found {shown(function)}",
            )

    def _combination_faults(self) -> Iterable[tuple[str, str]]:
        rules = {
            "fixed_length": self.fixed_length is not None,
            "prefix": self.prefix is not None,
            "delimiter": self.delimiter is not None,
            "byte_diff": self.byte_diff,
            "parser_function": self.parser_function is not None,
        }
        for alone in ("byte_diff", "parser_function"):
            others = [name for name, given in rules.items() if given and name != alone]
            if rules[alone] and others:
                yield alone, f"can't be combined with {', '.join(others)}"
                return
        if rules["fixed_length"] and rules["delimiter"]:
            yield "fixed_length", "can't be combined with delimiter: a message has one end"


def _mark_faults(value: Any) -> Iterable[str]:
    if not isinstance(value, (str, bytes)):
        yield f"expected text or bytes, found {shown(value)}"
        return
    try:
        if not bytes_of(value):
            yield "is empty; leave it out, or give at least one byte"
    except ValueError as error:
        yield str(error)


@attrs.frozen(kw_only=True)
class SerialSettings(DeviceSettings):
    """Settings of a serial port."""

    event_buffer_length: PositiveInt = setting(
        1024, doc="Most unread events kept for the script; when full, the oldest is dropped."
    )
    port: Annotated[str, Meta(min_length=1)] = setting(
        "auto",
        doc="Name of the port (`COM3`, `/dev/ttyUSB0`), a URL of pyserial (`loop://`, "
        "`socket://host:port`, `rfc2217://host:port`), or `auto` for the only one there is.",
    )
    baud: PositiveInt = setting(9600, doc="Bits a second.")
    bytesize: Annotated[int, Meta(ge=5, le=8)] = setting(8, doc="Data bits of a byte: 5 to 8.")
    parity: Union[str, None] = setting(  # noqa: UP007
        "NONE", doc="NONE, EVEN, ODD, MARK or SPACE, or the first letter."
    )
    stopbits: Union[int, float, str] = setting(  # noqa: UP007
        "ONE", doc="1, 1.5 or 2; or ONE, ONE_POINT_FIVE, TWO."
    )
    xonxoff: bool = setting(False, doc="Flow control by the XON and XOFF bytes.")
    rtscts: bool = setting(False, doc="Flow control by the RTS and CTS lines.")
    dsrdtr: bool = setting(False, doc="Flow control by the DSR and DTR lines.")
    write_timeout: PositiveFloat = setting(
        1.0, doc="Seconds a write may wait for the port before it raises."
    )
    event_parser: EventParserSettings = setting(
        factory=EventParserSettings, doc="What makes a message."
    )

    @property
    def parity_code(self) -> str:
        """The parity as one letter, as pyserial has it."""
        name = (self.parity or "NONE").upper()
        return PARITIES.get(name, name)

    @property
    def stop_bits(self) -> float:
        """The number of stop bits."""
        if isinstance(self.stopbits, str):
            return STOPBITS[self.stopbits.upper()]
        return float(self.stopbits)

    @property
    def byte_time(self) -> float:
        """Seconds one byte takes on the line: start bit, data bits, parity bit and stop bits."""
        parity_bits = 0 if self.parity_code == "N" else 1
        return (1 + self.bytesize + parity_bits + self.stop_bits) / self.baud

    def cross_check(self) -> Iterable[tuple[str, str]]:
        """Yield ``(path, message)`` for every fault that takes more than one field to see."""
        if self.parity_code not in PARITIES.values():
            yield "parity", _not_allowed(self.parity, PARITIES)
        if isinstance(self.stopbits, str):
            if self.stopbits.upper() not in STOPBITS:
                yield "stopbits", _not_allowed(self.stopbits, STOPBITS)
        elif self.stopbits not in STOPBITS.values():
            yield "stopbits", f"expected 1, 1.5 or 2, found {shown(self.stopbits)}"
        if "://" in self.port and not self.port.startswith(URL_SCHEMES):
            yield "port", _not_allowed(self.port, URL_SCHEMES)


URL_SCHEMES = ("loop://", "socket://", "rfc2217://", "hwgrep://", "spy://", "alt://", "cp2110://")


def _not_allowed(value: Any, allowed: Iterable[str]) -> str:
    names = list(allowed)
    return f"expected one of {', '.join(names)}, found {shown(value)}{nearest(value, names)}"


@attrs.frozen(kw_only=True)
class PstboxSettings(SerialSettings):
    """Settings of a PST Serial Response Box."""

    baud: PositiveInt = setting(19200, doc="Bits a second; the box is built for 9600 or 19200.")

    def cross_check(self) -> Iterable[tuple[str, str]]:
        """Yield ``(path, message)`` for every fault that takes more than one field to see."""
        yield from super().cross_check()
        parser = self.event_parser
        for name in ("fixed_length", "prefix", "delimiter", "parser_function"):
            if getattr(parser, name) is not None:
                yield f"event_parser.{name}", "has no meaning here: a response box sends its state"
