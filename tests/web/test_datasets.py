"""The page of a dataset: what it is, and every run and version that came of it."""

import json

import pytest

from models_app.actors import SYSTEM
from models_app.services import runs
from models_app.services.runs import DatasetRecord
from models_app.web import addresses
from models_app.web.dataset_facts import columns_in, profile_facts, source_facts
from models_app.web.views import datasets
from tests import make
from tests.web.pages import fragment, page, queries

pytestmark = pytest.mark.django_db
COLUMNS = [{"type": "double", "name": "length", "required": True}, {"type": "string", "name": "kind"}]


def record(digest: str = "a1b2", name: str = "iris", context: str = "train", **fields: str) -> DatasetRecord:
    given = {
        "source_type": "http",
        "source": json.dumps({"url": "https://data.example/iris.csv"}),
        "schema": json.dumps({"mlflow_colspec": COLUMNS}),
        "profile": json.dumps({"num_rows": 1_500, "num_elements": 3_000}),
    } | fields
    tags = (("mlflow.data.context", context),) if context else ()
    return DatasetRecord(name=name, digest=digest, tags=tags, **given)


def reader(*records: DatasetRecord, experiment=None, **fields):
    run = make.run(experiment, **fields)
    runs.log_inputs(actor=SYSTEM, run_id=run.pk, datasets=records or [record()])
    return run


def test_page_says_what_the_dataset_is(client):
    reader()
    content = page(client, "/datasets/a1b2")
    for text in (
        "<title>iris",
        "1,500 rows, 2 columns",
        'href="https://data.example/iris.csv" rel="nofollow noopener noreferrer"',
        ">3,000</dd>",
        ">double</td>",
        "kind",
    ):
        assert text in content
    assert 'href="/experiments" data-shortcut="g e" aria-current="true"' in content


def test_every_run_is_there_with_what_it_did_with_the_data(client):
    one = reader(run_name="trained", metrics_={"accuracy": 0.5})
    two = reader(record(context="eval"), run_name="measured")
    runs.delete_run(actor=SYSTEM, run_id=two.pk)
    content = page(client, "/datasets/a1b2")
    assert content.index(f'href="/runs/{two.pk}"') < content.index(f'href="/runs/{one.pk}"'), "the latest use first"
    assert 'value="0.5"' in content
    assert '<span class="chip">deleted</span>' in content
    train = fragment(client, "/datasets/a1b2?context=train", "uses")
    assert "trained" in train
    assert "measured" not in train


def test_versions_made_of_it_are_there(client):
    run = reader(run_name="the maker")
    make.version("iris", of_run=run, aliases=["champion"])
    make.version("other", of_run=make.run())
    content = page(client, "/datasets/a1b2")
    assert 'href="/models/iris/versions/1"' in content
    assert "/models/other" not in content


def test_versions_are_found_either_way(client, monkeypatch):
    make.version("iris", of_run=reader())
    monkeypatch.setattr(datasets, "FEW_USES", 0)
    assert 'href="/models/iris/versions/1"' in page(client, "/datasets/a1b2")


def test_one_digest_under_many_names_is_one_page(client):
    reader(record(), record(name="flowers", context="test"))
    both = page(client, "/datasets/a1b2")
    assert "known under 2 names" in both
    assert "Schema of iris" in both
    assert "Schema of flowers" in both
    one = page(client, "/datasets/a1b2?name=flowers")
    assert "Schema of" not in one
    assert 'id="runs-title">Runs <span class="count">1</span>' in one


def test_runs_are_paged(client, monkeypatch):
    monkeypatch.setattr(datasets, "USES_PAGE", 2)
    made = [reader(run_name=f"number-{number}") for number in range(3)]
    first = page(client, "/datasets/a1b2")
    assert made[0].pk not in first
    before = first.partition("?before=")[2].partition('"')[0]
    second = page(client, f"/datasets/a1b2?before={before}")
    assert made[0].pk in second
    assert made[1].pk not in second


def test_long_schema_is_searched_and_paged(client):
    columns = [{"type": "long", "name": f"column{number:03}"} for number in range(250)]
    reader(record(schema=json.dumps({"mlflow_colspec": columns})))
    first = page(client, "/datasets/a1b2")
    assert first.count('<td class="mono">long</td>') == 100
    assert "?columns_from=100" in first
    found = fragment(client, "/datasets/a1b2?columns_q=column24", "schema")
    assert found.count('<td class="mono">long</td>') == 10


