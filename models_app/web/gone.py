"""What is known of a model or version that has an address but is not there: who deleted it and when."""

from collections.abc import Mapping
from dataclasses import dataclass

from models_app import events
from models_app.actors import Actor
from models_app.models import Event, ModelVersion, RegisteredModel
from models_app.web import addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """`deleted` is the event that tells of it, None for what never was; `model_href` is where its model is."""

    title: str
    deleted: Event | None = None
    model_name: str = ""
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
    title = f"Version {number} of {name} was deleted" if deleted else f"There is no version {number} of {name}"
    return Gone(title=title, deleted=deleted, model_name=name, model_href=addresses.registered_model(name))


def _model(actor: Actor, name: str) -> Gone:
    deleted = Event.objects.visible_to(actor).model_deletions(name).newest_first().first()
    return Gone(title=f"The model {name} was deleted" if deleted else f"There is no model {name}", deleted=deleted)
