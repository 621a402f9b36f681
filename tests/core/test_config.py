"""Configuration: every fault at once, with line, path, value, what is allowed and a hint."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import attrs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from iohub_core import hookimpl
from iohub_core.config import DeviceSettings, HubSettings, setting
from iohub_core.config.load import make_plan, plan_from_data
from iohub_core.config.plan import LaunchPlan
from iohub_core.config.schema import json_schema
from iohub_core.config.source import read_yaml
from iohub_core.config.validate import settings_from
from iohub_core.devices import Device
from iohub_core.errors import ConfigError
from iohub_core.plugins import BackendType, DeviceType
from iohub_core.plugins.manager import PluginManager


@attrs.frozen(kw_only=True)
class Inner:
    """A nested section."""

    width: Annotated[float, Meta(gt=0)] = setting(1.0, doc="Width.")


@attrs.frozen(kw_only=True)
class LampSettings(DeviceSettings):
    """Settings of a made-up device."""

    brightness: Annotated[int, Meta(ge=0, le=10)] = setting(5, doc="From 0 to 10.")
    colours: list[str] = setting(factory=list, doc="Colours.")
    size: Inner = setting(factory=Inner, doc="Size.")

    def cross_check(self) -> Iterable[tuple[str, str]]:
        if self.brightness == 0 and self.colours:
            yield "colours", "a lamp that is off has no colours"


class LampPlugin:
    """A plugin object."""

    @hookimpl
    def iohub_device_types(self) -> list[DeviceType]:
        return [
            DeviceType(
                class_names=("Lamp", "lights.Lamp"),
                default_name="lamp",
                device_type_id=1001,
                settings=LampSettings,
                device=Device,
                default=True,
                settings_from_window=lambda window: {"brightness": window.brightness},
            )
        ]

    @hookimpl
    def iohub_device_backends(self) -> list[BackendType]:
        return [BackendType(device="Lamp", name="virtual", backend="nowhere:Nothing")]


@pytest.fixture
def manager() -> PluginManager:
    made = PluginManager(blocked=set(), strict=True)
    made.register(LampPlugin(), "lamp")
    return made


def plan_of(manager: PluginManager, folder: Path, text: str, **keywords: Any) -> LaunchPlan:
    (folder / "iohub_config.yaml").write_text(textwrap.dedent(text), encoding="utf-8")
    return make_plan(manager, folder, {"iohub_config_name": "iohub_config.yaml", **keywords})


def test_all_faults_come_at_once_each_with_its_line(manager: PluginManager, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_of(
            manager,
            tmp_path,
            """\
            global_event_bufer: 10
            monitor_devices:
              - Lamp:
                  brightness: 11
                  size: {width: "2"}
                  nmae: desk
              - Lmap: {}
              - Lamp: {event_buffer_length: 0, backend: virtaul}
            """,
        )
    found = [(one.line, one.path, one.message) for one in caught.value.problems]
    assert [line for line, _, _ in found] == [1, 4, 5, 6, 7, 8]
    text = str(caught.value)
    assert "iohub_config.yaml:1: global_event_bufer: unknown setting" in text
    assert "did you mean 'global_event_buffer'?" in text
    assert "monitor_devices[0].Lamp.brightness: expected int <= 10, found 11" in text
    assert "monitor_devices[0].Lamp.size.width: expected float, got str, found '2'" in text
    assert "did you mean 'name'?" in text
    assert "no device class 'Lmap'; did you mean 'Lamp'?" in text
    assert "expected int >= 1, found 0" in text


def test_an_unknown_backend_is_told_with_the_installed_ones(
    manager: PluginManager, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"installed: auto, virtual\); did you mean 'virtual'"):
        plan_of(manager, tmp_path, "monitor_devices: {Lamp: {backend: virtaul}}")


def test_rules_over_several_fields_are_told_with_the_line_of_the_field(
    manager: PluginManager, tmp_path: Path
) -> None:
    text = "monitor_devices:\n  Lamp:\n    brightness: 0\n    colours: [red]\n"
    with pytest.raises(ConfigError) as caught:
        plan_of(manager, tmp_path, text)
    (problem,) = caught.value.problems
    assert (problem.line, problem.path) == (4, "monitor_devices.Lamp.colours")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1", "is not valid YAML"),
        ("- 1", "the top level must be a map"),
        ("global_event_buffer: 1\nglobal_event_buffer: 2", "stands twice (first in line 1)"),
        ("monitor_devices: 3", "expected a list of devices, found 3"),
        ("monitor_devices: [3]", "expected `ClassName: {settings}`, found 3"),
        ("monitor_devices: {Lamp: [1]}", "expected a map of settings, found [1]"),
        ("data_store: {enable: maybe}", "expected bool"),
        ("monitor_devices: {Lamp: {name: 'a b'}}", "can't be written as io.devices.a b"),
        ("monitor_devices: {Lamp: {name: global}}", "kept for the buffer of all devices"),
        ("monitor_devices: [Lamp: {}, Lamp: {}]", "two devices are called 'lamp'"),
        ("monitor_devices: {Keyboard: {}}", "pip install iohub-keyboard"),
        ("data_store: {enable: true}", "pip install iohub-datastore"),
        ("data_store: {on_error: panic}", "use 'stop' or 'continue'"),
    ],
)
def test_each_fault_is_said_in_words(
    manager: PluginManager, tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_of(manager, tmp_path, text)
    assert message in str(caught.value)


def test_a_missing_file_is_told(manager: PluginManager, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: can't be read"):
        make_plan(manager, tmp_path, {"iohub_config_name": "none.yaml"})


def test_without_keywords_the_default_devices_are_planned(
    manager: PluginManager, tmp_path: Path
) -> None:
    plan = make_plan(manager, tmp_path, {})
    assert [one.name for one in plan.devices] == ["lamp"]
    assert plan.settings == HubSettings()


def test_keywords_name_devices_by_any_of_their_class_names(
    manager: PluginManager, tmp_path: Path
) -> None:
    plan = make_plan(manager, tmp_path, {"lights.Lamp": {"name": "desk", "brightness": 1}})
    (planned,) = plan.devices
    assert (planned.name, planned.settings.brightness) == ("desk", 1)  # type: ignore[attr-defined]


def test_a_default_device_can_be_switched_off(manager: PluginManager, tmp_path: Path) -> None:
    assert make_plan(manager, tmp_path, {"Lamp": {"enable": False}}).devices == ()


def test_keywords_win_over_the_file(manager: PluginManager, tmp_path: Path) -> None:
    plan = plan_of(manager, tmp_path, "global_event_buffer: 10", global_event_buffer=20)
    assert plan.settings.global_event_buffer == 20


def test_settings_the_user_wrote_win_over_the_windows(
    manager: PluginManager, tmp_path: Path
) -> None:
    class Window:
        brightness = 3

    taken = make_plan(manager, tmp_path, {"window": Window()}).devices[0].settings
    assert taken.brightness == 3  # type: ignore[attr-defined]
    written = make_plan(manager, tmp_path, {"window": Window(), "Lamp": {"brightness": 4}})
    assert written.devices[0].settings.brightness == 4  # type: ignore[attr-defined]


def test_an_unknown_keyword_is_told_with_the_nearest(
    manager: PluginManager, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="did you mean 'experiment_code'"):
        make_plan(manager, tmp_path, {"experiment_cod": "x"})


def test_keys_that_mean_nothing_any_more_warn(manager: PluginManager, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="udp_port no longer means anything"):
        plan_of(manager, tmp_path, "udp_port: 9036")


def test_recording_keywords_turn_recording_on(manager: PluginManager, tmp_path: Path) -> None:
    class Recorder:
        @hookimpl
        def iohub_make_sinks(self, context: Any) -> list[Any]:
            return []

    manager.register(Recorder(), "recorder")
    store = make_plan(
        manager, tmp_path, {"experiment_code": "stroop", "datastore_name": "data/p1.hdf5"}
    ).settings.data_store
    assert store.enable
    assert (store.experiment_info.code, store.filename, store.parent_dir) == (
        "stroop",
        "p1",
        "data",
    )
    assert store.session_info.code  # made from date and time


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"experiment_code": "x" * 257}, "experiment_info.code: expected str of length <= 256"),
        ({"experiment_code": "x", "session_info": {"comments": "x" * 4097}}, "<= 4096"),
        ({"experiment_info": {"version": "x" * 33}}, "<= 32"),
        ({"session_info": {"user_variables": 3}}, "expected object"),
    ],
)
def test_metadata_over_its_limits_is_an_error(
    manager: PluginManager, tmp_path: Path, keywords: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        make_plan(manager, tmp_path, keywords)


def test_a_plan_survives_its_way_to_the_hub(manager: PluginManager, tmp_path: Path) -> None:
    plan = make_plan(manager, tmp_path, {"Lamp": {"brightness": 2, "size": {"width": 2}}})
    assert plan_from_data(manager, plan.as_data()) == plan


def test_the_schema_describes_every_setting_and_refuses_unknown_ones(
    manager: PluginManager,
) -> None:
    schema = json_schema(manager)
    lamp = schema["$defs"]["LampSettings"]
    assert lamp["properties"]["brightness"]["maximum"] == 10
    assert lamp["additionalProperties"] is False
    for name, definition in schema["$defs"].items():
        for key, about in definition["properties"].items():
            assert "description" in about, f"{name}.{key}"


_keys = st.text("abcdefgh_", min_size=1, max_size=6)
_trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3),
    max_leaves=12,
)


@given(data=st.dictionaries(_keys, _trees, max_size=4))
def test_any_yaml_is_read_with_a_line_for_every_value(
    data: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("yaml") / "c.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    source = read_yaml(path)
    assert source.data == data
    lines = path.read_text(encoding="utf-8").splitlines()
    for key in data:
        assert lines[source.lines[(key,)] - 1].lstrip("'\"? ").startswith(key)


@given(data=_trees)
def test_no_data_however_wrong_gets_past_the_checks_without_a_word(data: Any) -> None:
    told: list[str] = []
    made = settings_from(LampSettings, data, (), lambda path, message: told.append(message))
    assert (made is None) == bool(told)


def test_seed_like_files_load_without_a_warning(manager: PluginManager, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plan = plan_of(
            manager,
            tmp_path,
            """\
            global_event_buffer: 2048
            monitor_devices:
              - Lamp:
                  name: lamp
                  enable: True
                  save_events: True
                  stream_events: True
                  auto_report_events: True
                  event_buffer_length: 256
                  device_number: 0
                  manufacturer_name: Example
                  model_name: ""
                  device_timer: {interval: 0.001}
            """,
        )
    assert plan.devices[0].settings.event_buffer_length == 256
