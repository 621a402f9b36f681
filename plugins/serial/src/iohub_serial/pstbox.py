"""The PST Serial Response Box."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iohub_core.devices import remote_method
from iohub_core.errors import DeviceError
from iohub_core.event import DeviceEvent
from iohub_serial.device import SerialDevice
from iohub_serial.events import PstboxButtonEvent
from iohub_serial.native import Chunk
from iohub_serial.parsers import ByteDiffParser, Change, Parser
from iohub_serial.pst_protocol import LAMPS, changed_buttons, command


class PstboxDevice(SerialDevice):
    """A response box: five buttons, five lamps, a voice key.

    It streams from the start, and is told its lamps, streaming and query state again whenever its
    port comes back.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lamps = [False] * LAMPS
        self._streaming = True
        self._querying = True

    def open(self) -> None:
        """Open the port and start the box."""
        super().open()
        self._send_state()

    def close(self) -> None:
        """Switch the lamps and the stream off, and close the port."""
        if self.backend is not None and self.port.connected:
            self._lamps = [False] * LAMPS
            self._streaming = self._querying = False
            try:
                self._send_state()
            except DeviceError as error:
                self.log.warning("%s: the lamps could not be switched off: %s", self.name, error)
        super().close()

    def make_parser(self) -> Parser[Any]:
        """Return what finds changes of the box's state; at first no button is down."""
        return ByteDiffParser(first=0)

    def make_events(self, found: Change, chunk: Chunk) -> list[DeviceEvent]:
        """Return one event for each button that changed."""
        if not self._querying:
            return []
        common = self.common(found.start, chunk)
        return [
            PstboxButtonEvent(**common, button=button, button_event="press" if down else "release")
            for button, down in changed_buttons(found.previous, found.current)
        ]

    def port_opened(self) -> None:
        """Tell the box its state again."""
        try:
            self._send_state()
        except DeviceError as error:
            # Gone again already; the reader notices, and the next return tells the box.
            self.log.warning("%s: the box could not be told its state: %s", self.name, error)

    # -- called from the script ---------------------------------------------------------------

    @remote_method
    def getState(self) -> list[bool]:
        """Return the last command as eight booleans.

        In this order: streaming, button query, lamp update, then the lamps from the last to the
        first (from the highest bit of the command byte to the lowest).
        """
        byte = self._command()
        return [bool(byte >> bit & 1) for bit in range(7, -1, -1)]

    @remote_method
    def getLampState(self) -> list[bool]:
        """Return which lamps are on, from the left."""
        return list(self._lamps)

    @remote_method
    def setLampState(self, state: Sequence[bool]) -> None:
        """Switch the lamps.

        Args:
            state: five booleans, from the left.

        Raises:
            ValueError: if there are not five.
            DeviceError: if the box is not connected.
        """
        lamps = [bool(lit) for lit in state]
        if len(lamps) != LAMPS:
            raise ValueError(f"the box has {LAMPS} lamps, found {len(lamps)} states: {state!r}")
        self._lamps = lamps
        self._send_state()

    @remote_method
    def getStreamingState(self) -> bool:
        """Return whether the box sends its state continuously."""
        return self._streaming

    @remote_method
    def setStreamingState(self, state: bool) -> None:
        """Have the box send its state continuously, or not.

        Raises:
            DeviceError: if the box is not connected.
        """
        self._streaming = bool(state)
        self._send_state()

    @remote_method
    def getButtonQueryState(self) -> bool:
        """Return whether buttons are asked for and reported."""
        return self._querying

    @remote_method
    def setButtonQueryState(self, state: bool) -> None:
        """Have buttons asked for and reported, or not.

        Raises:
            DeviceError: if the box is not connected.
        """
        self._querying = bool(state)
        self._send_state()

    @remote_method
    def simulateButton(self, button: int, pressed: bool = True) -> None:
        """Have the virtual box's button (counted from 0, from the left) go down or up.

        Raises:
            DeviceError: if the box is a real one.
            ValueError: if there is no such button.
        """
        if button not in range(LAMPS + 1):
            raise ValueError(f"buttons are 0 to 4, and 5 is the voice key; found {button!r}")
        self._virtual.set_button(button, pressed)

    def _command(self) -> int:
        return command(streaming=self._streaming, querying=self._querying, lamps=self._lamps)

    def _send_state(self) -> None:
        self.write(bytes([self._command()]))
