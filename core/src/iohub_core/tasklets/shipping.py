"""Classes and functions of a script, packed so that the hub can use them.

dill runs code when it unpacks; only the authenticated script's bytes are ever unpacked.
"""

from __future__ import annotations

from typing import Any

import dill


def pack(obj: Any) -> bytes:
    """Pack a class or function with what it refers to (in the script).

    With ``recurse`` only the globals it really uses go along, as copies: what it changes in the
    hub, the script doesn't see.

    Raises:
        TypeError: if it refers to something that can't be packed (an open file, a window, …).
    """
    try:
        packed: bytes = dill.dumps(obj, recurse=True)
    except Exception as error:
        raise TypeError(
            f"{getattr(obj, '__name__', obj)!r} can't be sent to the hub: {error}; it may use only "
            "what can be copied (no windows, files or connections)"
        ) from error
    return packed


def unpack(packed: bytes) -> Any:
    """Return what was packed (in the hub)."""
    return dill.loads(packed)
