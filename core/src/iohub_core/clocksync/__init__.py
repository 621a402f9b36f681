"""From a device's own clock to the hub's: when did it happen, and how sure is that?

A native stamp that was cut to whole ticks says the event happened within one tick after it; the
arrival in the hub says it happened before that. Both together give an interval, and the best
estimate lies inside.
"""

from iohub_core.clocksync.converter import ClockConverter
from iohub_core.clocksync.stamp import Stamp

__all__ = ["ClockConverter", "Stamp"]
