"""The button box against the contract, and in a hub."""

from __future__ import annotations

from typing import Any

import pytest
from iohub_example.plugin import BUTTON_BOX, VIRTUAL

from iohub_core import launchHubServer
from iohub_core.testing import DeviceBench, DeviceContract


class TestButtonBox(DeviceContract):
    """A dozen checks that every device has to pass."""

    device_type = BUTTON_BOX
    backend = VIRTUAL

    def stimulate(self, device: Any) -> None:
        device.simulate(1, True)
        device.simulate(1, False)


def test_it_knows_which_buttons_are_down(device_bench: DeviceBench) -> None:
    box: Any = device_bench.open(BUTTON_BOX, VIRTUAL)
    box.simulate(2, True)
    box.simulate(3, True)
    box.simulate(2, False)
    assert box.getButtonsDown() == [3]
    assert [event.button for event in device_bench.take()] == [2, 3, 2]
    with pytest.raises(ValueError, match="there is no button 9"):
        box.simulate(9, True)


def test_a_script_waits_for_a_press() -> None:
    box_settings = {"ButtonBox": {"backend": "virtual"}}
    plugins = ["iohub_example.plugin"]
    with launchHubServer(plugins=plugins, monitor_devices=[box_settings]) as io:
        box: Any = io.devices.button_box
        box.simulate(4, True)
        assert box.waitForPress(maxWait=5).button == 4
        assert box.waitForPress(maxWait=0.01) is None
