"""What a filter is to do, as it stands in the configuration or in ``addFilter``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Union

import attrs
from msgspec import Meta

from iohub_core.config.problems import nearest
from iohub_core.config.settings import setting
from iohub_core.config.validate import settings_from
from iohub_core.event import DeviceEvent, columns_of
from iohub_core.filters.kernels import KERNELS, Kernel
from iohub_core.plugins.declarations import resolve


@attrs.frozen(kw_only=True)
class FilterSpec:
    """One filter."""

    name: str = setting("", doc="A name for messages; the kernel's if empty.")
    filter_id: Annotated[int, Meta(ge=1, le=32767)] | None = setting(
        None, doc="The `filter_id` of the events it makes; the next free number if not given."
    )
    event_types: list[Union[str, int]] = setting(  # noqa: UP007
        factory=list, doc="Names or numbers of the event types it takes."
    )
    input_filter_ids: list[int] = setting(
        factory=lambda: [0],
        doc="Takes events made by these filters; 0 means the device's own events.",
    )
    fields: list[str] = setting(factory=list, doc="The numeric fields it filters.")
    kernel: str = setting(
        "median",
        doc="`median`, `weighted_average`, `stampe`, `passthrough`, or an own `module:Class`.",
    )
    length: Annotated[int, Meta(ge=1)] = setting(3, doc="Samples in the window; odd.")
    weights: list[float] = setting(
        factory=list, doc="Weights of `weighted_average`, one a sample; all 1 if not given."
    )

    def cross_check(self) -> Iterable[tuple[str, str]]:
        """Yield ``(path, message)`` for every fault that can be seen without the event types."""
        if self.kernel not in KERNELS and ":" not in self.kernel:
            known = ", ".join(KERNELS)
            yield "kernel", f"no kernel {self.kernel!r}{nearest(self.kernel, KERNELS)} ({known})"
        if self.length % 2 == 0:
            yield "length", f"{self.length} is even; a window has a middle only if it is odd"
        if self.weights and len(self.weights) != self.length:
            yield "weights", f"{len(self.weights)} weights for a window of {self.length}"
        if self.weights and not sum(self.weights):
            yield "weights", "the weights add up to 0, which leaves nothing to divide by"
        if not self.event_types:
            yield "event_types", "say which event types to take"
        if not self.fields:
            yield "fields", "say which fields to filter"

    def make_kernel(self) -> Kernel:
        """Return a new kernel.

        Raises:
            ValueError: if an own kernel can't be loaded.
        """
        try:
            kernel_class = KERNELS.get(self.kernel) or resolve(self.kernel)
            made: Kernel = kernel_class(self.length, self.weights)
        except Exception as error:
            raise ValueError(f"kernel {self.kernel!r} can't be made: {error}") from error
        return made


def check_spec(spec: Any, event_classes: Sequence[type[DeviceEvent]]) -> list[tuple[str, str]]:
    """Return every fault of a filter specification as ``(path, message)``.

    Args:
        spec: the specification as plain data.
        event_classes: the event classes of the device.
    """
    faults: list[tuple[str, str]] = []
    made = settings_from(
        FilterSpec,
        spec,
        (),
        lambda path, message: faults.append((".".join(map(str, path)), message)),
    )
    if made is None:
        return faults
    wanted = []
    for place, name in enumerate(made.event_types):
        classes = _classes_called(name, event_classes)
        if not classes:
            known = [one.EVENT_TYPE_STRING for one in event_classes]
            message = f"no event type {name!r}{nearest(name, known)} (has: {', '.join(known)})"
            faults.append((f"event_types.{place}", message))
        wanted += classes
    for event_class in wanted:
        numeric = {one.name for one in columns_of(event_class) if one.dtype[0] in "uif"}
        for place, field in enumerate(made.fields):
            if field not in numeric:
                message = (
                    f"{event_class.__name__} has no numeric field {field!r}"
                    f"{nearest(field, numeric)}"
                )
                faults.append((f"fields.{place}", message))
    return list(dict.fromkeys(faults))


def type_ids(spec: FilterSpec, event_classes: Sequence[type[DeviceEvent]]) -> frozenset[int]:
    """Return the numbers of the types a filter takes; a parent stands for its children."""
    return frozenset(
        one.EVENT_TYPE_ID
        for name in spec.event_types
        for one in _classes_called(name, event_classes)
    )


def _classes_called(
    name: str | int, event_classes: Sequence[type[DeviceEvent]]
) -> list[type[DeviceEvent]]:
    parents = [
        one
        for one in event_classes
        if name in {one.__name__, one.EVENT_TYPE_STRING, one.EVENT_TYPE_ID}
    ]
    return [one for one in event_classes if any(issubclass(one, parent) for parent in parents)]
