"""What has a description and tags: registered models, versions, experiments, runs and logged models, seen alike."""

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
    LoggedModel,
    LoggedModelTag,
    ModelVersion,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelTag,
    Run,
    RunTag,
)
from models_app.models.experiments import NOTE_TAG
from models_app.models.tags import SYSTEM_PREFIX
from models_app.services import experiments, logged_models, model_versions, notes, registered_models, runs
from models_app.services.access import Level, level_for
from models_app.web import addresses
from models_app.web.keyed import PAGE_SIZE, KeyPage, Looked, read_keys

LINKED_LENGTH = 100  # of a value; nothing else has the same long text
SHOWN_TAGS = 40  # beside a page; the rest is a page of its own
OWN_TAGS = Looked("tags")
Tagged = RegisteredModelTag | ModelVersionTag | ExperimentTag | RunTag | LoggedModelTag
Described = RegisteredModel | ModelVersion | Experiment | Run | LoggedModel


@dataclass(frozen=True, slots=True)
class Tag:
    """`href` is a list of what has the same tag, "" where there is none."""

    key: str
    value: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """`denied` says why this actor can't change it ("" when he can); `system_tags` are those clients keep.

    `tags` are those of `tag_page`: there may be thousands. `text_limit` holds for the description and for the value
    of a tag.
    """

    noun: str
    obj: Described
    title: str
    page: str
    description: str
    text_limit: int
    tags: list[Tag]
    system_tags: list[Tag]
    tag_page: KeyPage
    system_count: int
    denied: str = ""

    @property
    def description_href(self) -> str:
        return f"{self.page}/description"

    @property
    def tags_href(self) -> str:
        return f"{self.page}/tags"

    @property
    def shown_tags(self) -> list[Tag]:
        return self.tags[:SHOWN_TAGS]

    @property
    def has_more_tags(self) -> bool:
        return self.tag_page.total > len(self.shown_tags) or self.system_count > len(self.system_tags)

    @property
    def all_count(self) -> int:
        return self.tag_page.total + self.system_count

    def has_tag(self, key: str) -> bool:
        return self.obj.tags.filter(key=key).exists()


def find(actor: Actor, noun: str, **keys: str | int) -> Subject:
    """By what stands in its address; not visible is not found."""
    return subject_of(actor, load(actor, noun, keys))


def reloaded(actor: Actor, subject: Subject) -> Subject:
    """As it is after a change, somebody else's included."""
    found = type(subject.obj).objects.visible_to(actor).filter(pk=subject.obj.pk).first()
    if found is None:
        raise DoesNotExist(f"The {subject.title} was deleted meanwhile.")
    return subject_of(actor, found, subject.tag_page.asked)


def load(actor: Actor, noun: str, keys: dict[str, str | int]) -> Described:
    if noun == "registered_model":
        return RegisteredModel.objects.visible_to(actor).get_by_name(str(keys["name"]))
    if noun == "model_version":
        return ModelVersion.objects.visible_to(actor).get_by_number(str(keys["name"]), int(keys["number"]))
    if noun == "experiment":
        experiment = Experiment.objects.visible_to(actor).filter(pk=keys["experiment_id"]).first()
        if experiment is None:
            raise DoesNotExist(f"There is no experiment {keys['experiment_id']}.", field="experiment_id")
        return experiment
    if noun == "logged_model":
        model = LoggedModel.objects.visible_to(actor).filter(pk=keys["model_id"]).first()
        if model is None:
            raise DoesNotExist(f"There is no logged model {keys['model_id']}.", field="model_id")
        return model
    run = Run.objects.visible_to(actor).filter(pk=keys["run_id"]).first()
    if run is None:
        raise DoesNotExist(f"There is no run {keys['run_id']}.", field="run_id")
    return run


