"""Threads of the hub."""

from __future__ import annotations

import threading
from typing import Any


def start_thread(name: str, target: Any) -> threading.Thread:
    """Start a daemon thread of the hub."""
    thread = threading.Thread(target=target, name=f"iohub-{name}", daemon=True)
    thread.start()
    return thread
