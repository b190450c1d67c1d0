"""HTML made from Markdown, kept because rendering is slow and texts are read far more often than they change."""

from django.db import models


class RenderedMarkdown(models.Model):
    """A cache, never the truth: rows may be deleted at any time. The digest covers the renderer's version."""

    digest = models.CharField(max_length=64, primary_key=True)
    html = models.TextField()
    created_at = models.BigIntegerField(db_index=True)

    class Meta:
        db_table = "rendered_markdown"

    def __str__(self) -> str:
        return self.digest
