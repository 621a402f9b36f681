"""Filters: new events computed from a device's events, beside the originals.

A filter takes the events of some types and keeps a window over one or more numeric fields. What it
makes are copies of its input events with other values in these fields and its own ``filter_id``;
the originals have ``filter_id`` 0 and stay as they are.

**Which sample is now?** A window of length n looks (n - 1) / 2 samples ahead of the sample it is
about, so a filtered event comes that many samples late; it carries the time of the sample it is
about, the middle one of its window, and of the stampe filter the one that was corrected.
"""

from iohub_core.filters.chain import FilterChain
from iohub_core.filters.kernels import Kernel
from iohub_core.filters.spec import FilterSpec, check_spec

__all__ = ["FilterChain", "FilterSpec", "Kernel", "check_spec"]
