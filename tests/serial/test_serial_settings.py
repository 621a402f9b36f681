"""Serial settings are checked whole, before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iohub_core.config.load import make_plan
from iohub_core.config.validate import settings_from
from iohub_core.errors import ConfigError
from iohub_core.plugins.manager import PluginManager
from iohub_serial.config import PstboxSettings, SerialSettings

DEFAULT_BUFFER = 1024


def problems_of(data: dict[str, Any], cls: type[SerialSettings] = SerialSettings) -> list[str]:
    found: list[str] = []
    settings_from(
        cls, data, (), lambda path, text: found.append(f"{'.'.join(map(str, path))}: {text}")
    )
    return found


def made(data: dict[str, Any]) -> SerialSettings:
    settings = settings_from(SerialSettings, data, (), lambda path, text: pytest.fail(text))
    assert settings is not None
    return settings


def test_defaults_are_those_of_iohub() -> None:
    settings = made({})
    assert settings.event_buffer_length == DEFAULT_BUFFER
    assert settings.port == "auto"


@pytest.mark.parametrize(
    ("written", "code"),
    [("NONE", "N"), ("even", "E"), ("ODD", "O"), ("M", "M"), ("Space", "S"), (None, "N")],
)
def test_parity_is_a_name_or_a_letter(written: str | None, code: str) -> None:
    assert made({"parity": written}).parity_code == code


@pytest.mark.parametrize(
    ("written", "bits"), [(1, 1.0), (1.5, 1.5), (2, 2.0), ("ONE", 1.0), ("two", 2.0)]
)
def test_stop_bits_are_a_number_or_a_name(written: Any, bits: float) -> None:
    assert made({"stopbits": written}).stop_bits == bits


@pytest.mark.parametrize(
    ("data", "bits"),
    [
        ({"baud": 1}, 10.0),
        ({"baud": 1, "parity": "EVEN"}, 11.0),
        ({"baud": 1, "bytesize": 7, "stopbits": 2}, 10.0),
        ({"baud": 1, "bytesize": 5, "stopbits": 1.5}, 7.5),
    ],
)
def test_a_byte_takes_start_data_parity_and_stop_bits(data: dict[str, Any], bits: float) -> None:
    assert made(data).byte_time == bits


@pytest.mark.parametrize(
    ("data", "where", "what"),
    [
        ({"baud": "9600"}, "baud", "expected int"),
        ({"baud": 0}, "baud", ">= 1"),
        ({"bytesize": 9}, "bytesize", "<= 8"),
        ({"parity": "ODDLY"}, "parity", "did you mean 'ODD'"),
        ({"stopbits": 3}, "stopbits", "1, 1.5 or 2"),
        ({"stopbits": "THREE"}, "stopbits", "expected one of ONE"),
        ({"port": ""}, "port", "length >= 1"),
        ({"port": "soket://a:1"}, "port", "did you mean 'socket://'"),
        ({"event_parser": {"fixed_length": 0}}, "event_parser.fixed_length", ">= 1"),
        ({"event_parser": {"fixed_length": "4"}}, "event_parser.fixed_length", "expected int"),
        ({"event_parser": {"prefix": ""}}, "event_parser.prefix", "is empty"),
        ({"event_parser": {"delimiter": 13}}, "event_parser.delimiter", "text or bytes"),
        ({"event_parser": {"delimiter": r"\q"}}, "event_parser.delimiter", "unknown escape"),
        ({"event_parser": {"delimiter": "€"}}, "event_parser.delimiter", "no single byte"),
        ({"event_parser": {"delimeter": "x"}}, "event_parser.delimeter", "'delimiter'"),
        ({"event_parser": {"parser_function": "f"}}, "event_parser.parser_function", "module."),
        ({"event_parser": {"parser_function": 3}}, "event_parser.parser_function", "a function"),
        (
            {"event_parser": {"parser_kwargs": {"a": 1}}},
            "event_parser.parser_kwargs",
            "without `parser_function`",
        ),
        (
            {"event_parser": {"byte_diff": True, "delimiter": "x"}},
            "event_parser.byte_diff",
            "can't be combined with delimiter",
        ),
        (
            {"event_parser": {"parser_function": "m.f", "prefix": "x"}},
            "event_parser.parser_function",
            "can't be combined with prefix",
        ),
        (
            {"event_parser": {"fixed_length": 3, "delimiter": "x"}},
            "event_parser.fixed_length",
            "can't be combined with delimiter",
        ),
    ],
)
def test_a_fault_is_named_with_its_path_and_what_is_allowed(
    data: dict[str, Any], where: str, what: str
) -> None:
    (problem,) = problems_of(data)
    assert problem.startswith(f"{where}: ")
    assert what in problem


def test_a_response_box_has_a_parser_of_its_own() -> None:
    assert problems_of({"event_parser": {"byte_diff": True}}, PstboxSettings) == []
    (problem,) = problems_of({"event_parser": {"prefix": "x"}}, PstboxSettings)
    assert "a response box sends its state" in problem


def test_malformed_parser_settings_are_told_with_the_line_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "iohub_config.yaml"
    file.write_text(
        "monitor_devices:\n"
        "  - serial.Serial:\n"
        "      port: loop://\n"
        "      event_parser:\n"
        "        fixed_length: 4\n"
        "        delimiter: 13\n"
        "  - Pstbox:\n"
        "      event_parser:\n"
        "        prefix: ''\n"
    )
    manager = PluginManager()
    manager.load_installed()
    with pytest.raises(ConfigError) as caught:
        make_plan(manager, tmp_path, {"iohub_config_name": file.name})
    told = {(problem.line, problem.path) for problem in caught.value.problems}
    device = "monitor_devices[0].serial.Serial.event_parser"
    assert told >= {(6, f"{device}.delimiter"), (5, f"{device}.fixed_length")}
    assert any(line == 9 for line, _ in told)
