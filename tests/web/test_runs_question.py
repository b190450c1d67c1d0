"""What an address asks of the runs table: its order, a filter, and what narrows it beside the box."""

import re
from datetime import UTC, datetime

import pytest

from models_app.actors import SYSTEM
from models_app.clock import now_ms
from models_app.models import Run
from models_app.services import model_versions, runs
from models_app.services.runs import DatasetRecord
from models_app.web import lists
from tests import make
from tests.web.pages import page, queries

pytestmark = pytest.mark.django_db


def test_runs_are_sorted_by_a_metric_and_filtered(client):
    experiment = make.experiment()
    for name, accuracy in (("low", 0.1), ("high", 0.9), ("middle", 0.5)):
        make.run(experiment, run_name=name, metrics_={"accuracy": accuracy})
    content = page(client, f"/experiments/{experiment.pk}?sort=-metrics.accuracy&q=metrics.accuracy > 0.2")
    assert content.index(">high</a>") < content.index(">middle</a>")
    assert ">low</a>" not in content
    assert 'aria-sort="descending"' in content


def test_metric_with_an_unusual_key_sorts_too(client):
    experiment = make.experiment()
    make.run(experiment, run_name="low", metrics_={"val/f1 score": 0.1})
    make.run(experiment, run_name="high", metrics_={"val/f1 score": 0.9})
    content = page(client, f"/experiments/{experiment.pk}?sort=metrics.val/f1 score")
    assert content.index(">low</a>") < content.index(">high</a>")


def test_runs_are_sorted_by_their_duration(client):
    experiment = make.experiment()
    for name, seconds in (("middle", 5), ("long", 50), ("short", 1)):
        run = make.run(experiment, run_name=name, start_time=1_700_000_000_000)
        runs.update_run(actor=SYSTEM, run_id=run.pk, status="FINISHED", end_time=1_700_000_000_000 + seconds * 1_000)
    make.run(experiment, run_name="running", start_time=1_700_000_000_000)
    content = page(client, f"/experiments/{experiment.pk}?sort=-duration")
    places = [content.index(f">{name}</a>") for name in ("long", "middle", "short", "running")]
    assert places == sorted(places)


def names_in(content: str) -> list[str]:
    return re.findall(r"data-row-link>([^<]+)</a>", content)


def read(run: Run, *names: str) -> None:
    for name in names:
        record = DatasetRecord(name=name, digest=name, source_type="local", source="{}")
        runs.log_inputs(actor=SYSTEM, run_id=run.pk, datasets=[record])


def test_runs_are_sorted_by_the_dataset_they_read_first(client):
    experiment = make.experiment()
    for number, (name, datasets) in enumerate(
        (("two", ("iris", "zoo")), ("none", ()), ("one", ("apples",)), ("first", ("zoo", "apples")))
    ):
        read(make.run(experiment, run_name=name, start_time=number), *datasets)
    address = f"/experiments/{experiment.pk}"
    assert names_in(page(client, f"{address}?sort=dataset")) == ["one", "two", "first", "none"]
    assert names_in(page(client, f"{address}?sort=-dataset")) == ["first", "two", "one", "none"]
    assert names_in(page(client, f"{address}?sort=dataset&q=datasets.name = 'zoo'")) == ["two", "first"]


def test_runs_are_sorted_by_their_first_registered_model(client):
    experiment = make.experiment()
    made = {name: make.run(experiment, run_name=name, start_time=n) for n, name in enumerate(("a", "b", "c", "d"))}
    make.version("wine", of_run=made["a"])
    make.version("iris", of_run=made["a"])
    make.version("moons", of_run=made["b"])
    deleted = make.version("apples", of_run=made["c"])
    model_versions.delete_model_version(actor=SYSTEM, name="apples", version=deleted.number)
    address = f"/experiments/{experiment.pk}"
    content = page(client, f"{address}?sort=models")
    assert names_in(content) == ["a", "b", "d", "c"]
    assert 'aria-sort="ascending" data-column="models"' in content
    assert "By the name of its first registered model" in content
    assert names_in(page(client, f"{address}?sort=-models")) == ["b", "a", "d", "c"]


