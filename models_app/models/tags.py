"""What the tag tables of all nouns can be asked: which keys and values people use, so that others use the same."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models.functions import Substr

from models_app.actors import Actor

# Suggestions come from the newest rows: all of a small registry, and a bounded read of a large one.
ROWS_READ = 5_000
KEYS_OFFERED = 50
VALUES_OFFERED = 20
VALUE_LENGTH = 100  # a longer value is a text, not a word to choose
SYSTEM_PREFIX = "mlflow."  # MLflow: clients and servers keep their own notes under such keys

_WORKSPACE = {
    "registeredmodeltag": "model__workspace_id",
    "modelversiontag": "version__model__workspace_id",
    "experimenttag": "experiment__workspace_id",
    "runtag": "run__experiment__workspace_id",
    "loggedmodeltag": "logged_model__experiment__workspace_id",
}


class TagQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(**{_WORKSPACE[self.model._meta.model_name or ""]: actor.workspace})

    def peoples_own(self) -> Self:
        return self.exclude(key__startswith=SYSTEM_PREFIX)

    def clients_own(self) -> Self:
        return self.filter(key__startswith=SYSTEM_PREFIX)

    def suggested_keys(self) -> list[str]:
        """Most used first."""
        return _most_common(self.order_by("-pk").values_list("key", flat=True)[:ROWS_READ], KEYS_OFFERED)

    def counted_keys(self) -> list[tuple[str, int]]:
        """Each key with the number of its rows, most used first."""
        rows = self.order_by().values_list("key").annotate(count=models.Count("pk"))
        return list(rows.order_by("-count", "key")[:KEYS_OFFERED])

    def suggested_values(self, key: str) -> list[str]:
        values = self.filter(key=key).annotate(start=Substr("value", 1, VALUE_LENGTH + 1)).order_by("-pk")
        short = (
            start for start in values.values_list("start", flat=True)[:ROWS_READ] if 0 < len(start) <= VALUE_LENGTH
        )
        return _most_common(short, VALUES_OFFERED)


def _most_common(words: Iterable[str], number: int) -> list[str]:
    return [word for word, _ in Counter(words).most_common(number)]
