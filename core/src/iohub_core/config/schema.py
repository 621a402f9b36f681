"""The JSON Schema of the configuration file, from the settings classes of the installed plugins."""

from __future__ import annotations

import typing
from typing import Any

import attrs
import msgspec

from iohub_core.config.settings import DOC, HubSettings
from iohub_core.plugins.declarations import resolve
from iohub_core.plugins.manager import PluginManager


def json_schema(manager: PluginManager) -> dict[str, Any]:
    """Return a schema (JSON Schema 2020-12) that editors use to check and complete a file."""
    types = list(dict.fromkeys(manager.device_types.values()))
    classes = {one.class_name: resolve(one.settings) for one in types}
    _, components = msgspec.json.schema_components(
        [HubSettings, *classes.values()], ref_template="#/$defs/{name}"
    )
    _describe([HubSettings, *classes.values()], components)
    for component in components.values():
        component["additionalProperties"] = False
    devices = {
        name: {"anyOf": [{"$ref": f"#/$defs/{classes[one.class_name].__name__}"}, {"type": "null"}]}
        for one in types
        for name in one.class_names
    }
    device_map = {"type": "object", "properties": devices, "additionalProperties": False}
    top = components[HubSettings.__name__]
    properties = {
        **top["properties"],
        "monitor_devices": {
            "description": "The devices: a list of `ClassName: settings`, or one map of them.",
            "anyOf": [{"type": "array", "items": device_map}, device_map],
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "iohub_config.yaml",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": components,
    }


def _describe(classes: list[type], components: dict[str, Any]) -> None:
    """Add each setting's sentence to its schema."""
    pending = list(classes)
    seen: set[type] = set()
    while pending:
        cls = pending.pop()
        if cls in seen or not attrs.has(cls):
            continue
        seen.add(cls)
        properties = components.get(cls.__name__, {}).get("properties", {})
        for field in attrs.fields(attrs.resolve_types(cls)):
            if field.name in properties and DOC in field.metadata:
                properties[field.name].setdefault("description", field.metadata[DOC])
            pending.extend(_classes_in(field.type))


def _classes_in(annotation: Any) -> list[type]:
    found = [annotation] if isinstance(annotation, type) else []
    for inner in typing.get_args(annotation):
        found += _classes_in(inner)
    return found
