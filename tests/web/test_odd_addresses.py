"""Whatever stands behind the question mark of an address, the page answers; whatever the method, it says so."""

import re
from pathlib import Path

import pytest
from django.urls import NoReverseMatch, reverse

import models_app.web
from models_app.actors import SYSTEM
from models_app.services import artifacts, metrics, saved_views
from models_app.services.metrics import Point
from models_app.web.urls import urlpatterns
from tests import make

pytestmark = pytest.mark.django_db
SOURCES = sorted(Path(models_app.web.__file__).parent.rglob("*.py"))
WORD = re.compile(r'GET\.(?:get|getlist)\(\s*"(\w+)"|"(\w+)" (?:not )?in request\.GET')
WORDS = sorted({one or two for path in SOURCES for one, two in WORD.findall(path.read_text())})
ANSWERS_WITH_BYTES = {"zip", "raw", "download"}  # the rest of the page is never asked then
NAMES = sorted({pattern.name for pattern in urlpatterns if pattern.name})
ODD = {
    "negative": "-1",
    "beyond 64 bits": "9" * 30,
    "no ASCII digits": "٣²",
    "markup": "<script>alert(1)</script> \u202e",
    "signs": "'\"`\\:;,.=&%2e%00../..",
    "half a filter": "metrics.loss >",
    "long": "x" * 3_000,
}


@pytest.fixture
def addresses() -> dict[str, str]:
    """Every page there is, of a thing that exists."""
    experiment = make.experiment()
    run = make.run(experiment, params={"depth": "3"})
    metrics.log_batch(
        actor=SYSTEM, run_id=run.pk, metrics=[Point(key="loss", value=1 / n, timestamp=n, step=n) for n in range(1, 5)]
    )
    make.model_folder(run)
    logged = make.logged_model(run)
    make.version("iris", of_run=run, aliases=["champion"])
    view = saved_views.create_saved_view(actor=SYSTEM, experiment_id=experiment.pk, name="view", query="q=x")
    known = {
        "name": "iris", "number": 1, "alias": "champion", "experiment_id": experiment.pk, "run_id": run.pk,
        "model_id": logged.pk, "view_id": view.pk, "digest": "abc", "request_id": "x", "path": "model/MLmodel",
        "kind": "curves", "key": "loss",
    }  # fmt: skip
    assert artifacts.files_root(run)
    found = {}
    for pattern in urlpatterns:
        if not pattern.name or pattern.name in {"login", "logout"}:
            continue
        wanted = {word: known[word] for word in pattern.pattern.converters}
        try:
            found[pattern.name] = reverse(f"web:{pattern.name}", kwargs=wanted)
        except NoReverseMatch as error:
            raise AssertionError(f"no example for {pattern.name}") from error
    return found


def test_words_of_addresses_are_found_in_the_source():
    assert {"q", "sort", "page", "cols", "ids", "smooth", "zip", "view"} <= set(WORDS)


@pytest.mark.parametrize("odd", ODD)
def test_no_page_fails_whatever_its_query_says(client, addresses, odd):
    asked = {word: ODD[odd] for word in WORDS if word not in ANSWERS_WITH_BYTES}
    for number, (name, address) in enumerate(addresses.items()):
        response = client.get(address, asked, headers={"HX-Request": "true"} if number % 2 else {})
        assert response.status_code < 500, (name, odd)
        content = response.getvalue()
        assert b"<script>alert" not in content or not response.headers["Content-Type"].startswith("text/html"), name


@pytest.mark.parametrize("word", sorted(ANSWERS_WITH_BYTES))
def test_files_are_answered_whatever_else_is_asked(client, addresses, word):
    for name in ("run_files", "logged_model_files", "model_version_files"):
        for odd in ODD.values():
            assert client.get(addresses[name], {word: odd, "page": odd, "at": odd}).status_code < 500, name


def test_pages_take_the_methods_they_are_made_for_and_no_other(client, addresses):
    others = [name for name, address in addresses.items() if client.delete(address).status_code != 405]
    assert others == []
