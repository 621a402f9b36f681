"""Reading an X server: its displays and its input devices."""
