"""What this plugin declares."""

from __future__ import annotations

from collections.abc import Iterable

from iohub_core import hookimpl
from iohub_core.plugins import DeviceType


@hookimpl
def iohub_device_types() -> Iterable[DeviceType]:
    """Declare the Experiment device."""
    return [
        DeviceType(
            class_names=("Experiment",),
            default_name="experiment",
            device_type_id=150,
            settings="iohub_experiment.config:ExperimentSettings",
            device="iohub_experiment.device:Experiment",
            view="iohub_experiment.view:Experiment",
            events=("iohub_experiment.events:MessageEvent", "iohub_experiment.events:LogEvent"),
            default=True,
        )
    ]
