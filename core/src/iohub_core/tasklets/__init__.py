"""Tasklets: code of the user that lives in the hub, beside the event path."""

from iohub_core.tasklets.tasklet import Tasklet

__all__ = ["Tasklet"]
