"""``Computer``: the machine and the two processes, the same calls in both of them."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

import psutil

from iohub_core.clock import SystemClock, experiment_zero
