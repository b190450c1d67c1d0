"""Saved views of an experiment's runs: save, change and delete them."""

from django.db import IntegrityError, transaction

from models_app import events, limits, names
from models_app.actors import Actor
from models_app.clock import now_ms
from models_app.errors import AlreadyExists, DoesNotExist, InvalidState, InvalidValue
from models_app.models import SavedView
from models_app.services.access import Level, require
from models_app.services.experiments import find_experiment, require_active
from models_app.services.publishing import publish


@transaction.atomic
def create_saved_view(*, actor: Actor, experiment_id: int, name: str, query: str) -> SavedView:
    name = _checked_name(name)
    names.check_text(query, limits.SAVED_VIEW_QUERY, "The view", "query")
    experiment = find_experiment(actor, Level.EDIT, experiment_id, locked=True)
    require_active(experiment)
    if experiment.saved_views.count() >= limits.SAVED_VIEWS:
        raise InvalidState(f"An experiment keeps {limits.SAVED_VIEWS} views: delete one of them first.", field="name")
    now = now_ms()
    view = SavedView(
        experiment=experiment, name=name, query=query, created_by=actor.name, created_at=now, updated_at=now
    )
    try:
        with transaction.atomic():
            view.save(force_insert=True)
    except IntegrityError:
        raise AlreadyExists(
            f"There is a view {name!r} already: choose another name, or open it and save the changes there.",
            field="name",
        ) from None
    publish(actor, events.SavedViewCreated(name=name, query=query), experiment)
    return view


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise InvalidValue("Give the view a name.", field="name")
    names.check_text(name, limits.SAVED_VIEW_NAME, "View name", "name")
    return name


@transaction.atomic
def update_saved_view(*, actor: Actor, view_id: int, query: str) -> SavedView:
    names.check_text(query, limits.SAVED_VIEW_QUERY, "The view", "query")
    view = _locked(actor, view_id)
    before, view.query = view.query, query
    view.updated_at = now_ms()
    view.save(update_fields=["query", "updated_at"])
    if before != query:
        publish(actor, events.SavedViewUpdated(name=view.name, query=query), view.experiment, before={"query": before})
    return view


@transaction.atomic
def delete_saved_view(*, actor: Actor, view_id: int) -> SavedView:
    """Returns the view as it was, without its key."""
    view = _locked(actor, view_id)
    view.delete()
    publish(actor, events.SavedViewDeleted(name=view.name), view.experiment, before={"query": view.query})
    return view


def _locked(actor: Actor, view_id: int) -> SavedView:
    views = SavedView.objects.visible_to(actor).select_related("experiment").select_for_update(of=("self",))
    view = views.filter(pk=view_id).first()
    if view is None:
        raise DoesNotExist("There is no such view; somebody may have deleted it.", field="view_id")
    require(actor, Level.EDIT, view.experiment)
    return view
