"""Named numbers with look-up in both directions."""

from __future__ import annotations

from typing import Any


class Constants:
    """Class attributes in capitals (or any int attribute) are the constants.

    Where two names have one number, the first declared is the number's name.
    """

    @classmethod
    def items(cls) -> dict[str, int]:
        """Return number by name, in the order of declaration."""
        found: dict[str, int] = {}
        for owner in reversed(cls.__mro__):
            found.update(
                (name, value)
                for name, value in vars(owner).items()
                if not name.startswith("_") and isinstance(value, int)
            )
        return found

    @classmethod
    def getName(cls, number: int) -> Any:
        """Return the constant's name, or None if there is none with that number."""
        for name, value in cls.items().items():
            if value == number:
                return name
        return None

    @classmethod
    def getID(cls, name: str) -> Any:
        """Return the constant's number, or None if there is none with that name."""
        return cls.items().get(name)
