"""Fixtures for tests of plugins; pytest finds them when iohub-core is installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from iohub_core.testing.bench import DeviceBench


@pytest.fixture
def device_bench() -> Iterator[DeviceBench]:
    """A :class:`~iohub_core.testing.DeviceBench` with a virtual clock."""
    from iohub_core.testing.bench import DeviceBench  # only tests that use it pay for the import

    bench = DeviceBench()
    yield bench
    bench.close()