def subject_of(actor: Actor, obj: Described, asked: Looked = OWN_TAGS) -> Subject:
    """For an object a page has loaded already; tags it has prefetched are not read again."""
    sorted_out, note = _sorted_out(obj, asked)
    common: dict[str, Any] = {"obj": obj, "denied": _why_denied(actor, obj), **sorted_out}
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
        case LoggedModel():
            return Subject(
                noun="logged_model", title=f"logged model {obj.name}", page=addresses.logged_model(obj.pk),
                description=note, text_limit=limits.REGISTRY_TAG_VALUE, **common,
            )  # fmt: skip


def _sorted_out(obj: Described, asked: Looked) -> tuple[dict[str, Any], str]:
    """Its own tags and the clients', a page of each, and its note."""
    page, system, system_count, note = _divided(list(obj.tags.all())) if _has_loaded(obj) else _read(obj, asked)
    parts = {
        "tags": [Tag(tag.key, tag.value, _alike(obj, tag.key, tag.value)) for tag in page.rows],
        "system_tags": [Tag(tag.key, tag.value) for tag in system],
        "tag_page": page,
        "system_count": system_count,
    }
    return parts, note


def _has_loaded(obj: Described) -> bool:
    return "tags" in getattr(obj, "_prefetched_objects_cache", {})


def _divided(tags: list[Tagged]) -> tuple[KeyPage, list[Tagged], int, str]:
    """All tags of a thing, which has loaded them or has but few."""
    own = [tag for tag in tags if not tag.key.startswith(SYSTEM_PREFIX)]
    system = [tag for tag in tags if tag.key.startswith(SYSTEM_PREFIX)]
    next_after = own[PAGE_SIZE - 1].key if len(own) > PAGE_SIZE else ""
    note = next((tag.value for tag in system if tag.key == NOTE_TAG), "")
    page = KeyPage(OWN_TAGS, own[:PAGE_SIZE], len(own), len(own), next_after)
    return page, system[:SHOWN_TAGS], len(system), note


def _read(obj: Described, asked: Looked) -> tuple[KeyPage, list[Tagged], int, str]:
    if not asked.words and not asked.after:
        few: list[Tagged] = list(obj.tags.order_by("key")[: PAGE_SIZE + 1])
        if len(few) <= PAGE_SIZE:
            return _divided(few)
    system = read_keys(obj.tags.clients_own(), Looked("system"), size=SHOWN_TAGS)
    note = next((tag.value for tag in system.rows if tag.key == NOTE_TAG), None)
    if note is None and system.next_after:
        note = obj.tags.filter(key=NOTE_TAG).values_list("value", flat=True).first()
    return read_keys(obj.tags.peoples_own(), asked), system.rows, system.total, note or ""


def _alike(obj: Described, key: str, value: str) -> str:
    if len(value) > LINKED_LENGTH or any(mark in key + value for mark in "`'\"\n"):
        return ""
    if isinstance(obj, RegisteredModel):
        question = urlencode({"tag": f"{key}={value}"})
        return f"/models?{question}"
    if isinstance(obj, Run):
        question = urlencode({"q": f"tags.`{key}` = '{value}'"})
        return f"{addresses.experiment(obj.experiment_id)}?{question}"
    if isinstance(obj, LoggedModel):
        question = urlencode({"q": f"tags.`{key}` = '{value}'"})
        return f"{addresses.experiment(obj.experiment_id)}/models?{question}"
    return ""


def _why_denied(actor: Actor, obj: Described) -> str:
    if isinstance(obj, Experiment | Run) and obj.is_deleted:
        return f"This {type(obj).__name__.lower()} is deleted: restore it to change it."
    if isinstance(obj, LoggedModel) and obj.is_deleted:
        return "This logged model is deleted."
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
        case LoggedModel() as model:
            notes.update_logged_model_description(
                actor=actor, model_id=model.pk, description=text, expected_description=expected
            )


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
        case LoggedModel() as model:
            logged_models.set_logged_model_tags(actor=actor, model_id=model.pk, tags=[(key, value)])


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
        case LoggedModel() as model:
            logged_models.delete_logged_model_tag(actor=actor, model_id=model.pk, key=key)
