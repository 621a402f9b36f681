"""One event's way through the hub: filters, journal, buffers, sinks."""
