"""Serial ports and the PST Serial Response Box as devices of a hub."""

__version__ = "0.1.0"
