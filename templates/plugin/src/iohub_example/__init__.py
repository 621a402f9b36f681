"""A button box as a device: a plugin to copy."""
