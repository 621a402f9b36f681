"""``ExperimentDataAccessUtility`` under its ioHub path.

The core imports no plugin: the class is found by name when it is asked for.
"""

from __future__ import annotations

import importlib
from typing import Any

_CLASS = "ExperimentDataAccessUtility"

__all__ = [_CLASS]  # noqa: PLE0604 - found by __getattr__ below


def __getattr__(name: str) -> Any:
    if name != _CLASS:
        raise AttributeError(f"module 'iohub_core.datastore.util' has no attribute {name!r}")
    try:
        module = importlib.import_module("iohub_datastore.read.utility")
    except ModuleNotFoundError as error:
        raise ImportError(
            f"{name} is part of the datastore plugin, which is not installed; "
            "pip install iohub-datastore"
        ) from error
    return getattr(module, name)
