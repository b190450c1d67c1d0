"""The two rules that carry the design: who may import whom, and that only services write."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps

from tests.conftest import once

pytestmark = once

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
    "previews": {"errors", "limits", "storage", "markdown", "model_files", "downloads"},
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
WRITES |= {f"a{name}" for name in WRITES}
MANAGERS = {"objects", "_default_manager", "_base_manager"}
RELATED_WRITES = {"add", "set", "remove", "clear", "aadd", "aset", "aremove", "aclear"}


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
        passed = {part.attr for part in ast.walk(owner) if isinstance(part, ast.Attribute)}
        through_manager = name in WRITES and passed & (MANAGERS | related_managers())
        # Sets have these verbs too, so here the manager has to stand right before them: `version.tags.add(…)`.
        on_related = name in RELATED_WRITES and isinstance(owner, ast.Attribute) and owner.attr in related_managers()
        if name == "save" or through_manager or on_related or (name == "delete" and not node.args):
            yield f"line {node.lineno}: {ast.unparse(node.func)}()"


@cache
def related_managers() -> set[str]:
    """`tags` in `run.tags`: what leads from a row of ours to the rows that belong to it."""
    relations = (
        field for model in apps.get_app_config("models_app").get_models() for field in model._meta.get_fields()
    )
    names = (field.get_accessor_name() for field in relations if field.auto_created and not field.concrete)
    return {name for name in names if name}


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


@pytest.mark.parametrize(
    "planted",
    [
        "Run._default_manager.create(name='x')",
        "Run._base_manager.filter(pk=1).update(name='x')",
        "run.tags.create(key='k')",
        "run.tags.filter(key='k').update(value='v')",
        "version.tags.set([])",
        "model.aliases.add(alias)",
        "model.versions.all().delete()",
        "await Run.objects.acreate(name='x')",
    ],
)
def test_a_planted_write_by_another_way_is_found(planted):
    assert list(writes_in(ast.parse(planted)))


def test_a_set_that_grows_is_no_write():
    assert not list(writes_in(ast.parse("seen.add(tag)\nself.seen.add(tag)\nheaders.update({})")))


def test_a_planted_import_is_found():
    assert set(imported_layers(ast.parse("from models_app.web import http\nfrom models_app import services"))) == {
        "web",
        "services",
    }
