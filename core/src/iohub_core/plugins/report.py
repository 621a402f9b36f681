"""What became of each plugin: loaded, blocked or failed, and every fault of its hooks."""

from __future__ import annotations

from typing import Any

import attrs

LOADED = "loaded"
BLOCKED = "blocked"
FAILED = "failed"


@attrs.define
class PluginEntry:
    """One plugin.

    Attributes:
        name: its entry point's name, or the local plugin as the configuration names it.
        distribution: the distribution it comes from with its version, or where it was found.
        state: ``loaded``, ``blocked`` or ``failed``.
        faults: what went wrong, one text a fault, the newest last; at most 50 are kept.
        fault_count: how many faults there were.
    """

    name: str
    distribution: str
    state: str = LOADED
    faults: list[str] = attrs.field(factory=list)
    fault_count: int = 0

    def fault(self, text: str) -> None:
        """Add a fault."""
        self.fault_count += 1
        if len(self.faults) < 50:
            self.faults.append(text)


class PluginReport:
    """All plugins of one process."""

    def __init__(self) -> None:
        self.entries: dict[str, PluginEntry] = {}

    def add(self, name: str, distribution: str) -> PluginEntry:
        """Return the entry of a plugin, made if it is new."""
        return self.entries.setdefault(name, PluginEntry(name=name, distribution=distribution))

    def faults_of_unloaded(self) -> list[str]:
        """Return a sentence for each plugin that failed, for errors that may be due to it."""
        return [
            f"plugin {entry.name!r} ({entry.distribution}): {entry.faults[0].splitlines()[-1]}"
            for entry in self.entries.values()
            if entry.faults
        ]

    def as_dicts(self) -> list[dict[str, Any]]:
        """Return the report as plain data."""
        return [attrs.asdict(entry) for entry in self.entries.values()]
