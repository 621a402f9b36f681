"""The hub: a process of its own that watches devices while the script does its work."""
