"""All wanted devices of /dev/input together: opened, read, and followed as they come and go."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from pathlib import Path

from iohub_core.devices.backend import BackendContext, BackendThread
from iohub_core.errors import BackendUnavailableError
from iohub_evdev.node import DeviceFile, Identity, Node, Opener
from iohub_evdev.plugging import PlugWatch
from iohub_evdev.wire import Report, Reports

FOLDER = Path("/dev/input")
JOIN_GROUP = (
    "no permission to read {folder}/event*: add yourself to the group 'input' "
    "(sudo usermod -aG input $USER) and log in again"
)

Take = Callable[[Node, Report, float], None]


class DeviceSource:
    """Reads every device that is wanted, in one thread that sleeps until there is something.

    Args:
        context: the backend's.
        wanted: whether to read a device.
        take: gets each report with its device and the arrival, in the reading thread.
        gone: told of a device that was unplugged, in the reading thread.
        folder: where the device files are.
        opener: opens one; another in tests.
    """

    def __init__(
        self,
        context: BackendContext,
        wanted: Callable[[Identity], bool],
        take: Take,
        gone: Callable[[Node], None],
        folder: Path = FOLDER,
        opener: Opener = DeviceFile,
    ) -> None:
        self._context = context
        self._wanted, self._take, self._gone = wanted, take, gone
        self._folder, self._opener = folder, opener
        self._open: dict[str, tuple[Node, Reports]] = {}
        self._ignored: set[str] = set()
        self._denied: set[str] = set()
        self._watch: PlugWatch | None = None
        self._wake_read = self._wake_write = -1
        self._thread: BackendThread | None = None

    def nodes(self) -> list[Node]:
        """Return the devices that are read now."""
        return [node for node, _ in tuple(self._open.values())]

    def find(self) -> None:
        """Open the wanted devices there are and that are not open yet.

        Raises:
            BackendUnavailableError: if there are none, or they may not be read; says what helps.
        """
        self._scan()
        if self._open:
            return
        if self._denied:
            raise BackendUnavailableError(JOIN_GROUP.format(folder=self._folder))
        raise BackendUnavailableError(
            f"there is no such input device in {self._folder}; plug one in, or use "
            "backend 'virtual'"
        )

    def start(self) -> None:
        """Start reading, and following what is plugged in.

        Raises:
            BackendUnavailableError: as :meth:`find`.
        """
        if not self._open:
            self.find()
        self._watch = PlugWatch(self._folder)
        self._wake_read, self._wake_write = os.pipe()
        self._thread = BackendThread(self._context, self._run)
        self._thread.start()

    def close(self) -> None:
        """Stop reading and close everything."""
        if self._thread is not None:
            os.write(self._wake_write, b"x")
            self._thread.join()
            os.close(self._wake_read)
            os.close(self._wake_write)
            self._thread = None
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        for node, _ in self._open.values():
            node.close()
        self._open.clear()

    # -- in the reading thread ------------------------------------------------------------------

    def _run(self) -> None:
        watch = self._watch
        assert watch is not None
        poll = select.poll()
        poll.register(watch.fileno(), select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        polled: dict[int, str] = {}
        self._scan()  # what came between the first look and the watch
        while True:
            for name, (node, _) in self._open.items():
                if node.fileno() not in polled:
                    polled[node.fileno()] = name
                    poll.register(node.fileno(), select.POLLIN)
            ready = poll.poll()
            arrival = self._context.clock.now()
            for descriptor, _ in ready:
                if descriptor == self._wake_read:
                    return
                if descriptor == watch.fileno():
                    watch.drain()
                    self._scan()
                elif not self._read(polled[descriptor], arrival):
                    poll.unregister(descriptor)
                    self._unplugged(polled.pop(descriptor))

    def _read(self, name: str, arrival: float) -> bool:
        """Take what a device has told; returns whether it is still there."""
        node, reports = self._open[name]
        try:
            data = node.read()
        except BlockingIOError:
            return True
        except OSError:
            return False
        for report in reports.feed(data):
            self._take(node, report, arrival)
        return bool(data)

    def _unplugged(self, name: str) -> None:
        node, _ = self._open.pop(name)
        self._context.log.info("input device %r was unplugged", node.identity.name)
        self._gone(node)
        node.close()

    def _scan(self) -> None:
        try:
            names = {path.name for path in self._folder.glob("event[0-9]*")}
        except OSError:
            names = set()
        self._ignored &= names
        self._denied &= names
        for name in sorted(names - self._ignored - set(self._open), key=_number):
            try:
                node = self._opener(self._folder / name)
            except PermissionError:
                self._denied.add(name)
                continue
            except (OSError, ValueError):
                continue  # it went away again, or is no input device
            self._denied.discard(name)
            if not self._wanted(node.identity):
                node.close()
                self._ignored.add(name)
                continue
            self._open[name] = (node, Reports())
            self._context.log.info(
                "reading input device %r (%s)", node.identity.name, node.identity.phys or name
            )


def _number(name: str) -> int:
    digits = name.removeprefix("event")
    return int(digits) if digits.isdigit() else 0
