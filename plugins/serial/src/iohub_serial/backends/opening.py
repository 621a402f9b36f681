"""Finding a port, opening it, and making sure that every setting is in force."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import serial
from serial.tools import list_ports

from iohub_core.errors import BackendUnavailableError
from iohub_serial.config import SerialSettings

try:
    import termios
except ImportError:  # Windows
    PORT_ERRORS: tuple[type[Exception], ...] = (serial.SerialException, OSError, ValueError)
else:
    # pyserial lets termios.error through, which is no OSError.
    PORT_ERRORS = (serial.SerialException, OSError, ValueError, termios.error)

AUTO = "auto"
IMITATED_ON_PTY = ("bytesize", "parity")


def choose_port(wanted: str, found: Sequence[Any] | None = None) -> str:
    """Return the port's name.

    Args:
        wanted: the setting; ``auto`` takes the only port there is.
        found: the ports there are, as pyserial lists them; None asks pyserial.

    Raises:
        BackendUnavailableError: if ``auto`` finds no port, or more than one.
    """
    if wanted.lower() != AUTO:
        return wanted
    ports = list_ports.comports() if found is None else found
    if len(ports) == 1:
        return str(ports[0].device)
    if not ports:
        raise BackendUnavailableError(
            "port: auto finds no serial port; plug the device in, or name a port or URL "
            "(`backend: virtual` works without any)"
        )
    raise BackendUnavailableError(
        f"port: auto finds {len(ports)} serial ports; name one of them: {listed(ports)}"
    )


def listed(ports: Iterable[Any]) -> str:
    """Return the ports as text, with what is known of each."""
    return ", ".join(
        f"{port.device} ({port.description})"
        if port.description and port.description != "n/a"
        else str(port.device)
        for port in sorted(ports, key=lambda port: str(port.device))
    )


def open_port(name: str, settings: SerialSettings, *, imitated: bool = False) -> serial.Serial:
    """Open a port with every setting applied and checked.

    Args:
        name: the port's name or URL.
        settings: the settings.
        imitated: True leaves out what a pseudo-terminal can't do (data bits, parity).

    Raises:
        BackendUnavailableError: if it can't be opened or refuses a setting; says which.
    """
    # pyserial's rfc2217:// refuses to have a time limit.
    write_timeout = None if name.startswith("rfc2217://") else settings.write_timeout
    try:
        port = serial.serial_for_url(
            name, do_not_open=True, timeout=None, write_timeout=write_timeout
        )
        if os.name == "posix" and "://" not in name:
            port.exclusive = True  # two readers would each get some of the bytes
        port.open()
    except PORT_ERRORS as error:
        raise BackendUnavailableError(
            f"port {name} can't be opened: {error}{_hint(name)}"
        ) from error
    try:
        apply_settings(port, name, settings, imitated=imitated)
        if "://" not in name:
            port.reset_input_buffer()  # what came before the right baud rate was in force
    except PORT_ERRORS as error:
        port.close()
        raise BackendUnavailableError(f"port {name} can't be used: {error}") from error
    except BackendUnavailableError:
        port.close()
        raise
    return port


def apply_settings(
    port: serial.Serial, name: str, settings: SerialSettings, *, imitated: bool = False
) -> None:
    """Apply the settings to an open port one by one, so that a refusal names its setting.

    Raises:
        BackendUnavailableError: if one is refused or is not in force afterwards.
    """
    local = "://" not in name
    if local:
        _check_possible(name, settings)
    wanted = {
        "baud": ("baudrate", settings.baud),
        "bytesize": ("bytesize", settings.bytesize),
        "parity": ("parity", settings.parity_code),
        "stopbits": ("stopbits", settings.stop_bits),
        "xonxoff": ("xonxoff", settings.xonxoff),
        "rtscts": ("rtscts", settings.rtscts),
        "dsrdtr": ("dsrdtr", settings.dsrdtr),
    }
    for setting, (attribute, value) in wanted.items():
        if imitated and setting in IMITATED_ON_PTY:
            continue
        try:
            if getattr(port, attribute) != value:
                setattr(port, attribute, value)
            in_force = getattr(port, attribute)
        except PORT_ERRORS as error:
            raise BackendUnavailableError(_refusal(name, setting, value, str(error))) from error
        if in_force != value:
            raise BackendUnavailableError(
                _refusal(name, setting, value, f"it stays at {in_force!r}")
            )
    if local and os.name == "posix":
        from iohub_serial.backends.posix import settings_not_in_force

        for setting, text in settings_not_in_force(port.fileno(), settings, imitated=imitated):
            raise BackendUnavailableError(_refusal(name, setting, getattr(settings, setting), text))


def _check_possible(name: str, settings: SerialSettings) -> None:
    """Refuse what pyserial takes without doing it: POSIX systems have no word for these."""
    if os.name != "posix":
        return
    if settings.dsrdtr:
        raise BackendUnavailableError(
            _refusal(name, "dsrdtr", True, "this system has no DSR/DTR flow control; use rtscts")
        )
    if settings.stop_bits == 1.5 and settings.bytesize != 5:
        reason = "this system has 1.5 stop bits only with 5 data bits"
        raise BackendUnavailableError(_refusal(name, "stopbits", 1.5, reason))


def _refusal(name: str, setting: str, value: Any, reason: str) -> str:
    return f"port {name} does not take `{setting}: {value}`: {reason}"


def _hint(name: str) -> str:
    if "://" in name:
        return ""
    found = listed(list_ports.comports())
    hint = f"; ports that are there: {found or 'none'}"
    if os.path.exists(name) and not os.access(name, os.R_OK | os.W_OK):
        hint += "; you may not use it: join the group that owns it (dialout or uucp)"
    return hint
