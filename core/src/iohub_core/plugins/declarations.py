"""What a plugin says of itself. Plain data, so that finding plugins imports next to nothing.

Wherever a class or function is meant, the text ``"package.module:name"`` will do, and is imported
only when needed; a plugin that is one file gives the object itself.
"""

from __future__ import annotations

import importlib
from typing import Any, TypeAlias

import attrs

Ref: TypeAlias = str | Any
"""``"package.module:name"``, or the object itself."""


def resolve(ref: Ref) -> Any:
    """Return the object a reference means.

    Raises:
        ImportError: if the module can't be imported or has no such name.
    """
    if not isinstance(ref, str):
        return ref
    module_name, _, name = ref.partition(":")
    module = importlib.import_module(module_name)
    try:
        return getattr(module, name)
    except AttributeError:
        raise ImportError(
            f"module {module_name!r} has no {name!r} (from reference {ref!r})"
        ) from None


@attrs.frozen(kw_only=True)
class DeviceType:
    """A kind of device that the configuration can name.

    Attributes:
        class_names: its names in the configuration, the main one first, e.g. ``("Keyboard",)``.
        default_name: the device's name in ``io.devices`` unless the settings give another.
        device_type_id: ioHub's number of the device type, or one from 1000 up.
        settings: the settings class (a :class:`~iohub_core.config.DeviceSettings`).
        device: the device class, used in the hub (a :class:`~iohub_core.devices.Device`).
        view: what the script holds (a :class:`~iohub_core.client.view.DeviceView`).
        events: every event class of the device, abstract parents included.
        aliases: more names under which ``io.devices`` reaches it, e.g. ``display``.
        default: True if a launch without a configuration file starts such a device.
        opens_first: True for a device that other devices ask (a monitor): it is opened before
            those that don't say so, wherever it stands in the configuration.
        settings_from_window: a function, called in the script with the window object given to
            ``launchHubServer(window=…)``; returns settings taken from it, which a setting the
            user wrote overrides.
    """

    class_names: tuple[str, ...]
    default_name: str
    device_type_id: int
    settings: Ref = "iohub_core.config:DeviceSettings"
    device: Ref
    view: Ref = "iohub_core.client.view:DeviceView"
    events: tuple[Ref, ...] = ()
    aliases: tuple[str, ...] = ()
    default: bool = False
    opens_first: bool = False
    settings_from_window: Ref | None = None

    @property
    def class_name(self) -> str:
        """The main name in the configuration."""
        return self.class_names[0]


@attrs.frozen(kw_only=True)
class BackendType:
    """A source of native events for a device type.

    Attributes:
        device: the main class name of the device type, e.g. ``Keyboard``.
        name: the name in the ``backend`` setting, e.g. ``x11``.
        backend: the backend class or factory, called with ``(settings, context)``.
        rank: ``auto`` tries the usable backend with the highest rank first; None keeps a backend
            out of ``auto`` (a virtual one must be asked for by name).
        usable: a function without arguments that returns None if the backend can work on this
            machine, and otherwise a text saying why not and what would help. Quick, no side
            effects. None counts as always usable.
    """

    device: str
    name: str
    backend: Ref
    rank: int | None = None
    usable: Ref | None = None


@attrs.frozen(kw_only=True)
class TaskletType:
    """A tasklet that ``startCustomTasklet`` can start by a short name.

    Attributes:
        name: the short name.
        tasklet: the tasklet class.
    """

    name: str
    tasklet: Ref
