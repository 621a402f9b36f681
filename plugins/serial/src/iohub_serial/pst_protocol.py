"""The bytes of the PST Serial Response Box (Psychology Software Tools, model 200A).

The box takes commands of one byte and sends bytes of its buttons' state.

=======  ==========================================================
command  meaning
=======  ==========================================================
0x80     send the state continuously (800 times a second at 9600
         baud, 1,600 times at 19200)
0x40     send the state of the buttons
0x20     set the lamps as the low five bits say
0x1F     the lamps, the leftmost in the lowest bit
=======  ==========================================================

=======  ==========================================================
state    meaning
=======  ==========================================================
0x1F     buttons that are down, the leftmost in the lowest bit
0x20     the voice key
=======  ==========================================================
"""

from __future__ import annotations

from collections.abc import Sequence

STREAM = 0x80
QUERY = 0x40
UPDATE_LAMPS = 0x20
LAMP_BITS = 0x1F
LAMPS = 5
INPUTS = 7


def command(
    *, streaming: bool, querying: bool, lamps: Sequence[bool], update_lamps: bool = True
) -> int:
    """Return the command byte."""
    byte = sum(1 << place for place, lit in enumerate(lamps) if lit)
    return byte | STREAM * streaming | QUERY * querying | UPDATE_LAMPS * update_lamps


def changed_buttons(previous: int, current: int) -> list[tuple[int, bool]]:
    """Return number and new state (True: down) of every input that differs."""
    return [
        (button, bool(current >> button & 1))
        for button in range(INPUTS)
        if (previous ^ current) >> button & 1
    ]
