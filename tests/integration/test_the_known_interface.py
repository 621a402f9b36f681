"""Every name that scripts for PsychoPy's ioHub use is there."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest

from iohub_core import Computer, EventConstants, ioHubConnection, launchHubServer
from iohub_core.constants import DeviceConstants, ModifierKeyCodes, MouseConstants

IMPORTS = {
    "iohub_core": "launchHubServer ioHubConnection Computer EventConstants DeviceConstants "
    "MouseConstants KeyboardConstants ModifierKeyCodes print2err",
    "iohub_core.client": "launchHubServer ioHubConnection",
    "iohub_core.client.keyboard": "Keyboard KeyboardPress KeyboardRelease",
    "iohub_core.constants": "EventConstants DeviceConstants MouseConstants KeyboardConstants",
    "iohub_core.devices": "Computer Device DeviceEvent",
    "iohub_core.util": "hideWindow showWindow",
    "iohub_core.datastore.util": "ExperimentDataAccessUtility",
}

CONNECTION = """devices getDevice getEvents clearEvents sendMessageEvent cacheMessageEvent
sendMessageEvents createTrialHandlerRecordTable addTrialHandlerRecord getTime syncClock wait
setPriority getPriority getProcessAffinity setProcessAffinity enableHighPriority
disableHighPriority addDeviceToMonitor registerWindowHandles unregisterWindowHandles updateWindowPos
flushDataStoreFile startCustomTasklet stopCustomTasklet getSessionID getSessionMetaData
getExperimentID getExperimentMetaData getHubServerConfig shutdown quit getActiveConnection
_createDeviceList _addDeviceView _sendToHubServer _isErrorReply"""

COMPUTER = """getTime currentSec currentTime currentMsec getPriority setPriority enableHighPriority
disableHighPriority getProcessPriority getProcessingUnitCount processing_unit_count core_count
getCurrentProcess getIoHubProcess current_process psychopy_process iohub_process iohub_process_id
is_iohub_process getProcessAffinities setProcessAffinities autoAssignAffinities
getCurrentProcessAffinity setCurrentProcessAffinity getProcessAffinityByID setProcessAffinityByID
setAllOtherProcessesAffinity getProcessFromName getPhysicalSystemMemoryInfo getCPUTimeInfo
platform"""

EVERY_DEVICE = """getEvents clearEvents enableEventReporting isReportingEvents getConfiguration
getCurrentDeviceState resetState addFilter removeFilter resetFilter enableFilters
getInterfaceStatus getLastInterfaceErrorString getName getIOHubDeviceClass getDeviceInterface"""

DEVICES = {
    "keyboard": "getKeys getPresses getReleases waitForKeys waitForPresses waitForReleases state "
    "reporting KEY_PRESS KEY_RELEASE",
    "mouse": "getPosition setPosition getPositionAndDelta getScroll setScroll getDisplayIndex "
    "getCurrentButtonStates",
    "monitor": "getIndex getDisplayCount getRuntimeInfo getCoordinateType getColorSpace "
    "getPixelsPerDegree getPixelResolution getRetraceInterval getBounds getCoordBounds "
    "getDefaultEyeDistance getPhysicalDimensions getPsychopyMonitorName",
    "serial": "setConnectionState isConnected flushInput flushOutput write read closeSerial "
    "getDeviceTime getSecTime",
    "pstbox": "getState getLampState setLampState getStreamingState setStreamingState "
    "getButtonQueryState setButtonQueryState",
}


@pytest.fixture(scope="module")
def io() -> Iterator[ioHubConnection]:
    virtual = {"backend": "virtual"}
    with launchHubServer(
        Keyboard=virtual,
        Mouse=virtual,
        Monitor=virtual,
        **{"serial.Serial": virtual, "serial.Pstbox": virtual},
    ) as connection:
        yield connection


@pytest.mark.parametrize("module", IMPORTS)
def test_names_can_be_imported(module: str) -> None:
    for name in IMPORTS[module].split():
        assert getattr(importlib.import_module(module), name) is not None


def test_the_connection_has_its_methods(io: ioHubConnection) -> None:
    for name in CONNECTION.split():
        assert hasattr(io, name), name


def test_computer_has_its_methods(io: ioHubConnection) -> None:
    for name in COMPUTER.split():
        assert hasattr(Computer, name), name
    assert Computer.iohub_process_id == io.iohub_process_id
    assert Computer.getProcessAffinities()[1]
    assert io.setPriority("normal") == io.getPriority() == "normal"
    everything = io.getProcessAffinity()
    io.setProcessAffinity([everything[0]])
    assert io.getProcessAffinity() == [everything[0]]
    io.setProcessAffinity([])
    assert set(io.getProcessAffinity()) >= set(everything)


@pytest.mark.parametrize("device", DEVICES)
def test_devices_have_their_methods(io: ioHubConnection, device: str) -> None:
    view = io.getDevice(device)
    assert view is not None
    for name in [*EVERY_DEVICE.split(), *DEVICES[device].split()]:
        assert hasattr(view, name), f"{device}.{name}"
    assert view.getName() == device
    assert view.isReportingEvents() is True
    assert view.getInterfaceStatus() == "HW_STAT_OK"
    assert view.getConfiguration()["event_buffer_length"] >= 1
    assert io.getHubServerConfig()["global_event_buffer"] == 2048


def test_the_display_is_reached_by_both_names(io: ioHubConnection) -> None:
    assert io.devices.display is io.devices.monitor


def test_numbers_are_those_of_the_data_files() -> None:
    events = {"KEYBOARD_PRESS": 22, "MOUSE_MULTI_CLICK": 34, "MOUSE_DRAG": 37, "MESSAGE": 151}
    events |= {"GAZEPOINT_SAMPLE": 60, "SERIAL_BYTE_CHANGE": 106, "PSTBOX_BUTTON": 107, "LOG": 152}
    for name, number in events.items():
        assert EventConstants.getID(name) == number
    assert (DeviceConstants.KEYBOARD, DeviceConstants.DISPLAY) == (20, 190)
    assert (ModifierKeyCodes.lctrl, ModifierKeyCodes.scrolllock) == (1, 65536)
    assert (MouseConstants.MOUSE_BUTTON_RIGHT, MouseConstants.MOUSE_BUTTON_9) == (2, 256)


def test_without_recording_there_are_no_ids(io: ioHubConnection) -> None:
    assert io.getSessionID() is None
    assert io.getExperimentID() is None
    with pytest.raises(RuntimeError, match="nothing is recorded"):
        io.createTrialHandlerRecordTable([{"a": 1}])
