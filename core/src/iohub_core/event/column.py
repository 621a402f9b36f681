"""One field of an event, declared once.

From a :class:`Column` come the wire form, the namedtuple, the table column with its description
in the data file, and the line in the reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs

_METADATA_KEY = "iohub_core.column"
_ZERO: dict[str, Any] = {"u": 0, "i": 0, "f": 0.0, "b": False, "S": ""}
_DTYPE = re.compile(r"(b1|[ui][1248]|f[48]|S[1-9][0-9]*)\Z")


@attrs.frozen(kw_only=True)
class Column:
    """What is known of one field.

    Attributes:
        name: the field's name.
        dtype: how it is stored: ``u1 … u8``, ``i1 … i8``, ``f4``, ``f8``, ``b1`` or ``S<bytes>``
            (UTF-8 text or raw bytes; the number counts bytes).
        doc: what the value means, in one or two sentences.
        unit: its unit (``s``, ``pix``, …), empty for none.
        missing: the stored value that means "not known", or None if the field is always known.
        names: names of the values an enumerated field can take.
        max_chars: the most characters a text may have, or None for no limit but the dtype's.
        present: turns the stored value into what a script sees; None leaves it as it is.
    """

    name: str
    dtype: str
    doc: str
    unit: str = ""
    missing: Any = None
    names: Mapping[int, str] | None = None
    max_chars: int | None = None
    present: Callable[[Any], Any] | None = None

    @property
    def max_wire_bytes(self) -> int:
        """The most bytes one value takes on the wire (MessagePack: a tag and the value)."""
        if self.dtype.startswith("S"):
            return int(self.dtype[1:]) + 5
        return 9


def column(
    dtype: str,
    *,
    doc: str,
    unit: str = "",
    default: Any = None,
    missing: Any = None,
    names: Mapping[int, str] | None = None,
    max_chars: int | None = None,
    present: Callable[[Any], Any] | None = None,
) -> Any:
    """Declare a field of an event class; the arguments are those of :class:`Column`.

    Args:
        default: the value where the device gives none; None for the zero of the dtype (0, 0.0,
            False or an empty text).

    Raises:
        ValueError: if ``dtype`` is not one of the storable types.
    """
    if not _DTYPE.match(dtype):
        raise ValueError(f"dtype {dtype!r} is none of b1, u1…u8, i1…i8, f4, f8, S<bytes>")
    about = {
        "dtype": dtype,
        "doc": doc,
        "unit": unit,
        "missing": missing,
        "names": names,
        "max_chars": max_chars,
        "present": present,
    }
    if default is None:
        default = _ZERO[dtype[0]]
    return attrs.field(default=default, metadata={_METADATA_KEY: about})


def columns_of(event_class: type) -> tuple[Column, ...]:
    """Return the columns of an event class, base fields first, in the order of declaration.

    Raises:
        TypeError: if a field of the class was declared without :func:`column`.
    """
    found = []
    for field in attrs.fields(event_class):
        about = field.metadata.get(_METADATA_KEY)
        if about is None:
            raise TypeError(
                f"{event_class.__name__}.{field.name} is not declared with column(...), "
                "so its width, unit and meaning are unknown"
            )
        found.append(Column(name=field.name, **about))
    return tuple(found)
