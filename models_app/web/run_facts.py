"""Where a run came from: the program, commit and repository of its mlflow.* tags."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

SHORT_COMMIT = 10
WEB_SCHEMES = {"http", "https"}


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
