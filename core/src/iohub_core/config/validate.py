"""Plain data to a settings class, strictly, with every fault found and not just the first."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import attrs
import msgspec

from iohub_core.config.problems import nearest, shown
from iohub_core.config.source import Path_

T = TypeVar("T")
Tell = Callable[[Path_, str], None]


def _types(cls: Any) -> dict[str, Any]:
    return typing.get_type_hints(cls, include_extras=True)


def settings_from(cls: type[T], data: Any, path: Path_, tell: Tell) -> T | None:
    """Make a settings object.

    Args:
        cls: an attrs class; nested attrs classes are checked the same way.
        data: the plain data, usually a dict.
        path: where the data stands, for messages.
        tell: is told ``(path, message)`` of every fault.

    Returns:
        The object, or None if there was any fault.
    """
    if not isinstance(data, Mapping):
        if data is None:
            data = {}
        else:
            tell(path, f"expected a map of settings, found {shown(data)}")
            return None
    fields = {field.name: field for field in attrs.fields(cls)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    types = _types(cls)
    sound = True
    for key, value in data.items():
        if key not in fields:
            allowed = ", ".join(fields)
            tell((*path, key), f"unknown setting{nearest(key, fields)} (allowed: {allowed})")
            sound = False
            continue
        made = _value(types[key], value, (*path, key), tell)
        if made is _FAULTY:
            sound = False
        else:
            values[key] = made
    if not sound:
        return None
    made_object = cls(**values)
    cross_check: Callable[[], Iterable[tuple[str, str]]] | None = getattr(
        made_object, "cross_check", None
    )
    for where, message in cross_check() if cross_check else ():
        tell((*path, *where.split(".")) if where else path, message)
        sound = False
    return made_object if sound else None


_FAULTY = object()


def _value(wanted: Any, value: Any, path: Path_, tell: Tell) -> Any:
    nested = _nested_settings(wanted)
    if nested is not None:
        if value is None and type(None) in typing.get_args(wanted):
            return None
        made = settings_from(nested, value, path, tell)
        return _FAULTY if made is None else made
    if callable(value) and not isinstance(value, type):
        return value  # a function given in the script; it is shipped, not converted
    try:
        return msgspec.convert(value, wanted, strict=True)
    except msgspec.ValidationError as error:
        # msgspec says "Expected `int`, got `str` - at `$[0]`"; the value itself says more.
        tell(path, f"{_plain(str(error))}, found {shown(value)}")
        return _FAULTY


def _nested_settings(wanted: Any) -> Any:
    if isinstance(wanted, type) and attrs.has(wanted):
        return wanted
    for inner in typing.get_args(wanted):
        if isinstance(inner, type) and attrs.has(inner):
            return inner
    return None


def _plain(text: str) -> str:
    text = text.replace(" - at `$", " at `").replace("`", "")
    return text[:1].lower() + text[1:]
