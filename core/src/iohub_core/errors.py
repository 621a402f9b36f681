"""Every error that a script, a plugin author or the command line can meet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iohub_core.config.problems import Problem


class IoHubError(Exception):
    """Base of all errors raised by this project."""


class ConfigError(IoHubError, ValueError):
    """The configuration can't be used. Carries every problem found, not just the first.

    Args:
        problems: one entry per fault, each with source, line, path, value and remedy; or the
            finished text, for an error that was carried from the hub.

    Attributes:
        problems: the entries; empty for an error that was carried from the hub.
    """

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        if isinstance(problems, str):
            self.problems: tuple[Problem, ...] = ()
            super().__init__(problems)
            return
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "1 problem" if count == 1 else f"{count} problems"
        lines = [f"the configuration has {head}:", *(f"  - {problem}" for problem in self.problems)]
        super().__init__("\n".join(lines))


class PluginError(IoHubError):
    """A plugin could not be loaded, or a hook of it raised, in strict mode."""


class DeviceError(IoHubError, RuntimeError):
    """A device can't do what was asked of it; the message says which device and the remedy."""


class BackendUnavailableError(DeviceError):
    """A device backend can't work on this machine; the message says why and what would help."""


class HubStartError(IoHubError, RuntimeError):
    """The hub did not start. The message holds the cause and, where there is one, its traceback."""


class HubDiedError(IoHubError, ConnectionError):
    """The hub process has ended unexpectedly; the message ends with its last words."""


class HubRequestError(IoHubError, RuntimeError):
    """A request failed inside the hub with an error that has no builtin class of its own."""


class RecordingError(IoHubError, OSError):
    """Events can't be recorded any more; what was recorded before is kept."""


class HubTimeoutError(IoHubError, TimeoutError):
    """The hub is alive and did not answer in time; the message says what was asked."""


class NotConnectedError(IoHubError, RuntimeError):
    """The connection was used after ``quit()``."""


class HubTraceback(Exception):  # noqa: N818 - shown as the cause of an error, as in "Hub traceback"
    """The hub's side of an error, shown as the ``__cause__`` of what the script sees."""

    def __init__(self, text: str) -> None:
        super().__init__(f"\n{text}")
