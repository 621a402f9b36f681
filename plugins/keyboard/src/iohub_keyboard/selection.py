"""`device_number` and `model_name`: one physical keyboard of several."""

from __future__ import annotations

from iohub_core.config.problems import nearest
from iohub_core.errors import DeviceError
from iohub_keyboard.config import KeyboardSettings
from iohub_keyboard.native import KeyboardBackend


def accepted_keyboards(
    settings: KeyboardSettings, backend: KeyboardBackend
) -> frozenset[int] | None:
    """Return the numbers of the keyboards whose keys are reported; None for all.

    ``model_name`` selects the keyboards with that name; ``device_number`` from 1 up selects one of
    them (or of all), counted from 1 in the order the system lists them; 0 means all.

    Raises:
        DeviceError: if there is no such keyboard, or the backend can't tell keyboards apart.
    """
    name, number = settings.model_name, settings.device_number
    if not name and not number:
        return None
    known = backend.keyboards()
    if not known:
        raise DeviceError(
            f"backend {type(backend).__name__} can't tell keyboards apart, so model_name and "
            "device_number can't select one; leave them out, or choose another backend"
        )
    listed = ", ".join(f"{one!r}" for one in known.values())
    chosen = [one for one, its_name in known.items() if not name or its_name == name]
    if not chosen:
        raise DeviceError(
            f"no keyboard has the model_name {name!r}{nearest(name, known.values())} "
            f"(connected: {listed})"
        )
    if not number:
        return frozenset(chosen)
    if not 1 <= number <= len(chosen):
        raise DeviceError(
            f"device_number {number} is not one of 1…{len(chosen)} (connected: {listed}); "
            "0 means all"
        )
    return frozenset([chosen[number - 1]])
