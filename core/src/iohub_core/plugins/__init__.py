"""Plugins: what they declare, how they are found, and what became of them."""

from iohub_core.plugins.declarations import BackendType, DeviceType, TaskletType

__all__ = ["BackendType", "DeviceType", "TaskletType"]
