"""YAML from strangers: bounded in size, depth and aliases, plain values only, no tags and no merges."""

from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

MAX_NODES = 100_000
MAX_DEPTH = 64

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER = Resolver()


class UnreadableYaml(ValueError):
    """Not YAML, or more of it than anybody needs."""


@dataclass
class _Open:
    """A list or mapping that is still being read; `size` counts all nodes in it, aliased ones as often as they show."""

    value: list[Any] | dict[str, Any]
    anchor: str | None
    size: int = 1
    key: str | None = None


@dataclass
class _Builder:
    """Reads events, not nodes: nothing recurses, and an alias costs what it stands for."""

    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    total: int = 0
    result: Any = None

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._count(1)
            self._attach(_scalar(event), event.anchor, 1)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            self._count(1)
            if len(self.stack) >= MAX_DEPTH:
                raise UnreadableYaml(f"nested more than {MAX_DEPTH} deep")
            self.stack.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else [], event.anchor))
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            done = self.stack.pop()
            self._attach(done.value, done.anchor, done.size)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise UnreadableYaml(f"unknown alias {event.anchor!r}")
            value, size = self.anchors[event.anchor]
            self._count(size)
            self._attach(value, None, size)

    def _count(self, nodes: int) -> None:
        self.total += nodes
        if self.total > MAX_NODES:
            raise UnreadableYaml(f"more than {MAX_NODES} values")

    def _attach(self, value: Any, anchor: str | None, size: int) -> None:
        if anchor is not None:
            self.anchors[anchor] = (value, size)
        if not self.stack:
            self.result = value
            return
        parent = self.stack[-1]
        parent.size += size
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.key is not None:
            parent.value[parent.key] = value
            parent.key = None
        elif isinstance(value, list | dict):
            raise UnreadableYaml("a key that is not a plain value")
        else:
            parent.key = str(value)


def read(text: str) -> Any:
    """The first document as dicts with text keys, lists, texts, numbers, booleans and None."""
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.DocumentEndEvent):
                break
            builder.take(event)
    except (yaml.YAMLError, ValueError) as error:
        raise UnreadableYaml(str(error).partition("\n")[0]) from error
    return builder.result


def _scalar(event: Any) -> Any:
    if not event.implicit[0]:  # quoted, or tagged by hand
        return event.value
    tag = _RESOLVER.resolve(ScalarNode, event.value, (True, False)).rpartition(":")[2]
    if tag == "null":
        return None
    if tag == "bool":
        return event.value.lower() in {"yes", "true", "on"}
    if tag not in {"int", "float"} or len(event.value) > 40:
        return event.value
    try:
        return int(event.value.replace("_", ""), 0) if tag == "int" else float(event.value)
    except ValueError:
        return event.value  # YAML's rarer spellings of numbers
