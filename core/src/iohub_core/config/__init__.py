"""Settings: read from YAML and keywords, checked whole before anything starts."""

from iohub_core.config.problems import Problem
from iohub_core.config.settings import DeviceSettings, HubSettings, setting

__all__ = ["DeviceSettings", "HubSettings", "Problem", "setting"]
