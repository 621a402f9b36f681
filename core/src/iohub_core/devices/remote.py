"""Which methods of a hub object a script may call: those that say so, and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])
_MARK = "__iohub_remote__"


def remote_method(function: _F) -> _F:
    """Declare a method public: the script can call it on the device's view.

    It runs in the hub, in the thread that serves the calling script thread. Arguments and result
    must be MessagePack types (None, bool, int, float, str, bytes, list, dict).
    """
    setattr(function, _MARK, True)
    return function


def remote_methods(cls: type) -> tuple[str, ...]:
    """Return the names of a class's public methods, sorted."""
    return tuple(
        sorted(
            name
            for name in dir(cls)
            if not name.startswith("_") and getattr(getattr(cls, name, None), _MARK, False)
        )
    )
