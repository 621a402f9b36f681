"""Conditions as existing analyses write them: ``{name: (operator, value)}``."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from typing import Any

from iohub_core.config.problems import nearest

COMPARISONS: dict[str, Any] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
MEMBERSHIPS: dict[str, Any] = {
    "in": lambda one, many: one in many,
    "not in": lambda one, many: one not in many,
}
_VARIABLE = re.compile(r"@(\w+)@")


def fulfils(trial: Any, conditions: Mapping[str, Any]) -> bool:
    """Return whether a trial's variables are as wanted.

    Args:
        trial: a namedtuple of the variables.
        conditions: for each name ``(operator, value)``, a value, or a list of values.

    Raises:
        KeyError: if the trial has no such variable.
        ValueError: if an operator's value is of the wrong kind.
    """
    for name, wanted in conditions.items():
        value = _variable(trial, name)
        compare, limit = _comparison(wanted)
        try:
            if not compare(value, limit):
                return False
        except TypeError as error:
            raise ValueError(f"{name}={value!r} can't be compared by {wanted!r}") from error
    return True


def conditions_for(
    trial: Any, columns: Sequence[str], *conditions: Mapping[str, Any] | None
) -> list[str]:
    """Return conditions on events, with a trial's variables put in, as PyTables takes them.

    Raises:
        KeyError: if the events have no such column or the trial no such variable.
        ValueError: if a condition is no ``(operator, value)``, or its value no number.
    """
    found = []
    for name, wanted in ((n, w) for one in conditions for n, w in (one or {}).items()):
        if name not in columns:
            raise KeyError(f"the events have no field {name!r}{nearest(name, columns)}")
        sign, limit = _pair(name, wanted)
        match = _VARIABLE.fullmatch(limit) if isinstance(limit, str) else None
        value = _variable(trial, match[1]) if match else limit
        if isinstance(value, str) or not isinstance(value, (int, float)):
            raise ValueError(
                f"the condition {name} {sign} {limit!r} gives {value!r}, which is no number"
            )
        found.append(f"({name} {sign} {value!r})")
    return found


def _pair(name: str, wanted: Any) -> tuple[str, Any]:
    if isinstance(wanted, (tuple, list)) and len(wanted) == 2:
        sign = str(wanted[0]).strip()
        if sign in COMPARISONS:
            return sign, wanted[1]
    known = ", ".join(COMPARISONS)
    raise ValueError(
        f"the condition on {name} is {wanted!r}; write (operator, value), operators: {known}"
    )


def _comparison(wanted: Any) -> tuple[Any, Any]:
    if isinstance(wanted, tuple) and len(wanted) == 2 and isinstance(wanted[0], str):
        known = {**COMPARISONS, **MEMBERSHIPS}
        sign = " ".join(wanted[0].split())
        if sign in known:
            return known[sign], wanted[1]
    if isinstance(wanted, (list, tuple, set)):
        return MEMBERSHIPS["in"], wanted
    return operator.eq, wanted


def _variable(trial: Any, name: str) -> Any:
    if name not in trial._fields:
        raise KeyError(
            f"no condition variable {name!r}{nearest(name, trial._fields)} "
            f"(variables: {', '.join(trial._fields)})"
        )
    return getattr(trial, name)
