"""Filters: new events computed from a device's events, beside the originals."""
