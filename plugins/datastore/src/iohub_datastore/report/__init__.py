"""A data file as one page with pictures."""