@pytest.mark.parametrize(
    "digest", ["a/b", "..", "a//b", "<script>", "mit leer", "%2e", "?q#x", "\u202ertl", "é" * 36, "/", "."]
)
def test_any_digest_has_an_address(client, digest):
    reader(record(digest=digest))
    address = addresses.dataset(digest)
    assert "<script>" not in address
    content = page(client, address)
    assert "1,500 rows" in content
    run = page(client, f"/runs/{reader(record(digest=digest)).pk}")
    assert f'href="{address.replace("&", "&amp;")}"' in run


def test_unknown_digest_is_not_found(client):
    for address in ("/datasets/none", "/datasets", "/datasets?digest=x"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("text", ["no json", "[" * 100_000, '{"mlflow_colspec": 3}', "[]", "3", '"x"', "x" * 1_000_000])
def test_texts_that_are_no_json_neither_fail_nor_fill_the_page(client, text):
    run = reader(record(schema=text, profile=text, source=text[:60_000]))
    for address in ("/datasets/a1b2", f"/runs/{run.pk}"):
        assert len(page(client, address)) < 60_000


def test_absurd_addresses_are_answered(client):
    reader()
    for query in ("before=x", f"before={10**20}", "columns_from=9999999", "name=none", "context=a&context=b"):
        assert page(client, f"/datasets/a1b2?{query}")


def test_page_costs_the_same_queries_for_one_use_and_for_many(client):
    make.version("iris", of_run=reader(metrics_={"a": 1.0}))
    one = queries(client, "/datasets/a1b2")
    for number in range(8):
        run = reader(record(), record(name=f"n{number}"), metrics_={"a": 1.0, "b": 2.0})
        make.version("iris", of_run=run, aliases=[f"a{number}"])
    assert queries(client, "/datasets/a1b2") == one <= 12


def test_run_shows_a_page_of_its_datasets_with_schema_and_profile(client):
    records = [record(digest=f"d{number:02}", name=f"name{number:02}") for number in range(25)]
    run = reader(*records)
    content = page(client, f"/runs/{run.pk}")
    assert "20 of 25 datasets" in content
    assert "name19" in content
    assert "name20" not in content
    after = content.partition("?inputs_after=")[2].partition("#")[0]
    assert "name24" in page(client, f"/runs/{run.pk}?inputs_after={after}")


def test_version_links_its_data(client):
    make.version("iris", of_run=reader())
    assert '<a href="/datasets/a1b2">iris</a>' in page(client, "/models/iris/versions/1")


# What a dataset says of itself


def test_tensors_are_columns_too():
    tensor = {"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 28, 28]}}
    spec = {"mlflow_tensorspec": {"features": json.dumps([tensor]), "targets": json.dumps([{**tensor, "name": "y"}])}}
    features, targets = columns_in(json.dumps(spec))
    assert (features.name, features.type, features.part) == ("features", "tensor(float32), shape N × 28 × 28", "")
    assert (targets.name, targets.part) == ("y", "targets")


def test_figures_of_a_profile_are_readable():
    profile = json.dumps({"num_rows": 1500, "features_shape": [10, 2], "features_nbytes": 62720})
    facts = {fact.label: fact.value for fact in profile_facts(profile)}
    assert facts == {"rows": "1,500", "features shape": "10 × 2", "features nbytes": "62.7 kB (62,720 bytes)"}


@pytest.mark.parametrize(
    ("source_type", "source", "said"),
    [
        ("http", {"url": "https://data.example/iris.csv"}, "· <span"),
        ("s3", {"uri": "s3://bucket/x"}, "· <span"),
        ("delta_table", {"delta_table_name": "db.iris"}, "· delta_table <span"),
        ("local", {}, "· local</p>"),
    ],
)
def test_kind_of_source_is_not_said_twice(client, source_type, source, said):
    run = make.run()
    read = record(source_type=source_type, source=json.dumps(source))
    runs.log_inputs(actor=SYSTEM, run_id=run.pk, datasets=[read])
    assert said in page(client, f"/runs/{run.pk}")


def test_only_addresses_of_the_web_are_links():
    places = ("javascript:alert(1)", "s3://bucket/x", "https://a.example/x", "http://[")
    facts = source_facts(json.dumps(dict(enumerate(places))))
    assert [fact.href for fact in facts] == ["", "", "https://a.example/x", ""]
