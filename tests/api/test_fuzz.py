"""Every address of the protocol under random requests: never an error of the server, never an endless answer.

The same few hundred requests each time; `FUZZ_SECONDS=900 manage.py test tests/api/test_fuzz.py` goes on with
new ones for that long, on each database, and shows the shortest request it finds for whatever goes wrong.
"""

import json
import os
import time
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlencode

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings

from models_app.api.errors import STATUSES
from models_app.api.middleware import is_api
from models_app.models import Workspace
from models_app.services import experiments, logged_models, registered_models, runs
from tests import make
from tests.api.fuzz import Request, World, sequences

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
EXAMPLES = 500
CPU_SECONDS = 5.0
STATUSES_OF_ITS_OWN = {405, 411}  # for a wrong method, and for a body whose length cannot be known


@pytest.fixture
def world(db: None, store: Path) -> World:
    actor = make.actor()
    Workspace(name="elsewhere", created_at=1).save()
    experiment, gone_experiment = make.experiment(), make.experiment()
    run = make.run(experiment, metrics_={"m": 1.0}, params={"p": "1"}, tags={"k": "v"})
    gone_run = make.run(experiment)
    model, gone_model = make.logged_model(run, tags=[("k", "v")]), make.logged_model(run)
    make.model_folder(run, "folder")
    make.model_folder(run, "")
    for _ in range(2):
        make.version("iris", of_run=run, tags={"k": "v"})
    registered_models.set_registered_model_alias(actor=actor, name="iris", alias="champion", version=1)
    experiments.delete_experiment(actor=actor, experiment_id=gone_experiment.pk)
    runs.delete_run(actor=actor, run_id=gone_run.pk)
    logged_models.delete_logged_model(actor=actor, model_id=gone_model.pk)
    return World(
        {
            "run": run.pk, "gone_run": gone_run.pk, "experiment": str(experiment.pk), "registered": "iris",
            "gone_experiment": str(gone_experiment.pk), "model": model.pk, "gone_model": gone_model.pk,
            "files": run.artifact_uri, "model_files": model.artifact_uri,
        }
    )  # fmt: skip


def send(client: Client, request: Request, world: World) -> Any:
    content = request.content(world)
    path, _, more = world.fill(request.path).partition("?")
    query = urlencode([(name, world.fill(value)) for name, value in request.query], errors="replace")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        # As servers hand it over: decoded once, a byte per character.
        "PATH_INFO": unquote_to_bytes(quote(path, safe="/%;:@&=+$,~!*'()", errors="replace")).decode("latin-1"),
        "QUERY_STRING": "&".join(part for part in (query, more) if part),
        "SERVER_NAME": "localhost",
        "wsgi.input": BytesIO(content),
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(content)),
    }
    if request.is_chunked:
        environ |= {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    for name, value in {"Host": "localhost", **request.headers}.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value.encode().decode("latin-1")
    return client.request(**environ)


def check(response: Any) -> None:
    status = response.status_code
    body = b"".join(response) if response.streaming else response.content
    assert status < 500 or status == 501, body
    if not is_api(response.request["PATH_INFO"]):
        return  # an address of the pages, one character beside ours
    if not body or "json" not in response.get("Content-Type", ""):
        assert status < 400 or not body, body
        return
    # Clients read no bare NaN, and no null in a list.
    answer = json.loads(body, parse_constant=pytest.fail)
    if status < 400 or response.get("Content-Disposition"):
        return
    if "detail" in answer:
        return  # MLflow: a folder that is asked for as a file is refused in another framework's words
    assert STATUSES[answer["error_code"]] == status or status in STATUSES_OF_ITS_OWN, answer
    assert answer["message"]


def explore(world: World, *, examples: int, start: int | None) -> None:
    client = Client(raise_request_exception=False)

    @settings(
        max_examples=examples,
        derandomize=start is None,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if SECONDS else [Phase.generate],
    )
    @given(sequences)
    def answers(requests: list[Request]) -> None:
        with transaction.atomic():
            for request in requests:
                began = time.process_time()
                check(send(client, request, world))
                assert time.process_time() - began < CPU_SECONDS
            # Each example finds the world as it was.
            transaction.set_rollback(True)

    (answers if start is None else seed(start)(answers))()


def test_no_request_breaks_or_holds_up_the_server(world: World) -> None:
    explore(world, examples=EXAMPLES, start=None)


@pytest.mark.skipif(not SECONDS, reason="FUZZ_SECONDS says how long to search")
def test_a_long_search_finds_nothing_either(world: World) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        explore(world, examples=300, start=time.time_ns())
