"""The two rules that carry the design: who may import whom, and that only services write."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parent.parent / "models_app"

# Per layer the layers it may import; a layer may always import itself.
LEAVES = {"actors", "clock", "errors", "events", "expressions", "limits", "names", "markdown", "markdown_worker"}
ALLOWED = {
    "__init__": set(),
    "actors": set(),
    "clock": set(),
    "errors": set(),
    "events": set(),
    "expressions": set(),
    "limits": set(),
    "names": {"errors", "limits"},
    "markdown": {"limits", "markdown_worker"},
    "markdown_worker": {"markdown"},
    "models": LEAVES,
    "search": {"errors", "limits", "expressions"},
    "storage": {"errors", "limits"},
    "downloads": {"errors", "storage"},
    "bounded_yaml": set(),
    "model_files": {"errors", "bounded_yaml", "storage"},
    "tables": set(),
    "previews": {"errors", "limits", "storage", "markdown", "model_files", "downloads", "tables"},
    "services": LEAVES | {"models", "search", "storage", "model_files"},
    "web": LEAVES | {"models", "services", "search", "storage", "downloads", "model_files", "previews", "templatetags"},
    "api": LEAVES | {"models", "services", "search", "storage", "downloads"},
    "templatetags": LEAVES | {"services"},
    "management": LEAVES | {"models", "services", "storage"},
    "demo": LEAVES | {"models", "services", "storage"},
    "apps": {"services", "checks"},
    "checks": {"storage", "errors"},
}
WRITES = {"save", "delete", "create", "update", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}


def modules() -> list[Path]:
    return [path for path in sorted(APP.rglob("*.py")) if "migrations" not in path.parts]


def layer_of(path: Path) -> str:
    first = path.relative_to(APP).parts[0]
    return first.removesuffix(".py")


def imported_layers(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            parts = node.module.split(".")
            if parts == ["models_app"]:
                yield from (alias.name for alias in node.names)
            elif parts[0] == "models_app":
                yield parts[1]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("models_app."))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(APP)))
def test_imports_follow_the_table(path):
    layer = layer_of(path)
    wrong = {name for name in imported_layers(ast.parse(path.read_text())) if name != layer} - ALLOWED[layer]
    assert not wrong, f"{layer} must not import {', '.join(sorted(wrong))}"


def writes_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner, name = node.func.value, node.func.attr
        through_manager = any(isinstance(part, ast.Attribute) and part.attr == "objects" for part in ast.walk(owner))
        if name == "save" or (name in WRITES and through_manager) or (name == "delete" and not node.args):
            yield f"line {node.lineno}: {ast.unparse(node.func)}()"


@pytest.mark.parametrize(
    "path",
    [path for path in modules() if layer_of(path) in {"web", "api"}],
    ids=lambda path: str(path.relative_to(APP)),
)
def test_faces_never_write(path):
    assert not list(writes_in(ast.parse(path.read_text())))


def test_a_planted_write_is_found():
    planted = (
        "run.save()\nRun.objects.filter(pk=1).update(name='x')\nrun.delete()\ncache.delete('key')\nkeys.update({})"
    )
    assert [line.split(":")[0] for line in writes_in(ast.parse(planted))] == ["line 1", "line 2", "line 3"]


def test_a_planted_import_is_found():
    assert set(imported_layers(ast.parse("from models_app.web import http\nfrom models_app import services"))) == {
        "web",
        "services",
    }
