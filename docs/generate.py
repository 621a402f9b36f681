"""The reference pages that are made from the code: hooks, events, settings, commands, modules."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import click

from iohub_core import hookspecs
from iohub_core.config.settings import DOC, HubSettings
from iohub_core.event import columns_of
from iohub_core.plugins.declarations import DeviceType, resolve
from iohub_core.plugins.manager import PluginManager

API = {
    "Launch and connection": ["iohub_core.client.launch", "iohub_core.client.connection"],
    "Views": ["iohub_core.client.view", "iohub_core.client.devices"],
    "Computer and clock": ["iohub_core.computer", "iohub_core.clock", "iohub_core.clocksync"],
    "Constants": [
        "iohub_core.constants.events",
        "iohub_core.constants.devices",
        "iohub_core.constants.keyboard",
        "iohub_core.constants.mouse",
    ],
    "Errors": ["iohub_core.errors"],
    "Events": ["iohub_core.event.model", "iohub_core.event.column", "iohub_core.event.codec"],
    "Plugins": ["iohub_core.plugins.declarations", "iohub_core.plugins.manager"],
    "Devices": [
        "iohub_core.devices.device",
        "iohub_core.devices.backend",
        "iohub_core.devices.capabilities",
        "iohub_core.devices.remote",
    ],
    "Buffers and sinks": [
        "iohub_core.buffers.contract",
        "iohub_core.buffers.ring",
        "iohub_core.pipeline.pipeline",
        "iohub_core.pipeline.sink",
    ],
    "Testing kit": ["iohub_core.testing.bench", "iohub_core.testing.contracts"],
}


def write(folder: Path) -> None:
    """Write all generated pages."""
    folder.mkdir(parents=True, exist_ok=True)
    manager = PluginManager(blocked=set(), strict=True)
    manager.load_installed()
    types = list(dict.fromkeys(manager.device_types.values()))
    pages = {
        "hooks": hooks(),
        "events": events(types),
        "settings": settings(types),
        "commands": commands(manager),
        "devices": devices(types),
        "api": api(),
    }
    for name, text in pages.items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def hooks() -> str:
    """Return the page of hooks, by the sections of the module."""
    lines = ["# Hooks", "", inspect.getdoc(hookspecs) or "", ""]
    section = ""
    source = inspect.getsource(hookspecs).splitlines()
    for name, function in vars(hookspecs).items():
        if not name.startswith("iohub_"):
            continue
        line = next(i for i, text in enumerate(source) if text.startswith(f"def {name}("))
        titles = [text for text in source[:line] if text.startswith("# --- ")]
        title = titles[-1].strip("# -").strip() if titles else ""
        if title != section:
            section = title
            lines += [f"## {section.capitalize()}", ""]
        lines += [f"### `{name}{inspect.signature(function)}`", ""]
        lines += [_prose(inspect.getdoc(function) or ""), ""]
        if getattr(function, "iohub_spec", {}).get("firstresult"):
            lines += ["The first result that is not None is taken.", ""]
    return "\n".join(lines)


def events(types: Iterable[DeviceType]) -> str:
    """Return the page of event classes with all their columns."""
    lines = [
        "# Events",
        "",
        "Every event has the fields of `DeviceEvent` first. The same declarations make the columns "
        "of the data file, where each column's description, unit and missing value are attributes.",
        "",
    ]
    from iohub_core.event import DeviceEvent

    base = {column.name for column in columns_of(DeviceEvent)}
    lines += ["## DeviceEvent", "", *_columns(DeviceEvent, set())]
    for device_type in types:
        for ref in device_type.events:
            event = resolve(ref)
            lines += [f"## {event.__name__}", "", _prose(inspect.getdoc(event) or ""), ""]
            lines += [f"Type {event.EVENT_TYPE_ID}, `EventConstants.{event.EVENT_TYPE_STRING}`; "]
            lines += [f"stored in `events/{event.DEVICE}/{event.TABLE}`.", ""]
            parents = [one for one in event.__mro__[1:] if hasattr(one, "__attrs_attrs__")]
            known = {field.name for parent in parents for field in attrs.fields(parent)}
            lines += _columns(event, known | base)
    return "\n".join(lines)


def _columns(event: type, known: set[str]) -> list[str]:
    own = [column for column in columns_of(event) if column.name not in known]
    if not own:
        return []
    lines = ["| field | stored as | unit | meaning |", "|---|---|---|---|"]
    for column in own:
        meaning = column.doc
        if column.names:
            listed = ", ".join(f"{key} {name}" for key, name in column.names.items())
            meaning += f" ({listed})"
        if column.missing is not None:
            meaning += f" Missing: `{column.missing!r}`."
        lines.append(f"| `{column.name}` | {column.dtype} | {column.unit} | {_cell(meaning)} |")
    return [*lines, ""]


def settings(types: Iterable[DeviceType]) -> str:
    """Return the page of settings: the top level and every device class."""
    lines = [
        "# Settings",
        "",
        "What `iohub_config.yaml` and the keywords of `launchHubServer` take.",
        "",
    ]
    lines += ["## Top level", "", *_settings(HubSettings)]
    for device_type in types:
        lines += [f"## {' / '.join(device_type.class_names)}", ""]
        lines += _settings(resolve(device_type.settings))
    return "\n".join(lines)


def _settings(cls: Any, prefix: str = "") -> list[str]:
    head = [] if prefix else ["| setting | default | allowed | what it does |", "|---|---|---|---|"]
    lines = head
    hints = typing.get_type_hints(cls, include_extras=True)
    for field in attrs.fields(cls):
        hint = hints[field.name]
        nested = next(
            (
                one
                for one in (hint, *typing.get_args(hint))
                if isinstance(one, type) and attrs.has(one)
            ),
            None,
        )
        default = field.default
        shown = default.factory() if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]
        shown = "" if nested else f"`{shown!r}`"
        allowed = "a section" if nested else _cell(_allowed(hint))
        doc = _cell(field.metadata.get(DOC, ""))
        lines.append(f"| `{prefix}{field.name}` | {shown} | {allowed} | {doc} |")
        if nested:
            lines += _settings(nested, f"{prefix}{field.name}.")
    return lines if prefix else [*lines, ""]


def _allowed(hint: Any) -> str:
    if typing.get_origin(hint) is typing.Literal:
        return ", ".join(f"`{value}`" for value in typing.get_args(hint))
    if hasattr(hint, "__metadata__"):
        meta = hint.__metadata__[0]
        words = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "max_length": "length ≤"}
        limits = [
            f"{word} {getattr(meta, key)}"
            for key, word in words.items()
            if getattr(meta, key) is not None
        ]
        return f"{hint.__origin__.__name__} {', '.join(limits)}"
    return str(getattr(hint, "__name__", hint)).replace("typing.", "")


def devices(types: Iterable[DeviceType]) -> str:
    """Return the page of device views and what devices offer to scripts."""
    lines = ["# Devices", ""]
    shown: set[str] = set()
    for device_type in types:
        lines += [f"## {' / '.join(device_type.class_names)}", ""]
        lines += [f"`io.devices.{device_type.default_name}` unless the settings give a name.", ""]
        for what in (device_type.view, device_type.device):
            if isinstance(what, str) and not what.startswith("iohub_core") and what not in shown:
                shown.add(what)
                module, name = what.split(":")
                lines += [
                    "```{eval-rst}",
                    f".. autoclass:: {module}.{name}",
                    "   :members:",
                    "```",
                    "",
                ]
    return "\n".join(lines)


def commands(manager: PluginManager) -> str:
    """Return the page of the command line, from the commands' own help."""
    from iohub_core.cli import cli

    manager.call_each("iohub_commands", cli=cli)
    lines = ["# The command line", ""]
    context = click.Context(cli, info_name="iohubctl")
    lines += ["```text", cli.get_help(context), "```", ""]
    for name in sorted(cli.commands):
        inner = click.Context(cli.commands[name], info_name=name, parent=context)
        lines += [
            f"## iohubctl {name}",
            "",
            "```text",
            cli.commands[name].get_help(inner),
            "```",
            "",
        ]
    return "\n".join(lines)


def api() -> str:
    """Return the page of the core's public modules."""
    lines = ["# Python interface", ""]
    for title, modules in API.items():
        lines += [f"## {title}", ""]
        for module in modules:
            lines += ["```{eval-rst}", f".. automodule:: {module}", "   :members:", "```", ""]
    return "\n".join(lines)


def _prose(text: str) -> str:
    """Turn reStructuredText's roles and literals into Markdown's."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    return text.replace("``", "`")


def _cell(text: str) -> str:
    return _prose(text).replace("|", "\\|").replace("\n", " ")
