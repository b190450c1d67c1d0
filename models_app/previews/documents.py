"""Files with a view of their own beside their text: Markdown, pages and drawings, MLmodel, requirements, JSON."""

import re
from dataclasses import dataclass, replace

from django.utils.safestring import SafeString, mark_safe

from models_app import markdown
from models_app.model_files import ModelFacts, parse_mlmodel
from models_app.previews import code, json_trees
from models_app.previews.encodings import Encoding
from models_app.previews.files import Ask, File, NotShowable, OfOtherKind, Preview
from models_app.previews.text import Line, TextPage

LAID_OUT_CHARACTERS = 96 * 1024
LAID_OUT_LINES = 1_500
REQUIREMENTS = 500
_REQUIREMENT = re.compile(
    r"\s{0,20}([A-Za-z0-9][\w.-]{0,120})\s{0,9}(\[[^\]]{0,200}\])?\s{0,9}"
    r"((?:[=!<>~]=?=?|@)[^;#]{0,300})?(?:;([^#]{0,300}))?(?:#(.{0,300}))?"
)


@dataclass(frozen=True, slots=True)
class Requirement:
    """`condition` is when it applies; a line that names no package is kept whole as `name`, with `is_option`."""

    name: str
    extras: str = ""
    version: str = ""
    condition: str = ""
    remark: str = ""
    is_option: bool = False

    @property
    def is_pinned(self) -> bool:
        return self.version.startswith("==") and "*" not in self.version and "," not in self.version


def rendered(preview: Preview, file: File, encoding: Encoding) -> Preview:
    """Markdown as HTML; its pictures are relative to the file."""
    try:
        html: SafeString = mark_safe(markdown.convert(_text(file, encoding)))  # noqa: S308 - the sanitizer's output
    except markdown.RenderingFailed as failure:
        raise NotShowable(f"Shown as it was written, because it could not be rendered ({failure}).") from failure
    return replace(preview, content=html, is_truncated=not file.is_whole)


def facts_of(file: File) -> ModelFacts:
    return parse_mlmodel(file.head)


def requirements(preview: Preview, file: File, encoding: Encoding) -> Preview:
    lines = [line.strip() for line in _text(file, encoding).splitlines()[: 4 * REQUIREMENTS]]
    shown = [_requirement(line) for line in lines if line and not line.startswith("#")]
    if not any(not line.is_option for line in shown):
        raise OfOtherKind()
    is_truncated = not file.is_whole or len(shown) > REQUIREMENTS
    return replace(preview, content=tuple(shown[:REQUIREMENTS]), is_truncated=is_truncated)


def _requirement(line: str) -> Requirement:
    found = _REQUIREMENT.fullmatch(line[:1_000])
    if not found or line.startswith("-"):
        return Requirement(name=line[:300], is_option=True)
    name, extras, version, condition, remark = ((part or "").strip() for part in found.groups())
    return Requirement(name=name, extras=extras, version=version, condition=condition, remark=remark)


def tree(preview: Preview, file: File, ask: Ask) -> Preview:
    return json_trees.with_tree(preview, json_trees.parsed(file), ask)


def laid_out(preview: Preview, file: File, ask: Ask) -> Preview:
    text = json_trees.laid_out(json_trees.parsed(file), LAID_OUT_CHARACTERS)
    lines = text[:LAID_OUT_CHARACTERS].split("\n")
    is_cut = len(text) > LAID_OUT_CHARACTERS or len(lines) > LAID_OUT_LINES
    if is_cut and len(lines) > 1:
        lines.pop()  # the cut may have gone through it
    shown = [line if len(line) <= 4_000 else line[:4_000] + "…" for line in lines[:LAID_OUT_LINES]]
    html = code.marked_up([code.plain(line) for line in shown], "json")
    page = TextPage(lines=tuple(Line(at, line) for at, line in enumerate(html, 1)), wraps=ask.wraps)
    return replace(preview, content=page, is_truncated=is_cut)


def _text(file: File, encoding: Encoding) -> str:
    return encoding.decode(file.head[encoding.mark :])