@pytest.mark.parametrize("sort", ["dataset", "-dataset", "models", "-models"])
def test_pages_by_what_a_run_has_several_of_hold_each_run_once(client, monkeypatch, sort):
    monkeypatch.setattr(lists.read_list, "__kwdefaults__", {**lists.read_list.__kwdefaults__, "page_size": 2})
    experiment = make.experiment()
    for number in range(7):
        run = make.run(experiment, run_name=f"run {number}", start_time=number // 2)
        if number % 3:
            read(run, f"set {number % 2}", "other")
            make.version(f"model {number % 2}", of_run=run)
    address, found = f"/experiments/{experiment.pk}?sort={sort}", []
    counts = set()
    while address:
        content = page(client, address)
        counts.add(queries(client, address))
        found.append(names_in(content))
        following = re.search(r'href="([^"]+)" rel="next"', content)
        address = f"/experiments/{experiment.pk}{following[1].replace('&amp;', '&')}" if following else ""
    assert [len(names) for names in found] == [2, 2, 2, 1]
    assert sorted(name for names in found for name in names) == [f"run {number}" for number in range(7)]
    assert max(counts) <= 24


def test_mistaken_filter_of_runs_leaves_the_page_whole(client):
    experiment = make.experiment("iris")
    response = client.get(f"/experiments/{experiment.pk}", {"q": "metrics.accuracy > high"})
    assert response.status_code == 422
    assert "iris</h1>" in response.content.decode()


def test_runs_are_narrowed_by_status_time_and_dataset(client):
    experiment = make.experiment()
    now = now_ms()
    old = make.run(experiment, run_name="old", start_time=now - 3 * 24 * 3_600_000)
    failed = make.run(experiment, run_name="failed", start_time=now)
    runs.update_run(actor=SYSTEM, run_id=failed.pk, status="FAILED")
    record = DatasetRecord(name="iris", digest="abc", source_type="local", source="{}")
    runs.log_inputs(actor=SYSTEM, run_id=old.pk, datasets=[record])
    address = f"/experiments/{experiment.pk}"
    for query, found, left_out, chip in (
        ("status=FAILED&status=nonsense", "failed", "old", "Failed"),
        ("since=24h", "failed", "old", "Last 24 hours"),
        ("dataset=abc", "old", "failed", "Dataset abc"),
    ):
        content = page(client, f"{address}?{query}")
        assert f">{found}</a>" in content, query
        assert f">{left_out}</a>" not in content, query
        assert f"<span>{chip}</span>" in content, query
    assert "No run matches" in page(client, f"{address}?status=KILLED")
    assert ">old</a>" in page(client, f"{address}?since=forever&open=x&group=nonsense")


def test_runs_are_narrowed_to_days_the_last_one_included(client):
    experiment = make.experiment()
    for day in (1, 2, 3):
        at = int(datetime(2026, 11, day, 23, 59, tzinfo=UTC).timestamp() * 1000)
        make.run(experiment, run_name=f"of day {day}", start_time=at)
    address = f"/experiments/{experiment.pk}"

    def found(query: str) -> list[int]:
        content = page(client, f"{address}?{query}")
        return [day for day in (1, 2, 3) if f">of day {day}</a>" in content]

    assert found("from_day=2026-11-02") == [2, 3]
    assert found("until_day=2026-11-02") == [1, 2]
    assert found("from_day=2026-11-02&until_day=2026-11-02") == [2]
    assert found("from_day=yesterday&until_day=2026-13-01") == [1, 2, 3]
    assert "<span>From 2026-11-02</span>" in page(client, f"{address}?from_day=2026-11-02")


def test_a_filter_that_finds_nothing_says_what_may_be_wrong(client):
    experiment = make.experiment()
    address = f"/experiments/{experiment.pk}"
    assert "did not log" not in page(client, f"{address}?q=metrics.loss > 0")
    make.run(experiment, metrics_={"val_accuracy": 0.5}, params={"depth": "3"})
    content = page(client, f"{address}?q=metrics.val_acuracy > 0.4")
    assert "The run here did not log the metric val_acuracy." in content
    better = "?q=metrics.val_accuracy+%3E+0.4"
    assert f'Did you mean <a href="{better}"><code>metrics.val_accuracy</code></a>?' in content
    assert "No run matches" not in page(client, f"{address}{better}")
    content = page(client, f"{address}?q=param.colour = 'red' AND status = 'running'")
    assert "did not log the param colour." in content
    assert "No run has the status &#x27;running&#x27;" in content
    assert "?q=param.colour+%3D+%27red%27+AND+status+%3D+%27RUNNING%27" in content
    assert "<code>status = &#x27;RUNNING&#x27;</code></a>" in content
    assert "did not log" not in page(client, f"{address}?q=metrics.val_accuracy > 0.9 AND tags.team IS NULL")
    make.run(experiment)
    content = page(client, f"{address}?q=tags.team = 'red'")
    assert "None of the latest 2 runs logged the tag team." in content


def test_a_filter_that_finds_very_many_is_counted_as_far_as_it_tells(client, monkeypatch):
    monkeypatch.setattr(lists, "FILTERED_COUNT_LIMIT", 2)
    experiment = make.experiment()
    for number in range(3):
        make.run(experiment, metrics_={"loss": number})
    assert "more than 2 runs" in page(client, f"/experiments/{experiment.pk}?q=metrics.loss >= 0")
    assert "2 runs" in page(client, f"/experiments/{experiment.pk}?q=metrics.loss >= 1")
    assert "3 runs" in page(client, f"/experiments/{experiment.pk}")
