"""What has a description and tags: registered models, versions, experiments and runs, all seen in one way."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from models_app import events, limits
from models_app.actors import Actor
from models_app.errors import DoesNotExist
from models_app.models import (
    Event,
    Experiment,
    ExperimentTag,
    ModelVersion,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelTag,
    Run,
    RunTag,
)
from models_app.models.experiments import NOTE_TAG
from models_app.models.tags import SYSTEM_PREFIX
from models_app.services import experiments, model_versions, notes, registered_models, runs
from models_app.services.access import Level, level_for
from models_app.web import addresses

LINKED_LENGTH = 100  # of a value; nothing else has the same long text
Tagged = RegisteredModelTag | ModelVersionTag | ExperimentTag | RunTag
Described = RegisteredModel | ModelVersion | Experiment | Run


@dataclass(frozen=True, slots=True)
class Tag:
    """`href` is a list of what has the same tag, "" where there is none."""

    key: str
    value: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """`denied` says why this actor can't change it ("" when he can); `system_tags` are those clients keep.

    `text_limit` holds for the description and for the value of a tag.
    """

    noun: str
    obj: Described
    title: str
    page: str
    description: str
    text_limit: int
    tags: list[Tag]
    system_tags: list[Tag]
    denied: str = ""

    @property
    def description_href(self) -> str:
        return f"{self.page}/description"

    @property
    def tags_href(self) -> str:
        return f"{self.page}/tags"


def find(actor: Actor, noun: str, **keys: str | int) -> Subject:
    """By what stands in its address; not visible is not found."""
    return subject_of(actor, _load(actor, noun, keys))


def reloaded(actor: Actor, subject: Subject) -> Subject:
    """As it is after a change, somebody else's included."""
    found = type(subject.obj).objects.visible_to(actor).filter(pk=subject.obj.pk).first()
    if found is None:
        raise DoesNotExist(f"The {subject.title} was deleted meanwhile.")
    return subject_of(actor, found)


def _load(actor: Actor, noun: str, keys: dict[str, str | int]) -> Described:
    if noun == "registered_model":
        return RegisteredModel.objects.visible_to(actor).get_by_name(str(keys["name"]))
    if noun == "model_version":
        return ModelVersion.objects.visible_to(actor).get_by_number(str(keys["name"]), int(keys["number"]))
    if noun == "experiment":
        experiment = Experiment.objects.visible_to(actor).filter(pk=keys["experiment_id"]).first()
        if experiment is None:
            raise DoesNotExist(f"There is no experiment {keys['experiment_id']}.", field="experiment_id")
        return experiment
    run = Run.objects.visible_to(actor).filter(pk=keys["run_id"]).first()
    if run is None:
        raise DoesNotExist(f"There is no run {keys['run_id']}.", field="run_id")
    return run


def subject_of(actor: Actor, obj: Described) -> Subject:
    """For an object a page has loaded already; tags it has prefetched are not read again."""
    tags: list[Tagged] = list(obj.tags.all())
    common: dict[str, Any] = {"obj": obj, "denied": _why_denied(actor, obj), **_sorted_out(obj, tags)}
    note = next((tag.value for tag in tags if tag.key == NOTE_TAG), "")
    match obj:
        case RegisteredModel():
            return Subject(
                noun="registered_model", title=obj.name, page=addresses.registered_model(obj.name),
                description=obj.description, text_limit=limits.DESCRIPTION, **common,
            )  # fmt: skip
        case ModelVersion():
            return Subject(
                noun="model_version", title=f"version {obj.number} of {obj.model.name}",
                page=addresses.model_version(obj.model.name, obj.number), description=obj.description,
                text_limit=limits.DESCRIPTION, **common,
            )  # fmt: skip
        case Experiment():
            return Subject(
                noun="experiment", title=f"experiment {obj.name}", page=addresses.experiment(obj.pk), description=note,
                text_limit=limits.EXPERIMENT_TAG_VALUE, **common,
            )  # fmt: skip
        case Run():
            return Subject(
                noun="run", title=f"run {obj}", page=addresses.run(obj.pk), description=note,
                text_limit=limits.RUN_TAG_VALUE, **common,
            )  # fmt: skip


