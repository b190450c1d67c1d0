"""experiments/…: experiments and their tags."""

import re
from typing import Any

from models_app import limits
from models_app.actors import Actor
from models_app.api.messages import Int64, Message, Tag, enum_name, pairs
from models_app.api.mlflow import pages, serializers
from models_app.errors import DoesNotExist, InvalidValue
from models_app.models import DatasetInput, Experiment
from models_app.search import EXPERIMENTS
from models_app.services import experiments as service

VIEW_TYPES = {1: "ACTIVE_ONLY", 2: "DELETED_ONLY", 3: "ALL"}
DATASET_EXPERIMENTS = 20
DATASET_SUMMARIES = 1_000
_INTEGER = re.compile(r"[ \t\r\n]*[+-]?[0-9]+[ \t\r\n]*")
_DIGITS = 18


class Create(Message):
    name: str
    artifact_location: str = ""
    tags: list[Tag] = []


class OfExperiment(Message):
    experiment_id: str


class GetByName(Message):
    experiment_name: str


class Search(Message):
    max_results: Int64  # MLflow: documented as optional, refused when missing
    page_token: str = ""
    filter: str = ""
    order_by: list[str] = []
    view_type: str | int | None = None


class Update(OfExperiment):
    new_name: str


class SetTag(OfExperiment):
    key: str
    value: str = ""


class DeleteTag(OfExperiment):
    key: str


class SearchDatasets(Message):
    experiment_ids: list[str]


def create(actor: Actor, message: Create) -> dict[str, Any]:
    experiment = service.create_experiment(
        actor=actor,
        name=message.name,
        artifact_location=message.artifact_location,
        tags=pairs(message.tags),
    )
    return {"experiment_id": str(experiment.experiment_id)}


def get(actor: Actor, message: OfExperiment) -> dict[str, Any]:
    number = experiment_number(message.experiment_id)
    experiment = Experiment.objects.visible_to(actor).filter(pk=number).first()
    if experiment is None:
        raise DoesNotExist(f"No Experiment with id={number} exists", field="experiment_id")
    return {"experiment": serializers.experiments([experiment])[0]}


def get_by_name(actor: Actor, message: GetByName) -> dict[str, Any]:
    # MLflow: deleted ones too; the client tells its user to restore the experiment or to choose another name.
    experiment = Experiment.objects.visible_to(actor).filter(name=message.experiment_name).first()
    if experiment is None:
        text = f"Could not find experiment with name '{message.experiment_name}'"
        raise DoesNotExist(text, field="experiment_name")
    return {"experiment": serializers.experiments([experiment])[0]}


def search(actor: Actor, message: Search) -> dict[str, Any]:
    experiments = of_view_type(Experiment.objects.visible_to(actor), message.view_type, "view_type")
    page = pages.found(experiments, EXPERIMENTS, message, order_by=message.order_by, largest=limits.EXPERIMENTS_PAGE)
    return {**serializers.some(experiments=serializers.experiments(page.rows)), **pages.token(page)}


def delete(actor: Actor, message: OfExperiment) -> dict[str, Any]:
    service.delete_experiment(actor=actor, experiment_id=experiment_number(message.experiment_id))
    return {}


def restore(actor: Actor, message: OfExperiment) -> dict[str, Any]:
    service.restore_experiment(actor=actor, experiment_id=experiment_number(message.experiment_id))
    return {}


def update(actor: Actor, message: Update) -> dict[str, Any]:
    number = experiment_number(message.experiment_id)
    service.rename_experiment(actor=actor, experiment_id=number, new_name=message.new_name)
    return {}


def set_tag(actor: Actor, message: SetTag) -> dict[str, Any]:
    number = experiment_number(message.experiment_id)
    service.set_experiment_tag(actor=actor, experiment_id=number, key=message.key, value=message.value)
    return {}


def delete_tag(actor: Actor, message: DeleteTag) -> dict[str, Any]:
    number = experiment_number(message.experiment_id)
    service.delete_experiment_tag(actor=actor, experiment_id=number, key=message.key)
    return {}


def search_datasets(actor: Actor, message: SearchDatasets) -> dict[str, Any]:
    if not 1 <= len(message.experiment_ids) <= DATASET_EXPERIMENTS:
        text = f"Between 1 and {DATASET_EXPERIMENTS} experiments can be searched, not {len(message.experiment_ids)}."
        raise InvalidValue(text, field="experiment_ids")
    numbers = [experiment_number(text) for text in message.experiment_ids]
    inputs = DatasetInput.objects.filter(
        dataset__experiment__in=Experiment.objects.visible_to(actor).filter(pk__in=numbers)
    )
    fields = ("dataset__experiment_id", "dataset__name", "dataset__digest", "context")
    rows = inputs.values_list(*fields).distinct().order_by(*fields)[:DATASET_SUMMARIES]
    return serializers.some(dataset_summaries=[serializers.dataset_summary(*row) for row in rows])


def experiment_number(text: str, field: str = "experiment_id") -> int:
    """MLflow: experiment ids travel as text."""
    if not _INTEGER.fullmatch(text) or len(text) > _DIGITS:
        raise InvalidValue(f"Invalid experiment ID {text[:100]!r}: it must be a number.", field=field)
    return int(text)


def of_view_type(queryset: Any, value: str | int | None, field: str) -> Any:
    view_type = enum_name(value, VIEW_TYPES, field) or "ACTIVE_ONLY"
    if view_type == "ALL":
        return queryset
    return queryset.filter(deleted_at__isnull=view_type == "ACTIVE_ONLY")
