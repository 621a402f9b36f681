"""What the system itself says of an open port (Linux, macOS)."""

from __future__ import annotations

import os
import termios
from collections.abc import Iterable
from pathlib import Path

from iohub_serial.config import SerialSettings
from iohub_serial.timing import UART_TIMEOUT_BYTES, USB_LATENCY_S

_SIZES = {5: termios.CS5, 6: termios.CS6, 7: termios.CS7, 8: termios.CS8}


def settings_not_in_force(
    descriptor: int, settings: SerialSettings, *, imitated: bool = False
) -> Iterable[tuple[str, str]]:
    """Yield setting and explanation for what the system has not taken over.

    ``tcsetattr`` succeeds when it could apply *any* of the changes (POSIX.1-2017), so what is in
    force has to be read back.
    """
    iflag, _, cflag, _, _, speed, _ = termios.tcgetattr(descriptor)
    wanted_speed = getattr(termios, f"B{settings.baud}", None)
    if wanted_speed is not None and speed != wanted_speed:
        yield "baud", "the system has another speed in force"
    if not imitated:
        if cflag & termios.CSIZE != _SIZES[settings.bytesize]:
            yield "bytesize", "the system has another size in force"
        if bool(cflag & termios.PARENB) != (settings.parity_code != "N"):
            yield "parity", "the system has another parity in force"
        if settings.parity_code in {"O", "M"} and not cflag & termios.PARODD:
            yield "parity", "the system has another parity in force"
    if bool(cflag & termios.CSTOPB) != (settings.stop_bits > 1):
        yield "stopbits", "the system has another number in force"
    if bool(cflag & termios.CRTSCTS) != settings.rtscts:
        yield "rtscts", "the system has not taken it over"
    if bool(iflag & termios.IXON) != settings.xonxoff:
        yield "xonxoff", "the system has not taken it over"


def is_pseudo_terminal(descriptor: int) -> bool:
    """Return whether a descriptor belongs to a pseudo-terminal."""
    try:
        name = os.ttyname(descriptor)
    except OSError:
        return False
    return name.startswith(("/dev/pts/", "/dev/ttys", "/dev/ttyp"))


def driver_latency(descriptor: int, byte_time: float) -> float:
    """Return how long the driver or adapter may hold bytes back, in seconds."""
    try:
        name = Path(os.ttyname(descriptor)).name
    except OSError:
        return USB_LATENCY_S
    # Linux tells the latency timer of FTDI adapters, in ms.
    timer = Path("/sys/class/tty") / name / "device" / "latency_timer"
    try:
        return int(timer.read_text()) / 1000
    except (OSError, ValueError):
        pass
    if name.startswith("ttyS") or name.startswith("ttyAMA"):
        return UART_TIMEOUT_BYTES * byte_time
    return USB_LATENCY_S
