"""Keyboards: every press and release, paired, with the time it happened."""
