"""What a script can have a virtual port do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from iohub_core.devices import remote_method
from iohub_core.errors import DeviceError
from iohub_serial.text import bytes_of


class SimulationMixin:
    """Requests for the scripted device behind a virtual port."""

    name: str
    backend: Any

    @property
    def _virtual(self) -> Any:
        if not hasattr(self.backend, "simulate"):
            raise DeviceError(
                f"{self.name} is a real port; only one with `backend: virtual` can be simulated"
            )
        return self.backend

    @remote_method
    def simulate(self, data: Any, delay: float = 0.0) -> int:
        """Have the virtual device send bytes.

        Args:
            data: bytes (or text, one character a byte), or a list of ``[seconds, bytes]``: each
                sent that long after the one before.
            delay: seconds until the first.

        Returns:
            How many bytes will be sent.

        Raises:
            DeviceError: if the port is a real one.
        """
        pieces = list(_pieces(data))
        if pieces:
            pieces[0] = (pieces[0][0] + delay, pieces[0][1])
        self._virtual.simulate(pieces)
        return sum(len(piece) for _, piece in pieces)

    @remote_method
    def simulateReply(self, received: bytes | str, answer: bytes | str, delay: float = 0.0) -> None:
        """Have the virtual device answer ``received`` with ``answer`` after ``delay`` seconds.

        Raises:
            DeviceError: if the port is a real one.
            ValueError: if ``received`` is empty.
        """
        word = _plain(received)
        if not word:
            raise ValueError("there is no answer to nothing: `received` is empty")
        self._virtual.device.reply(word, _plain(answer), delay)

    @remote_method
    def simulatedInput(self) -> bytes:
        """Return what the virtual device was sent since the last call.

        Raises:
            DeviceError: if the port is a real one.
        """
        heard: bytes = self._virtual.device.heard()
        return heard

    @remote_method
    def simulateUnplug(self) -> None:
        """Pull the virtual device's plug.

        Raises:
            DeviceError: if the port is a real one.
        """
        self._virtual.unplug()

    @remote_method
    def simulatePlug(self) -> None:
        """Put the virtual device's plug back.

        Raises:
            DeviceError: if the port is a real one.
        """
        self._virtual.plug()


def _pieces(data: Any) -> Iterable[tuple[float, bytes]]:
    if isinstance(data, (bytes, str)):
        yield 0.0, _plain(data)
        return
    for seconds, piece in data:
        yield float(seconds), _plain(piece)


def _plain(data: bytes | str) -> bytes:
    return bytes_of(data, escapes=False)
