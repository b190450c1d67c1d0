"""Telling the registry's story: every step is a real call of a service, at its moment and by its person."""

import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from models_app import clock
from models_app.actors import Actor
from models_app.demo.journal import NOTE_TAG, Journal, Outcome
from models_app.services import experiments, model_versions, registered_models

CARDS = Path(__file__).with_name("cards")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`days` before the moment of recording."""

    days: float
    by: str
    call: Callable[..., object]
    given: dict[str, Any]
    via: str = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionStory:
    """`outcome` names the training run; `$accuracy` and the like in `note` become what that run measured."""

    outcome: str
    days: float
    by: str
    note: str = ""
    via: str = "api"
    tags: dict[str, str] = field(default_factory=dict)
    aliases: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStory:
    """The model begins with `summary`; its card (cards/<name>.md) is written `card_days` before the recording."""

    name: str
    by: str
    tags: dict[str, str]
    versions: Sequence[VersionStory]
    summary: str = ""
    card_days: float = 0
    card_by: str = ""
    steps: Sequence[Step] = ()


class Figures(string.Template):
    """`$v2.accuracy` in a text is what version 2 measured."""

    braceidpattern = idpattern = r"(?a:[a-z_][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)"


def people(names: Sequence[str]) -> dict[str, User]:
    """Accounts that only the recording knows: events keep the name, the account stays behind."""
    return {name: User.objects.create_user(name) for name in names}


def open_experiment(journal: Journal, name: str, *, by: User, days: float, note: str) -> None:
    """Before any run: the client finds the experiment by its name."""
    actor = Actor(name=by.username, via="api", user=by)
    with clock.at(journal.moment(days)):
        experiments.create_experiment(actor=actor, name=name, tags=[(NOTE_TAG, note)])


def tell(journal: Journal, stories: Sequence[ModelStory], users: dict[str, User]) -> None:
    steps = [step for story in stories for step in _steps_of(story, journal)]
    for step in sorted(steps, key=lambda step: step.days, reverse=True):
        actor = Actor(name=step.by, via=step.via, user=users[step.by])
        with clock.at(journal.moment(step.days)):
            step.call(actor=actor, **step.given)


def _steps_of(story: ModelStory, journal: Journal) -> Iterator[Step]:
    begin = {"name": story.name, "description": story.summary, "tags": story.tags.items()}
    first = max(version.days for version in story.versions)
    yield Step(days=first + 0.002, by=story.by, call=registered_models.create_registered_model, given=begin)
    for version in story.versions:
        yield _registration(story, version, journal.outcomes[version.outcome])
    if story.card_by:
        text = card(story, journal)
        given = {"name": story.name, "description": text, "expected_description": story.summary}
        yield Step(days=story.card_days, by=story.card_by, call=registered_models.update_registered_model, given=given)
    yield from story.steps


def _registration(story: ModelStory, version: VersionStory, outcome: Outcome) -> Step:
    given = {
        "name": story.name,
        "source": f"models:/{outcome.model_id}",
        "run_id": outcome.run_id,
        "model_id": outcome.model_id,
        "tags": version.tags.items(),
        "description": Figures(version.note).substitute(shown(outcome)),
        "aliases": version.aliases,
    }
    call = model_versions.create_model_version
    return Step(days=version.days, by=version.by, via=version.via, call=call, given=given)


def card(story: ModelStory, journal: Journal) -> str:
    figures = {
        f"v{number}.{key}": text
        for number, version in enumerate(story.versions, start=1)
        for key, text in shown(journal.outcomes[version.outcome]).items()
    }
    return Figures((CARDS / f"{story.name}.md").read_text(encoding="utf-8")).substitute(figures)


def shown(outcome: Outcome) -> dict[str, str]:
    return {key: f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}" for key, value in outcome.metrics.items()}


def alias(name: str, alias: str, version: int, *, days: float, by: str, reason: str = "") -> Step:
    given = {"name": name, "alias": alias, "version": version, "reason": reason}
    return Step(days=days, by=by, call=registered_models.set_registered_model_alias, given=given)


def drop_alias(name: str, alias: str, *, days: float, by: str, reason: str = "") -> Step:
    given = {"name": name, "alias": alias, "reason": reason}
    return Step(days=days, by=by, call=registered_models.delete_registered_model_alias, given=given)


def tag(name: str, key: str, value: str, *, days: float, by: str) -> Step:
    given = {"name": name, "key": key, "value": value}
    return Step(days=days, by=by, call=registered_models.set_registered_model_tag, given=given)


def version_tag(name: str, version: int, key: str, value: str, *, days: float, by: str) -> Step:
    given = {"name": name, "version": version, "key": key, "value": value}
    return Step(days=days, by=by, call=model_versions.set_model_version_tag, given=given)


def stage(name: str, version: int, stage: str, *, days: float, by: str, archive: bool = False) -> Step:
    given = {"name": name, "version": version, "stage": stage, "archive_existing_versions": archive}
    return Step(days=days, by=by, via="api", call=model_versions.transition_model_version_stage, given=given)


def delete_version(name: str, version: int, *, days: float, by: str) -> Step:
    given = {"name": name, "version": version}
    return Step(days=days, by=by, call=model_versions.delete_model_version, given=given)
