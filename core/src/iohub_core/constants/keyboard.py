"""Modifier bits and their names."""

from __future__ import annotations

from iohub_core.constants.base import Constants


class ModifierKeyCodes(Constants):
    """Bits of the ``modifiers`` field of keyboard and mouse events."""

    lctrl = 1
    rctrl = 2
    lshift = 4
    rshift = 8
    lalt = 16
    ralt = 32
    lcmd = 64
    rcmd = 128
    capslock = 256
    MOD_SHIFT = 512
    MOD_ALT = 1024
    MOD_CTRL = 2048
    MOD_CMD = 4096
    numlock = 8192
    function = 16384
    modhelp = 32768
    scrolllock = 65536


_NAMED_BITS = tuple(
    (bit, name) for name, bit in ModifierKeyCodes.items().items() if not name.startswith("MOD_")
)


class _NamesByMask(dict[int, tuple[str, ...]]):
    """Remembers the names of each mask seen; there are few, and events ask often."""

    def __missing__(self, mask: int) -> tuple[str, ...]:
        names = self[mask] = tuple(name for bit, name in _NAMED_BITS if mask & bit)
        return names


_names_by_mask = _NamesByMask()


def modifier_names(mask: int) -> list[str]:
    """Return the names of the modifier keys in a bit mask, in the order of their bits."""
    return list(_names_by_mask[mask])


def modifier_mask(names: list[str]) -> int:
    """Return the bit mask of modifier names.

    Raises:
        KeyError: if a name is not a modifier's.
    """
    bits = ModifierKeyCodes.items()
    mask = 0
    for name in names:
        mask |= bits[name]
    return mask


class KeyboardConstants:
    """Keyboard look-ups that scripts use."""

    _modifierCodes = ModifierKeyCodes

    @staticmethod
    def getModifiersForCode(code: int) -> list[str]:
        """Return the modifier names in a bit mask."""
        return modifier_names(code)
