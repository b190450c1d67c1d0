"""Descriptions of experiments, runs and logged models, which MLflow keeps in a tag of theirs."""

from django.db import transaction

from models_app import events, limits, names
from models_app.actors import Actor
from models_app.models import Experiment, ExperimentTag, LoggedModel, Run, RunTag
from models_app.models.experiments import NOTE_TAG
from models_app.services import experiments, logged_models, runs
from models_app.services import tags as tagging
from models_app.services.access import Level
from models_app.services.publishing import publish
from models_app.services.registered_models import check_unchanged


@transaction.atomic
def update_experiment_description(
    *, actor: Actor, experiment_id: int, description: str, expected_description: str | None = None
) -> Experiment:
    names.check_text(description, limits.EXPERIMENT_TAG_VALUE, "Description", "description")
    experiment = experiments.lock_experiment(actor, Level.EDIT, experiment_id)
    experiments.require_active(experiment)
    before = _note_of(experiment)
    check_unchanged(before, expected_description)
    if before != description:
        tagging.set_tag(ExperimentTag, {"experiment": experiment}, NOTE_TAG, description)
        fact = events.ExperimentTagSet(key=NOTE_TAG, value=description)
        publish(actor, fact, experiment, before={"value": before})
    return experiment


@transaction.atomic
def update_run_description(
    *, actor: Actor, run_id: str, description: str, expected_description: str | None = None
) -> Run:
    # A client's longer tag is cut without a word; a person who typed the text would rather know.
    names.check_text(description, limits.RUN_TAG_VALUE, "Description", "description")
    run = runs.lock_active_run(actor, run_id)
    before = _note_of(run)
    check_unchanged(before, expected_description)
    if before != description:
        tagging.set_tag(RunTag, {"run": run}, NOTE_TAG, description)
    return run


@transaction.atomic
def update_logged_model_description(
    *, actor: Actor, model_id: str, description: str, expected_description: str | None = None
) -> LoggedModel:
    names.check_text(description, limits.REGISTRY_TAG_VALUE, "Description", "description")
    model = logged_models.lock_logged_model(actor, Level.EDIT, model_id)
    before = _note_of(model)
    check_unchanged(before, expected_description)
    if before == description:
        return model
    return logged_models.set_logged_model_tags(actor=actor, model_id=model_id, tags=[(NOTE_TAG, description)])


def _note_of(noted: Experiment | Run | LoggedModel) -> str:
    return noted.tags.filter(key=NOTE_TAG).values_list("value", flat=True).first() or ""
