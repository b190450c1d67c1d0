"""Where a run came from: the program, commit and repository of its mlflow.* tags, and the data it read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from models_app.models import DatasetInput

SHORT_COMMIT = 10
WEB_SCHEMES = {"http", "https"}
PLACE_KEYS = ("uri", "url", "path", "table_name", "delta_table_name")


@dataclass(frozen=True, slots=True)
class RunSource:
    """`name` is the script, notebook or project; `commit_href` is "" unless the repository has a web address."""

    name: str
    kind: str
    commit: str
    branch: str
    repository: str
    commit_href: str
    image: str

    @property
    def short_name(self) -> str:
        return self.name.replace("\\", "/").rstrip("/").rpartition("/")[2] or self.name

    @property
    def short_commit(self) -> str:
        return self.commit[:SHORT_COMMIT]


def source_of(tags: Mapping[str, str]) -> RunSource:
    repository = tags.get("mlflow.source.git.repoURL") or tags.get("mlflow.gitRepoURL") or ""
    commit = tags.get("mlflow.source.git.commit", "")
    return RunSource(
        name=tags.get("mlflow.source.name", ""),
        kind=tags.get("mlflow.source.type", "").lower(),
        commit=commit,
        branch=tags.get("mlflow.source.git.branch") or tags.get("mlflow.gitBranchName") or "",
        repository=repository,
        commit_href=_commit_href(repository, commit),
        image=tags.get("mlflow.docker.image.name", ""),
    )


def _commit_href(repository: str, commit: str) -> str:
    """git@host:team/project.git and https://host/team/project.git both become https://host/team/project/commit/…."""
    address = repository.removesuffix(".git")
    if address.startswith("git@") and ":" in address:
        address = "https://" + address.removeprefix("git@").replace(":", "/", 1)
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in WEB_SCHEMES or not host or not commit.isalnum():
        return ""
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}/commit/{commit}"


@dataclass(frozen=True, slots=True)
class InputFacts:
    """`shape` and `place` are "" where the client did not say them."""

    name: str
    digest: str
    context: str
    source_type: str
    shape: str
    place: str


def facts_of(each: DatasetInput) -> InputFacts:
    """Profile, schema and source are JSON of the client's own making, if they are JSON at all."""
    dataset = each.dataset
    parts = []
    if isinstance(rows := _json_of(dataset.profile).get("num_rows"), int):
        parts.append(f"{rows:,} rows")
    if isinstance(columns := _json_of(dataset.schema).get("mlflow_colspec"), list):
        parts.append(f"{len(columns):,} columns")
    source = _json_of(dataset.source)
    places = (source.get(key) for key in PLACE_KEYS)
    place = next((place for place in places if isinstance(place, str)), "")
    return InputFacts(dataset.name, dataset.digest, each.context, dataset.source_type, ", ".join(parts), place)


def _json_of(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
