"""Source code with colours: which language a file is in, and its lines as safe HTML."""

import re
from html import escape

from django.utils.safestring import SafeString, mark_safe

from models_app import markdown
from models_app.previews.files import File

# fmt: off
_LANGUAGES = {
    ".py": "python", ".pyi": "python", ".r": "r", ".jl": "julia", ".java": "java", ".scala": "scala", ".go": "go",
    ".rs": "rust", ".c": "c", ".h": "c", ".cpp": "cpp", ".cu": "cuda", ".js": "javascript", ".mjs": "javascript",
    ".ts": "typescript", ".css": "css", ".html": "html", ".htm": "html", ".xhtml": "html", ".xml": "xml", ".svg": "xml",
    ".json": "json", ".jsonl": "json", ".geojson": "json", ".ipynb": "json", ".yaml": "yaml", ".yml": "yaml",
    ".toml": "toml", ".ini": "ini", ".cfg": "ini", ".sh": "bash", ".bash": "bash", ".ps1": "powershell", ".sql": "sql",
    ".tex": "latex", ".diff": "diff", ".patch": "diff", ".proto": "protobuf", ".rb": "ruby", ".lua": "lua",
    ".md": "markdown",
}
_LANGUAGE_OF_NAME = {"MLmodel": "yaml", "Dockerfile": "docker", "Makefile": "make"}
# fmt: on
_TERMINAL = re.compile(r"\x1b(?:\[[0-9;?]{0,40}[A-Za-z]|\][^\x07\x1b]{0,200}\x07?)")


def language_of(file: File) -> str:
    return _LANGUAGE_OF_NAME.get(file.name) or _LANGUAGES.get(file.suffix, "")


def plain(text: str) -> str:
    """Without the colours of a terminal, and without what no page may hold."""
    return _TERMINAL.sub("", text).replace("\x00", "\ufffd")


def marked_up(lines: list[str], language: str) -> tuple[SafeString, ...]:
    """Highlighted when a language is known and quick enough, escaped otherwise."""
    if language:
        try:
            html = markdown.highlight("\n".join(lines) + "\n", language).split("\n")[:-1]
        except markdown.RenderingFailed:
            html = []
        if len(html) == len(lines):
            return tuple(mark_safe(line) for line in html)  # noqa: S308 - Pygments escapes all text
    return tuple(mark_safe(escape(line)) for line in lines)  # noqa: S308 - escaped here
