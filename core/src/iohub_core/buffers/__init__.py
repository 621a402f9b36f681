"""Event buffers: bounded, counted, written in the hub and read in the script without asking."""
