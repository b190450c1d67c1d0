"""Runs with their params, tags and the models they read and wrote."""

from collections.abc import Iterable
from typing import Self

from django.db import connections, models
from django.db.models import Case, Exists, F, OuterRef, Value, When

from models_app import limits
from models_app.actors import Actor
from models_app.expressions import BytewiseCharField, ValuePrefix
from models_app.models.tags import TagQuerySet

NAME_TAG = "mlflow.runName"
PARENT_TAG = "mlflow.parentRunId"
USER_TAG = "mlflow.user"
HISTORY_TAG = "mlflow.log-model.history"  # MLflow 2: the list of the models that the run logged
# What pages read of a run's tags, of which there may be ten thousand others: its origin, family and length.
TOLD_TAGS = (
    PARENT_TAG, HISTORY_TAG, "max_steps", "total_steps", "epochs", "max_epochs", "mlflow.source.name",
    "mlflow.source.type", "mlflow.source.git.commit", "mlflow.source.git.branch", "mlflow.source.git.repoURL",
    "mlflow.gitRepoURL", "mlflow.gitBranchName", "mlflow.docker.image.name",
)  # fmt: skip

MOST_ANCESTORS = 20
_ANCESTORS = """
    WITH RECURSIVE chain (run_id, depth) AS (
        SELECT value, 1 FROM run_tags WHERE run_id = %s AND key = %s
        UNION ALL
        SELECT tags.value, depth + 1 FROM chain JOIN run_tags AS tags ON tags.run_id = chain.run_id
        WHERE tags.key = %s AND depth < %s
    )
    SELECT run_id, depth FROM chain ORDER BY depth
"""


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(experiment__workspace_id=actor.workspace)

    def active(self) -> Self:
        return self.filter(deleted_at=None)

    def deleted(self) -> Self:
        return self.exclude(deleted_at=None)

    def children_of(self, run_id: str) -> Self:
        """MLflow: a nested run names its parent in a tag. The prefix is what the index of tags holds."""
        return self.nested_in([run_id]).order_by("-started_at", "run_id")

    def nested_in(self, run_ids: Iterable[str]) -> Self:
        tags = RunTag.objects.alias(prefix=ValuePrefix("value")).filter(key=PARENT_TAG, prefix__in=list(run_ids))
        return self.filter(pk__in=tags.exclude(value=F("run_id")).values("run_id"))

    def top_level(self) -> Self:
        """Without the runs whose parent stands beside them, active, in the same experiment. Two runs that name each
        other, or one that names itself, have no parent to be found under."""
        tags = RunTag.objects.filter(run_id=OuterRef("pk"), key=PARENT_TAG).exclude(value=F("run_id"))
        grandparent = RunTag.objects.filter(run_id=OuterRef("pk"), key=PARENT_TAG, value=OuterRef(OuterRef("run_id")))
        parents = Run.objects.filter(pk=OuterRef("value"), experiment=OuterRef("run__experiment"), deleted_at=None)
        return self.exclude(Exists(tags.filter(Exists(parents.exclude(Exists(grandparent))))))

    def child_counts(self, run_ids: Iterable[str]) -> dict[str, int]:
        """Per run that has any: how many of these runs are nested in it."""
        tags = RunTag.objects.alias(prefix=ValuePrefix("value")).filter(key=PARENT_TAG, prefix__in=list(run_ids))
        rows = tags.filter(Exists(self.filter(pk=OuterRef("run_id")))).exclude(value=F("run_id")).order_by()
        return dict(rows.values_list("value").annotate(models.Count("pk")))

    def after(self, started_at: int, run_id: str) -> Self:
        """Behind this run, in the order of `children_of`."""
        return self.filter(models.Q(started_at__lt=started_at) | models.Q(started_at=started_at, run_id__gt=run_id))

    def ancestor_ids(self, run_id: str) -> list[str]:
        """The run it is nested in, that one's, and so on, the nearest first; each once, even if they form a circle."""
        with connections[self.db].cursor() as cursor:
            cursor.execute(_ANCESTORS, [run_id, PARENT_TAG, PARENT_TAG, MOST_ANCESTORS])
            found = [parent for parent, _ in cursor.fetchall()]
        return [parent for parent in dict.fromkeys(found) if parent != run_id]

    def with_told_tags(self) -> Self:
        """Each with the list `told_tags`: the tags that say where it came from and what it belongs to."""
        told = RunTag.objects.filter(key__in=TOLD_TAGS)
        return self.prefetch_related(models.Prefetch("tags", queryset=told, to_attr="told_tags"))

    def activity(self, experiment_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
        """Per experiment that has active runs: how many, and when the last of them started."""
        rows = self.active().filter(experiment_id__in=list(experiment_ids)).order_by().values_list("experiment_id")
        return {pk: (count, last) for pk, count, last in rows.annotate(models.Count("pk"), models.Max("started_at"))}

    def with_details(self) -> Self:
        """What the protocol's Run object holds, in a fixed number of queries."""
        return self.prefetch_related(
            "params", "tags", "latest_metrics", "dataset_inputs__dataset", "model_inputs", "model_outputs"
        )


class Run(models.Model):
    """The id is MLflow's: 32 hexadecimal digits, also the folder name of the run's artifacts."""

    class Status(models.TextChoices):
        RUNNING = "RUNNING"
        SCHEDULED = "SCHEDULED"
        FINISHED = "FINISHED"
        FAILED = "FAILED"
        KILLED = "KILLED"

    run_id = BytewiseCharField(primary_key=True, max_length=32)
    experiment = models.ForeignKey("Experiment", on_delete=models.CASCADE, related_name="runs", db_index=False)
    name = models.CharField(max_length=limits.RUN_NAME, blank=True)
    user_id = models.CharField(max_length=limits.USER_ID, blank=True, default="")
    created_by = models.CharField(max_length=255, blank=True, default="")
    status = models.CharField(max_length=9, choices=Status, default=Status.RUNNING)
    started_at = models.BigIntegerField(default=0)
    ended_at = models.BigIntegerField(null=True, blank=True)
    artifact_uri = models.CharField(max_length=limits.ARTIFACT_LOCATION + 64)
    deleted_at = models.BigIntegerField(null=True, blank=True)
    # Beyond the check both are positive, so that no difference leaves the column: clients send any 64-bit numbers.
    duration_ms = models.GeneratedField(
        expression=Case(
            When(started_at__gt=0, ended_at__gte=F("started_at"), then=F("ended_at") - F("started_at")),
            When(started_at__gt=0, ended_at__gt=0, then=Value(0)),
        ),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
        null=True,
    )

    objects = RunQuerySet.as_manager()

    class Meta:
        db_table = "runs"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]),
                name="run_status_known",
            )
        ]
        indexes = [
            models.Index(F("experiment"), F("started_at").desc(), F("run_id"), name="run_recent_in_experiment"),
            models.Index(F("started_at").desc(), F("run_id"), name="run_recent"),
        ]

    def __str__(self) -> str:
        return self.name or self.run_id

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def lifecycle_stage(self) -> str:
        return "deleted" if self.is_deleted else "active"

    @property
    def is_running(self) -> bool:
        """What is deleted goes on no more."""
        return self._has_no_end and not self.is_deleted

    @property
    def never_ended(self) -> bool:
        """It was deleted before."""
        return self._has_no_end and self.is_deleted

    @property
    def _has_no_end(self) -> bool:
        return self.status in {self.Status.RUNNING, self.Status.SCHEDULED}


