"""Keyboards and mice of the Linux kernel."""
