"""The addresses of things, for links from anywhere; names may hold any character but a slash."""

from collections.abc import Iterable
from urllib.parse import quote, urlencode


def registered_model(name: str) -> str:
    return f"/models/{quote(name, safe='')}"


def model_version(name: str, number: int) -> str:
    return f"{registered_model(name)}/versions/{number}"


def experiment(experiment_id: int, query: Iterable[tuple[str, str]] = ()) -> str:
    asked = urlencode(list(query))
    return f"/experiments/{experiment_id}?{asked}" if asked else f"/experiments/{experiment_id}"


def run(run_id: str) -> str:
    return f"/runs/{quote(run_id, safe='')}"


def run_files(run_id: str, path: str = "") -> str:
    return f"{run(run_id)}/files/{quote(path)}" if path else f"{run(run_id)}/files"


def logged_model(model_id: str) -> str:
    return f"/logged-models/{quote(model_id, safe='')}"


def logged_model_files(model_id: str) -> str:
    return f"{logged_model(model_id)}/files"


def dataset(digest: str) -> str:
    """A client's digest may be any text; browsers take dots between slashes for a way up."""
    if any(part in {"", ".", ".."} for part in digest.split("/")):
        return f"/datasets?{urlencode({'digest': digest})}"
    return f"/datasets/{quote(digest)}"


def register(*, run_id: str = "", path: str = "", model_id: str = "", source: str = "") -> str:
    """The Register Model dialog for a folder of a run, a logged model, or any other source."""
    given = {"run": run_id, "path": path, "model_id": model_id, "source": source}
    query = urlencode({key: value for key, value in given.items() if value})
    return f"/register?{query}" if query else "/register"


def compare(run_ids: Iterable[str], **state: str) -> str:
    """Several runs side by side; `state` is what else the address says, as `view="charts"`."""
    return f"/runs/compare?{urlencode([*(('ids', run_id) for run_id in run_ids), *state.items()])}"