class Param(models.Model):
    """Write-once: the same value may be logged again, another one may not."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="params", db_index=False)
    key = BytewiseCharField(max_length=limits.KEY)
    value = BytewiseCharField(max_length=limits.PARAM_VALUE, blank=True)

    class Meta:
        db_table = "params"
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="param_key_unique")]
        indexes = [models.Index(F("key"), ValuePrefix("value"), F("run"), name="param_value")]

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


class RunTag(models.Model):
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="tags", db_index=False)
    key = BytewiseCharField(max_length=limits.KEY)
    # Clients' values are cut to less; the list of the models a run logged, which is kept whole, may take this much.
    value = BytewiseCharField(max_length=limits.REGISTRY_TAG_VALUE, blank=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        db_table = "run_tags"
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="run_tag_key_unique")]
        indexes = [models.Index(F("key"), ValuePrefix("value"), F("run"), name="run_tag_value")]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"


class ModelInput(models.Model):
    """A logged model that the run read. MLflow does not check that it exists, so this is no foreign key."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="model_inputs", db_index=False)
    model_id = BytewiseCharField(max_length=limits.KEY)

    class Meta:
        db_table = "model_inputs"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "model_id"], name="model_input_unique")]

    def __str__(self) -> str:
        return self.model_id


class ModelOutput(models.Model):
    """A logged model that the run wrote, and at which training step."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="model_outputs", db_index=False)
    model_id = BytewiseCharField(max_length=limits.KEY)
    step = models.BigIntegerField(default=0)

    class Meta:
        db_table = "model_outputs"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "model_id"], name="model_output_unique")]

    def __str__(self) -> str:
        return self.model_id
