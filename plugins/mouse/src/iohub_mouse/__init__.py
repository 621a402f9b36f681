"""The Mouse device."""