def _sorted_out(obj: Described, tags: Iterable[Tagged]) -> dict[str, list[Tag]]:
    own: list[Tag] = []
    system: list[Tag] = []
    for tag in tags:
        if tag.key.startswith(SYSTEM_PREFIX):
            system.append(Tag(tag.key, tag.value))
        else:
            own.append(Tag(tag.key, tag.value, _alike(obj, tag.key, tag.value)))
    return {"tags": own, "system_tags": system}


def _alike(obj: Described, key: str, value: str) -> str:
    if len(value) > LINKED_LENGTH or any(mark in key + value for mark in "`'\"\n"):
        return ""
    if isinstance(obj, RegisteredModel):
        question = urlencode({"tag": f"{key}={value}"})
        return f"/models?{question}"
    if isinstance(obj, Run):
        question = urlencode({"q": f"tags.`{key}` = '{value}'"})
        return f"{addresses.experiment(obj.experiment_id)}?{question}"
    return ""


def _why_denied(actor: Actor, obj: Described) -> str:
    if isinstance(obj, Experiment | Run) and obj.is_deleted:
        return f"This {type(obj).__name__.lower()} is deleted: restore it to change it."
    if level_for(actor, obj) < Level.EDIT:
        return "You may look at this but not change it: editing needs the right to edit."
    return ""


def last_description_edit(actor: Actor, subject: Subject) -> Event | None:
    """Who gave it the description it has; runs leave no events, clients tag them too often."""
    edits = Event.objects.visible_to(actor).newest_first()
    match subject.obj:
        case RegisteredModel() as model:
            edits = edits.filter(registered_model_id=model.pk, kind=events.RegisteredModelUpdated.kind)
        case ModelVersion() as version:
            edits = edits.filter(registered_model_id=version.model_id, version_number=version.number)
            edits = edits.filter(kind=events.ModelVersionUpdated.kind)
        case Experiment() as experiment:
            edits = edits.filter(experiment_id=experiment.pk, kind=events.ExperimentTagSet.kind, after__key=NOTE_TAG)
        case _:
            return None
    return edits.first()


def write_description(actor: Actor, subject: Subject, text: str, expected: str) -> None:
    match subject.obj:
        case RegisteredModel() as model:
            registered_models.update_registered_model(
                actor=actor, name=model.name, description=text, expected_description=expected
            )
        case ModelVersion() as version:
            model_versions.update_model_version(
                actor=actor, name=version.model.name, version=version.number, description=text,
                expected_description=expected,
            )  # fmt: skip
        case Experiment() as experiment:
            notes.update_experiment_description(
                actor=actor, experiment_id=experiment.pk, description=text, expected_description=expected
            )
        case Run() as run:
            notes.update_run_description(actor=actor, run_id=run.pk, description=text, expected_description=expected)


def set_tag(actor: Actor, subject: Subject, key: str, value: str) -> None:
    match subject.obj:
        case RegisteredModel() as model:
            registered_models.set_registered_model_tag(actor=actor, name=model.name, key=key, value=value)
        case ModelVersion() as version:
            model_versions.set_model_version_tag(
                actor=actor, name=version.model.name, version=version.number, key=key, value=value
            )
        case Experiment() as experiment:
            experiments.set_experiment_tag(actor=actor, experiment_id=experiment.pk, key=key, value=value)
        case Run() as run:
            runs.set_run_tag(actor=actor, run_id=run.pk, key=key, value=value)


def delete_tag(actor: Actor, subject: Subject, key: str) -> None:
    match subject.obj:
        case RegisteredModel() as model:
            registered_models.delete_registered_model_tag(actor=actor, name=model.name, key=key)
        case ModelVersion() as version:
            model_versions.delete_model_version_tag(
                actor=actor, name=version.model.name, version=version.number, key=key
            )
        case Experiment() as experiment:
            experiments.delete_experiment_tag(actor=actor, experiment_id=experiment.pk, key=key)
        case Run() as run:
            runs.delete_run_tag(actor=actor, run_id=run.pk, key=key)
