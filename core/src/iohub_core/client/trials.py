"""A trial handler's variables as table columns and rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def plain(value: Any) -> Any:
    """Return a value as None, bool, int, float or str; numpy scalars become Python's own."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "ndim", 0) == 0:
        return plain(item())
    return str(value)


def trial_list(trials: Any) -> list[Mapping[str, Any]]:
    """Return the conditions of a PsychoPy TrialHandler, or of any sequence of dicts.

    Raises:
        ValueError: if there are no conditions, so that no columns can be known.
        TypeError: if they are not mappings.
    """
    rows: Iterable[Any] = getattr(trials, "trialList", trials)
    listed = list(rows)
    if not listed:
        raise ValueError("there are no trials, so the columns of their table can't be known")
    for row in listed:
        if not isinstance(row, Mapping):
            raise TypeError(
                f"a trial must be a map of variables, not {type(row).__name__}: {row!r}"
            )
    return listed


def columns_of(trials: Any, order: Sequence[str] | None = None) -> list[tuple[str, str]]:
    """Return ``(name, type name)`` of every variable.

    Args:
        trials: a PsychoPy TrialHandler or a sequence of dicts.
        order: names in the order of the columns; None takes the order of appearance.

    Raises:
        ValueError: if ``order`` names a variable no trial has, or leaves one out.
    """
    types: dict[str, str] = {}
    for row in trial_list(trials):
        for name, value in row.items():
            kind = type(plain(value)).__name__
            known = types.get(str(name))
            types[str(name)] = kind if known in {None, "NoneType", kind} else _wider(known, kind)
    if order is None:
        return list(types.items())
    unknown, left_out = [n for n in order if n not in types], [n for n in types if n not in order]
    if unknown or left_out:
        raise ValueError(
            f"cv_order must name each variable once; unknown: {unknown or 'none'}, "
            f"left out: {left_out or 'none'} (variables: {', '.join(types)})"
        )
    return [(name, types[name]) for name in order]


def _wider(one: str | None, other: str) -> str:
    """Return the type that holds values of both."""
    if other in {"NoneType", one}:
        return one or other
    return "float" if {one, other} == {"int", "float"} else "str"
