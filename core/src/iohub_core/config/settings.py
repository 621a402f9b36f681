"""The settings the core itself knows: the hub's own, and those every device has.

A device plugin derives its settings class from :class:`DeviceSettings`. Types are checked
strictly (no number in quotes), limits stand in the annotations, and whatever needs more than one
field is checked in :meth:`DeviceSettings.cross_check`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Union

import attrs
from msgspec import Meta

PositiveInt = Annotated[int, Meta(ge=1)]
PositiveFloat = Annotated[float, Meta(gt=0)]
NonNegativeFloat = Annotated[float, Meta(ge=0)]

DOC = "doc"


def setting(default: Any = attrs.NOTHING, *, doc: str, factory: Any = None) -> Any:
    """Declare one setting with its default and a sentence on what it does."""
    if factory is not None:
        return attrs.field(factory=factory, metadata={DOC: doc})
    return attrs.field(default=default, metadata={DOC: doc})


@attrs.frozen(kw_only=True)
class DeviceTimer:
    """How often a device that has to be asked is asked."""

    interval: PositiveFloat = setting(0.001, doc="Seconds between two readings.")


@attrs.frozen(kw_only=True)
class DeviceSettings:
    """The settings that every device has."""

    name: str = setting("", doc="Name of the device in `io.devices`; empty: the type's own name.")
    enable: bool = setting(True, doc="False leaves the device out altogether.")
    optional: bool = setting(
        False, doc="True lets the launch go on when this device can't be started."
    )
    backend: str = setting(
        "auto", doc="Where native events come from; `auto` takes the best that works here."
    )
    save_events: bool = setting(True, doc="Whether events are written to the data file.")
    stream_events: bool = setting(True, doc="Whether events go into the buffers a script reads.")
    auto_report_events: bool = setting(True, doc="Whether events are reported from the start.")
    event_buffer_length: PositiveInt = setting(
        128, doc="Most unread events kept for the script; when full, the oldest is dropped."
    )
    monitor_event_types: Union[list[Union[str, int]], None] = setting(  # noqa: UP007
        None, doc="Names (or numbers) of the event types to report; null for all."
    )
    filters: list[dict[str, Any]] = setting(
        factory=list, doc="Filters added when the device starts; see the filters guide."
    )
    device_number: int = setting(
        0, doc="Selects one of several physical devices, counted from 0, where that is possible."
    )
    manufacturer_name: str = setting("", doc="Maker of the device, kept with the data.")
    model_name: str = setting("", doc="Model of the device; selects it where that is possible.")
    model_number: str = setting("", doc="Model number of the device, kept with the data.")
    serial_number: str = setting("", doc="Serial number of the device, kept with the data.")
    firmware_version: str = setting("", doc="Firmware of the device, kept with the data.")
    hardware_version: str = setting("", doc="Hardware version, kept with the data.")
    software_version: str = setting("", doc="Driver version, kept with the data.")
    device_timer: Union[DeviceTimer, None] = setting(  # noqa: UP007
        None, doc="For devices that have to be asked; ignored by those that tell."
    )

    def cross_check(self) -> Iterable[tuple[str, str]]:
        """Yield ``(path, message)`` for every fault that takes more than one field to see."""
        return ()


@attrs.frozen(kw_only=True)
class ExperimentInfo:
    """Metadata of the experiment, written to the data file."""

    code: Annotated[str, Meta(max_length=256)] = setting("", doc="Short name of the experiment.")
    title: Annotated[str, Meta(max_length=256)] = setting("", doc="Its title.")
    description: Annotated[str, Meta(max_length=4096)] = setting("", doc="What it is about.")
    version: Annotated[str, Meta(max_length=32)] = setting("", doc="Version of the experiment.")


@attrs.frozen(kw_only=True)
class SessionInfo:
    """Metadata of one session, written to the data file."""

    code: Annotated[str, Meta(max_length=256)] = setting(
        "", doc="Name of the session, unique in its experiment; also the file's name by default."
    )
    name: Annotated[str, Meta(max_length=256)] = setting("", doc="A longer name.")
    comments: Annotated[str, Meta(max_length=4096)] = setting("", doc="Anything worth knowing.")
    user_variables: dict[str, Any] = setting(
        factory=dict, doc="Variables of your own (participant, age, …), kept as JSON."
    )


@attrs.frozen(kw_only=True)
class DataStoreSettings:
    """Whether, where and how events are recorded."""

    enable: bool = setting(False, doc="Record events in a file; needs iohub-datastore.")
    filename: str = setting("", doc="Name of the file without folder; `.hdf5` is added.")
    parent_dir: str = setting(".", doc="Folder of the file, relative to the script's folder.")
    experiment_info: ExperimentInfo = setting(
        factory=ExperimentInfo, doc="Metadata of the experiment."
    )
    session_info: SessionInfo = setting(factory=SessionInfo, doc="Metadata of the session.")
    multiple_sessions: bool = setting(
        True, doc="Add this session to an existing file; False refuses a file that exists."
    )
    flush_interval: PositiveInt = setting(
        32, doc="Events after which the file writer flushes, if time has not made it flush before."
    )
    sync_interval: NonNegativeFloat = setting(
        1.0, doc="Seconds of data a power loss can cost at most; 0 syncs every batch."
    )
    on_error: str = setting(
        "stop",
        doc="What happens when events can't be recorded any more (disk full, …): `stop` raises in "
        "the script's next call, `continue` warns and goes on without recording.",
    )
    compress_at_close: bool = setting(False, doc="Compress the file's tables when it is closed.")

    def cross_check(self) -> Iterable[tuple[str, str]]:
        """Yield ``(path, message)`` for every fault that takes more than one field to see."""
        if self.on_error not in {"stop", "continue"}:
            yield "on_error", f"{self.on_error!r} is not allowed; use 'stop' or 'continue'"


@attrs.frozen(kw_only=True)
class HubSettings:
    """The top level of ``iohub_config.yaml``, checked. Devices are checked by their own types."""

    global_event_buffer: PositiveInt = setting(
        2048, doc="Most unread events kept for `io.getEvents()`, over all devices."
    )
    data_store: DataStoreSettings = setting(factory=DataStoreSettings, doc="The recording.")
    plugins: list[str] = setting(
        factory=list, doc="Local plugins: module names, or `.py` files beside the script."
    )
    start_process: bool = setting(True, doc="Kept for ioHub's files; the hub is always started.")
