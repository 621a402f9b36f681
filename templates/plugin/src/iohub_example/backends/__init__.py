"""Where presses come from; each module is imported only when it is chosen."""
