"""Which package brings a device class, for the one sentence that says what to install."""

from __future__ import annotations

PACKAGE_OF_CLASS = {
    "Keyboard": "iohub-keyboard",
    "Mouse": "iohub-mouse",
    "Monitor": "iohub-monitor",
    "Display": "iohub-monitor",
    "Experiment": "iohub-experiment",
    "serial.Serial": "iohub-serial",
    "Serial": "iohub-serial",
    "serial.Pstbox": "iohub-serial",
    "Pstbox": "iohub-serial",
}

PACKAGE_OF_RECORDING = "iohub-datastore"
