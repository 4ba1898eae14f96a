"""YAML files that a person writes, with the line of every value, so that an error can say where."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

import yaml

from ip_bench.errors import ContentError
from ip_bench.schemas import validator

Place = tuple[str | int, ...]
LARGEST = 2_000_000  # characters; a reader of YAML takes seconds a megabyte


class Located(NamedTuple):
    """What a YAML file holds, the file's name, and the line of each value by its keys and positions."""

    value: Any
    name: str
    lines: dict[Place, int]

    def at(self, *place: str | int) -> str:
        """Return "file:line" of a value, or of the nearest one around it that the file has."""
        while place not in self.lines:
            place = place[:-1]
        return f"{self.name}:{self.lines[place]}"


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuse an alias: a few lines of them stand for more than memory holds."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call] # the stubs leave the parser untyped
            raise yaml.MarkedYAMLError(problem="an alias (*) is not read here; write it out", problem_mark=mark)
        return super().compose_node(parent, index)


def read_yaml(path: Traversable) -> Located:
    """Return the one document of a YAML file.

    Raises:
        ContentError: for a file that cannot be read, is not UTF-8 or no YAML, is empty, holds an alias, or has a key
            twice, half a character, or more than `LARGEST` characters; with file and line.
    """
    name = path.name or str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError(f"{name}: is not UTF-8 ({error.reason} at byte {error.start})") from error
    except OSError as error:
        raise ContentError(f"{name}: cannot be read ({error.strerror})") from error
    if len(text) > LARGEST:
        raise ContentError(
            f"{name}: holds {len(text):,} characters, and may hold {LARGEST:,}; put what is long in a table"
        )
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise ContentError(f"{name}:1: the file is empty")
        lines = dict(_lines(node, (), name))
        return Located(loader.construct_document(node), name, lines)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "is not YAML"
        raise ContentError(f"{name}{line}: {problem}") from error
    except (ValueError, RecursionError) as error:
        raise ContentError(f"{name}: is not readable YAML ({error})") from error


def of_shape(found: Located, schema: str) -> Iterator[str]:
    """Yield what in a file breaks a schema of `ip_bench.schemas`, line by line, each with what would be right."""
    broken = validator(schema).iter_errors(found.value)
    yield from (_shape(found, fault) for fault in sorted(broken, key=lambda fault: _line(found, fault)))


def _line(found: Located, fault: Any) -> tuple[int, str]:
    return int(found.at(*fault.absolute_path).rpartition(":")[2]), fault.message


def _shape(found: Located, fault: Any) -> str:
    """Return a fault against the schema, at its line."""
    place = [*fault.absolute_path]
    where = ".".join(str(one) for one in place if isinstance(one, str)) or "file"
    message = fault.message if len(fault.message) < 200 else f"{fault.message[:200]}..."
    return f"{found.at(*place)}: {where}: {message}{_allowed(fault)}"


def _allowed(fault: Any) -> str:
    if fault.validator == "additionalProperties":
        return f"; keys are: {', '.join(fault.schema['properties'])}"
    if fault.validator == "required":
        return "; add it"
    if fault.validator == "oneOf":
        return "; use any, or a list of codes of two capitals, each in quotation marks where YAML reads a word in it"
    if fault.validator == "pattern" and fault.validator_value == r"\S":
        return "; write a text"
    if fault.validator == "type" and isinstance(fault.instance, bool):
        return "; put it in quotation marks"
    return ""


def _lines(node: yaml.Node, place: Place, name: str) -> Iterator[tuple[Place, int]]:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode) and any("\ud800" <= char <= "\udfff" for char in node.value):
        raise ContentError(f"{name}:{line}: a text holds half a character (\\ud800 to \\udfff); write it as UTF-8")
    yield place, line
    if isinstance(node, yaml.SequenceNode):
        for number, one in enumerate(node.value):
            yield from _lines(one, (*place, number), name)
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, one in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise ContentError(f"{name}:{line}: a key must be a text")
            if key.value in seen:
                raise ContentError(f"{name}:{line}: {key.value!r} is there twice; keep one")
            seen.add(key.value)
            yield from _lines(one, (*place, key.value), name)
            yield (*place, key.value), line
