"""Records events in an HDF5 file through a crash-proof journal; reads and exports them."""

from __future__ import annotations

__version__ = "0.1.0"
