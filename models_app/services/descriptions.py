"""Descriptions as HTML: rendered once per text, kept, and read from then on."""

import hashlib
import logging

from django.db import DatabaseError, transaction
from django.utils.safestring import SafeString, mark_safe

from models_app import markdown
from models_app.clock import now_ms
from models_app.models import RenderedMarkdown

logger = logging.getLogger("laurel.markdown")

RETRY_AFTER = 60 * 60 * 1000  # a text that took too long on a busy server deserves another chance


def rendered(text: str, *, files_url: str = "") -> SafeString:
    """Safe HTML of a saved text; its pictures with relative paths come from `files_url` when there is one."""
    html = _kept_or_new(text) if text.strip() else ""
    if files_url:
        html = markdown.resolve_images(html, files_url)
    return mark_safe(html)  # noqa: S308 - the sanitizer's output


def preview(text: str) -> SafeString:
    """Safe HTML of a text that is still being written: the same renderer, nothing kept."""
    return mark_safe(markdown.render(text) if text.strip() else "")  # noqa: S308 - the sanitizer's output


def forget(before: int) -> int:
    """Drops what was rendered before a moment; texts still in use are rendered again when they are next read."""
    return RenderedMarkdown.objects.filter(created_at__lt=before).delete()[0]


def _kept_or_new(text: str) -> str:
    digest = hashlib.sha256(f"{markdown.RENDERER_VERSION}\n{text}".encode(errors="replace")).hexdigest()
    kept = RenderedMarkdown.objects.filter(pk=digest).first()
    if kept and not _deserves_retry(kept):
        return kept.html
    try:
        html = markdown.convert(text)
    except markdown.RenderingFailed as failure:
        html = markdown.source_view(text)
        if not failure.is_lasting:
            return html
    _keep(digest, html)
    return html


def _deserves_retry(kept: RenderedMarkdown) -> bool:
    return kept.html.startswith(markdown.SOURCE_VIEW) and kept.created_at < now_ms() - RETRY_AFTER


def _keep(digest: str, html: str) -> None:
    row = RenderedMarkdown(digest=digest, html=html, created_at=now_ms())
    try:
        with transaction.atomic():
            # Two workers may render the same text at once: the last one wins, with the same HTML.
            RenderedMarkdown.objects.bulk_create(
                [row], update_conflicts=True, unique_fields=["digest"], update_fields=["html", "created_at"]
            )
    except DatabaseError as error:
        # A full disk or a read-only database must not cost the reader the page.
        logger.warning("Rendered Markdown could not be kept: %s", error)
