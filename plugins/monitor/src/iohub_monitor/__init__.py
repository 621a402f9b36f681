"""Displays and their coordinate systems."""
