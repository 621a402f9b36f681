"""Where the displays are read from; each module is imported only when it is chosen."""
