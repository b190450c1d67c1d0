"""What is known of a model or version that has an address but is not there: who deleted it and when."""

from collections.abc import Mapping
from dataclasses import dataclass

from models_app import events
from models_app.actors import Actor
from models_app.models import Event, LoggedModel, ModelVersion, RegisteredModel, Run
from models_app.web import addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """`deleted` is the event that tells of it, None for what never was; `model_href` is where its model is."""

    title: str
    deleted: Event | None = None
    model_href: str = ""


def find(actor: Actor, keys: Mapping[str, object]) -> Gone | None:
    """By the parts of an address; None when they name no model, or all that they name is there."""
    if "name" not in keys:
        return None
    name, number = str(keys["name"]), keys.get("number")
    model = RegisteredModel.objects.visible_to(actor).filter(name=name).first()
    if model is None:
        return _model(actor, name)
    if not isinstance(number, int):
        return None
    if ModelVersion.objects.visible_to(actor).filter(model=model, number=number).exists():
        return None
    history = Event.objects.visible_to(actor).of_version(model.pk, number).newest_first()
    deleted = history.filter(kind=events.ModelVersionDeleted.kind).first()
    title = f"Version {number} of “{name}” was deleted" if deleted else f"There is no version {number} of “{name}”"
    return Gone(title=title, deleted=deleted, model_href=addresses.registered_model(name))


def _model(actor: Actor, name: str) -> Gone:
    deleted = Event.objects.visible_to(actor).model_deletions(name).newest_first().first()
    return Gone(title=f"The model “{name}” was deleted" if deleted else f"There is no model “{name}”", deleted=deleted)


def files_href(actor: Actor, keys: Mapping[str, object]) -> str:
    """Where the files are among which one is missing; "" for an address of no file, or of nothing that has files."""
    if not keys.get("path"):
        return ""
    if "run_id" in keys:
        run_id = str(keys["run_id"])
        return addresses.run_files(run_id) if Run.objects.visible_to(actor).filter(pk=run_id).exists() else ""
    if "model_id" in keys:
        model_id = str(keys["model_id"])
        is_there = LoggedModel.objects.visible_to(actor).filter(pk=model_id).exists()
        return addresses.logged_model_files(model_id) if is_there else ""
    number = keys.get("number")
    return f"{addresses.model_version(str(keys['name']), number)}/files" if isinstance(number, int) else ""
