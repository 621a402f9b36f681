"""Plugins: found, isolated from one another, blocked, reported."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from iohub_core import hookimpl
from iohub_core.errors import PluginError
from iohub_core.plugins import DeviceType, TaskletType
from iohub_core.plugins import manager as manager_module
from iohub_core.plugins.manager import PluginManager


class Good:
    """Declares a device and observes."""

    def __init__(self, class_name: str = "Good") -> None:
        self.class_name = class_name
        self.seen: list[Any] = []

    @hookimpl
    def iohub_device_types(self) -> Iterable[DeviceType]:
        name = self.class_name
        return [DeviceType(class_names=(name,), default_name="x", device_type_id=1, device="a:b")]

    @hookimpl
    def iohub_events_published(self, events: Any) -> str:
        self.seen.append(events)
        return self.class_name


class Bad:
    """Raises in every hook."""

    @hookimpl
    def iohub_tasklet_types(self) -> Iterable[TaskletType]:
        raise RuntimeError("declared badly")

    @hookimpl
    def iohub_events_published(self, device: Any, events: Any) -> None:
        raise RuntimeError("observed badly")


def make(*plugins: tuple[str, Any], strict: bool = False) -> PluginManager:
    manager = PluginManager(blocked=set(), strict=strict)
    for name, plugin in plugins:
        manager.register(plugin, name)
    return manager


def test_one_plugins_fault_is_never_anothers() -> None:
    first, last = Good("First"), Good("Last")
    manager = make(("first", first), ("bad", Bad()), ("last", last))
    results = manager.call_each("iohub_events_published", device=None, events="batch")
    assert results == [("last", "Last"), ("first", "First")]
    assert first.seen == last.seen == ["batch"]


def test_a_fault_is_reported_under_the_plugins_name_with_the_hook() -> None:
    manager = make(("bad", Bad()), ("good", Good()))
    manager.call_each("iohub_events_published", device=None, events=())
    faults = manager.report.entries["bad"].faults
    assert "iohub_tasklet_types raised: RuntimeError: declared badly" in faults[0]
    assert "iohub_events_published raised: RuntimeError: observed badly" in faults[1]
    assert manager.report.entries["good"].faults == []


def test_strict_mode_makes_every_fault_fatal() -> None:
    with pytest.raises(PluginError, match=r"'bad'.*declared badly"):
        make(("bad", Bad()), strict=True)


def test_the_first_result_is_taken_and_a_faulty_plugin_is_passed_over() -> None:
    class Supplier:
        @hookimpl
        def iohub_make_buffer(self, spec: Any) -> str:
            return f"buffer for {spec}"

    class Broken:
        @hookimpl
        def iohub_make_buffer(self, spec: Any) -> None:
            raise RuntimeError

    manager = make(("supplier", Supplier()), ("broken", Broken()))
    assert manager.first_result("iohub_make_buffer", spec="kb") == "buffer for kb"
    assert make().first_result("iohub_make_buffer", spec="kb") is None


def test_a_misspelt_hook_is_refused_with_the_nearest_name() -> None:
    class Misspelt:
        @hookimpl
        def iohub_device_type(self) -> list[Any]:
            return []

    manager = make(("misspelt", Misspelt()))
    entry = manager.report.entries["misspelt"]
    assert entry.state == "failed"
    assert "did you mean 'iohub_device_types'" in entry.faults[0]


def test_an_unknown_argument_of_a_hook_is_refused() -> None:
    class Wrong:
        @hookimpl
        def iohub_events_published(self, evnts: Any) -> None:
            pass

    manager = make(("wrong", Wrong()))
    assert manager.report.entries["wrong"].state == "failed"
    assert "evnts" in manager.report.entries["wrong"].faults[0]


def test_hook_wrappers_are_refused() -> None:
    class Wrapper:
        @hookimpl(wrapper=True)
        def iohub_events_published(self) -> Any:
            return (yield)

    manager = make(("wrapper", Wrapper()))
    assert "wrappers are refused" in manager.report.entries["wrapper"].faults[0]
    assert not manager.has("iohub_events_published")


def test_two_plugins_can_not_declare_the_same_device_class() -> None:
    manager = make(("one", Good()), ("two", Good()))
    assert manager.owner_of("Good") == "one"
    assert "already declared by 'one'" in manager.report.entries["two"].faults[0]


def test_an_unregistered_plugin_is_not_called_any_more() -> None:
    good = Good()
    manager = make(("good", good))
    manager.unregister("good")
    assert manager.call_each("iohub_events_published", device=None, events=()) == []


def installed(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    points = [EntryPoint(name, f"{name}_module:plugin", "iohub.plugins") for name in names]
    monkeypatch.setattr(manager_module, "entry_points", lambda group: points)


def test_an_installed_plugin_that_can_not_be_imported_goes_into_the_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed(monkeypatch, "ghost")
    manager = PluginManager(blocked=set(), strict=False)
    manager.load_installed()
    assert manager.report.entries["ghost"].state == "failed"
    assert "could not be imported" in manager.report.entries["ghost"].faults[0]


def test_blocked_plugins_are_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "ghost", "other")
    monkeypatch.setenv("IOHUB_DISABLE_PLUGINS", "ghost, other")
    manager = PluginManager(strict=True)
    manager.load_installed()
    assert [entry.state for entry in manager.report.entries.values()] == ["blocked", "blocked"]


def test_strict_mode_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "ghost")
    monkeypatch.setenv("IOHUB_STRICT", "1")
    with pytest.raises(PluginError, match="ghost"):
        PluginManager().load_installed()


def test_a_file_beside_the_script_is_a_plugin(tmp_path: Path) -> None:
    (tmp_path / "my_local_device.py").write_text(
        "from iohub_core import hookimpl\n"
        "from iohub_core.plugins import DeviceType\n"
        "@hookimpl\n"
        "def iohub_device_types():\n"
        "    return [DeviceType(class_names=('Local',), default_name='local',\n"
        "                       device_type_id=1001, device='a:b')]\n"
    )
    manager = make()
    manager.load_local("my_local_device.py", tmp_path)
    assert "Local" in manager.device_types


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("from iohub_core import hookimpl\n@hookimpl\ndef iohub_devic_types(): ...", "no hook"),
    ],
)
def test_a_local_plugin_that_is_asked_for_must_load(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "broken_local.py").write_text(text)
    with pytest.raises(PluginError, match=message):
        make().load_local("broken_local.py", tmp_path)
    with pytest.raises(PluginError, match=r"absent_local\.py"):
        make().load_local("absent_local.py", tmp_path)
