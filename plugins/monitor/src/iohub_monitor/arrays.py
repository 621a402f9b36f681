"""One formula for numbers, sequences of numbers, and numpy arrays."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from functools import wraps
from numbers import Real
from typing import Any

import attrs

Conversion = Callable[[Any, Any, Any], tuple[Any, Any]]


@attrs.frozen
class Functions:
    """The few functions the formulas need, for numbers or for arrays."""

    tan: Callable[[Any], Any]
    atan2: Callable[[Any, Any], Any]
    hypot: Callable[[Any, Any], Any]
    sqrt: Callable[[Any], Any]
    radians: Callable[[Any], Any]
    degrees: Callable[[Any], Any]
    any: Callable[[Any], bool]


NUMBERS = Functions(math.tan, math.atan2, math.hypot, math.sqrt, math.radians, math.degrees, bool)


def array_functions() -> tuple[Any, Functions]:
    """Return numpy and its functions."""
    np = sys.modules["numpy"]  # whoever has an array has imported it
    return np, Functions(
        np.tan, np.arctan2, np.hypot, np.sqrt, np.radians, np.degrees, lambda a: bool(np.any(a))
    )


def for_any_shape(formula: Callable[[Any, Any, Any, Functions], tuple[Any, Any]]) -> Conversion:
    """Make a formula for numbers take sequences and numpy arrays too."""

    @wraps(formula)
    def conversion(x: Any, y: Any, geometry: Any) -> tuple[Any, Any]:
        if isinstance(x, Real) and isinstance(y, Real):
            return formula(float(x), float(y), geometry, NUMBERS)
        if hasattr(x, "__array__") or hasattr(y, "__array__"):
            np, functions = array_functions()
            return formula(np.asarray(x, float), np.asarray(y, float), geometry, functions)
        pairs = [formula(float(a), float(b), geometry, NUMBERS) for a, b in zip(x, y, strict=True)]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    return conversion
