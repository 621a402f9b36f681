"""Settings of the Experiment device."""

from __future__ import annotations

from typing import Literal

import attrs

from iohub_core.config import DeviceSettings, setting

LogLevel = Literal["DEBUG", "INFO", "EXP", "DATA", "WARNING", "ERROR", "CRITICAL"]


@attrs.frozen(kw_only=True)
class ExperimentSettings(DeviceSettings):
    """Settings of the Experiment device."""

    report_log_events: bool = setting(False, doc="Whether log records of the hub become LogEvents.")
    log_level: LogLevel = setting(
        "INFO", doc="The least level a log record must have to become a LogEvent."
    )
