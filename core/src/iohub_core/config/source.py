"""YAML with the line of every value, and keywords as if they were a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import yaml

from iohub_core.config.problems import Problem
from iohub_core.errors import ConfigError

Path_ = tuple[str | int, ...]

# The C loader is the same grammar five times as fast; it is missing on some builds of PyYAML.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@attrs.frozen
class Source:
    """Settings and where they were written.

    Attributes:
        name: the file's path, or the call the keywords stand in.
        data: the settings as plain data.
        lines: line of the value at a path, counted from 1.
    """

    name: str
    data: dict[str, Any]
    lines: Mapping[Path_, int] = attrs.field(factory=dict)

    def problem(self, path: Path_, message: str) -> Problem:
        """Return a problem at a path; the line is that of the nearest enclosing value known."""
        line = 0
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                line = self.lines[path[:length]]
                break
        return Problem(self.name, line, path_text(path), message)


def path_text(path: Path_) -> str:
    """Return ``a.b[0].c`` for a path."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def read_yaml(path: Path) -> Source:
    """Read a settings file.

    Raises:
        ConfigError: if there is no such file, it can't be read, it is no YAML, a key stands twice,
            or its top level is not a map.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(str(path), 0, "", f"can't be read: {error}")]) from error
    lines: dict[Path_, int] = {}
    problems: list[Problem] = []
    try:
        node = yaml.compose(text, Loader=_Loader)
        if node is not None:
            _note_lines(node, (), lines, str(path), problems)
        data = yaml.load(text, Loader=_Loader) if not problems else {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        what = getattr(error, "problem", None) or str(error)
        raise ConfigError([Problem(str(path), line, "", f"is not valid YAML: {what}")]) from error
    if data is None:
        data = {}
    if not problems and not isinstance(data, dict):
        problems.append(Problem(str(path), 1, "", f"the top level must be a map, not {data!r}"))
    if problems:
        raise ConfigError(problems)
    return Source(str(path), data, lines)


def _note_lines(
    node: yaml.Node, path: Path_, lines: dict[Path_, int], file: str, problems: list[Problem]
) -> None:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            _note_lines(item, (*path, place), lines, file, problems)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            if here in lines:
                message = f"stands twice (first in line {lines[here]}); YAML would drop one"
                problems.append(Problem(file, key.start_mark.line + 1, path_text(here), message))
                continue
            _note_lines(value, here, lines, file, problems)
            lines[here] = key.start_mark.line + 1
