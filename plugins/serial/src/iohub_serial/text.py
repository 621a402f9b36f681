"""Text to bytes: one character is one byte, so that what is written is what is sent."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|[nrt0abfv\\'\"]|.?)", re.DOTALL)
_SIMPLE = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
}


def bytes_of(value: str | bytes, *, escapes: bool = True) -> bytes:
    """Return the bytes that a text means.

    Args:
        value: text, or bytes, which are returned as they are.
        escapes: whether a backslash begins an escape (``\\n``, ``\\xNN``, …). A configuration
            file leaves them in a text in single quotes or none.

    Raises:
        ValueError: for a character above U+00FF, which is no byte, or an unknown escape.
    """
    if isinstance(value, bytes):
        return value
    text = _ESCAPE.sub(_unescaped, value) if escapes else value
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        character = text[error.start]
        raise ValueError(
            f"character {character!r} in {value!r} is no single byte; give bytes instead, "
            f"e.g. {character.encode()!r}"
        ) from None


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if code in _SIMPLE:
        return _SIMPLE[code]
    if len(code) == 3:
        return chr(int(code[1:], 16))
    raise ValueError(
        f"unknown escape '\\{code}' in {match.string!r} (known: \\n \\r \\t \\0 \\xNN \\\\)"
    )
