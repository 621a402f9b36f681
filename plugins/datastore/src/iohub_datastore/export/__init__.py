"""Data files to tables that other programs read."""
