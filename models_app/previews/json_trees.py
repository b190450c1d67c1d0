"""JSON as a tree that opens and closes, bounded in depth and breadth; any part of it has an address of its own."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from models_app.previews.files import Ask, File, NotShowable, OfOtherKind, Pager, Preview
from models_app.previews.rows import cut

BYTES = 1024 * 1024
VALUES = 1_500_000
NODES = 1_200
CHILDREN = 100
DEPTH = 8
OPEN_DEPTH = 2
TEXT = 2_000
_STEPS = 200  # of a pointer
_INDEX = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """`kind` is object, array, string, number or word. What is not shown here is behind `more` (an address)."""

    key: str
    kind: str
    text: str = ""
    size: int = 0
    children: tuple["Node", ...] = ()
    is_open: bool = False
    more: str = ""
    more_label: str = ""

    @property
    def brackets(self) -> str:
        return "{}" if self.kind == "object" else "[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """`steps` lead from the root to the part that is shown; `top` is the address of all."""

    root: Node
    steps: tuple[tuple[str, str], ...] = ()
    top: str = ""


def loads(data: bytes) -> Any:
    """Like json's own, but refuses what would take a hundred times its size in memory: very many tiny values."""
    if sum(data.count(mark) for mark in (b",", b"[", b"{")) > VALUES:
        raise ValueError("it holds too many values")
    return json.loads(data.decode("utf-8-sig", errors="replace"))


def parsed(file: File) -> Any:
    """Raises NotShowable: with a sentence where the file should be JSON and is not, or is too long to be a tree."""
    if file.size > BYTES:
        raise OfOtherKind()
    try:
        return loads(file.read(0, BYTES))
    except RecursionError as error:
        raise NotShowable("This JSON is nested too deep for a tree, so it is shown as it is.") from error
    except ValueError as error:
        raise NotShowable("This is not valid JSON, so it is shown as it is.") from error


def with_tree(preview: Preview, content: Any, ask: Ask) -> Preview:
    pointer = ask.node
    steps = _steps(content, pointer)
    shown = steps[-1][2] if steps else content
    walk = _Walk(ask)
    key = steps[-1][0] if steps else ""
    root = walk.node(key, shown, "".join(f"/{_escaped(step)}" for step, _, _ in steps), 0, start=ask.start)
    trail = tuple((name, ask.query(node=address)) for name, address, _ in steps)
    pager = _pager(shown, ask)
    return replace(preview, content=Tree(root=root, steps=trail, top=replace(ask, line=None).query()), pager=pager)


def node(key: str, value: Any, ask: Ask, nodes: int) -> Node:
    """One of several trees on a page, of so many nodes at most."""
    return _Walk(ask, nodes).node(key, value, "", 1)


def _pager(shown: Any, ask: Ask) -> Pager:
    size = len(shown) if isinstance(shown, dict | list) else 0
    if size <= CHILDREN:
        return Pager()
    start = min(ask.start, size - 1)
    node = {"node": ask.node}
    return Pager(
        first=ask.query(**node) if start else "",
        previous=ask.query(**node, **{"from": max(0, start - CHILDREN) or ""}) if start else "",
        next=ask.query(**node, **{"from": start + CHILDREN}) if start + CHILDREN < size else "",
        label=f"{start + 1:,}–{min(start + CHILDREN, size):,} of {size:,}",
    )


def _steps(content: Any, pointer: str) -> list[tuple[str, str, Any]]:
    """The names, pointers and values on the way; as far as the pointer leads."""
    found: list[tuple[str, str, Any]] = []
    address = ""
    for part in pointer.split("/")[1 : _STEPS + 1]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(content, dict) and key in content:
            content = content[key]
        elif isinstance(content, list) and _INDEX.fullmatch(key) and int(key) < len(content):
            content = content[int(key)]
        else:
            break
        address += f"/{part}"
        found.append((key, address, content))
    return found


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


class _Walk:
    """Makes nodes until a page has enough of them."""

    def __init__(self, ask: Ask, nodes: int = NODES) -> None:
        self._ask = ask
        self._left = nodes

    def node(self, key: str, value: Any, pointer: str, depth: int, start: int = 0) -> Node:
        self._left -= 1
        if not isinstance(value, dict | list):
            return _leaf(key, value)
        kind = "object" if isinstance(value, dict) else "array"
        start = min(start, max(0, len(value) - 1))
        if depth >= DEPTH or self._left <= 0:
            return Node(key=key, kind=kind, size=len(value), more=self._address(pointer), more_label="Open")
        children: list[Node] = []
        for name, member in _members(value, start):
            if self._left <= 0 or len(children) == CHILDREN:
                break
            children.append(self.node(name, member, f"{pointer}/{_escaped(name)}", depth + 1))
        left = len(value) - start - len(children)
        return Node(
            key=key,
            kind=kind,
            size=len(value),
            children=tuple(children),
            is_open=depth < OPEN_DEPTH and (depth == 0 or len(value) <= 20),
            more=self._address(pointer, start + len(children)) if left and depth else "",
            more_label=f"{left:,} more",
        )

    def _address(self, pointer: str, start: int = 0) -> str:
        return self._ask.query(node=pointer, **{"from": start or ""})


def _members(value: Any, start: int) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        yield from ((str(at), value[at]) for at in range(start, len(value)))
        return
    for at, (key, member) in enumerate(value.items()):
        if at >= start:
            yield key, member


def _leaf(key: str, value: Any) -> Node:
    if isinstance(value, str):
        return Node(key=key, kind="string", text=json.dumps(value[:TEXT], ensure_ascii=False), size=len(value))
    if isinstance(value, bool) or value is None:
        return Node(key=key, kind="word", text=json.dumps(value))
    try:
        return Node(key=key, kind="number", text=cut(json.dumps(value)))
    except ValueError:  # an integer of very many digits
        return Node(key=key, kind="number", text="…")


def laid_out(content: Any, limit: int) -> str:
    """Indented JSON, at least `limit` characters of it when there are so many."""
    parts: list[str] = []
    size = 0
    try:
        # Piece by piece: indentation can make gigabytes of half a megabyte of brackets.
        for part in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(content):
            parts.append(part)
            size += len(part)
            if size > limit:
                break
    except (ValueError, RecursionError) as error:
        raise NotShowable("This JSON can't be laid out, so it is shown as it is.") from error
    return "".join(parts)
