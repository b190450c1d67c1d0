"""What differs from MLflow's own server on purpose, where no other test shows it; and that every row of the table is
shown by a test that exists."""

import re
from pathlib import Path
from typing import Any

import pytest

from models_app.models import LoggedModelParam
from tests import make
from tests.api.conftest import Api

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "models_app" / "api" / "mlflow" / "DIFFERENCES.md"
ROWS = [line for line in TABLE.read_text().splitlines() if line.startswith("| ") and "---" not in line]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@pytest.mark.parametrize("row", [row for row in ROWS if not row.startswith("| what")])
def test_every_row_names_a_test_that_exists(row: str) -> None:
    what, theirs, ours, why, tests = row.strip("| ").split(" | ")
    assert all((what, theirs, ours, why))
    named = NAMED.findall(tests)
    assert named
    for path, name in named:
        assert f"\ndef {name}(" in (ROOT / path).read_text(), f"{path}::{name}"


def test_the_table_is_found_from_where_people_look() -> None:
    for text in ("README.md", "models_app/ARCHITECTURE.md"):
        assert "DIFFERENCES.md" in (ROOT / text).read_text()


def refused(answer: dict[str, Any]) -> None:
    assert answer["error_code"] == "INVALID_PARAMETER_VALUE"


def test_renaming_a_deleted_experiment_is_a_conflict(api: Api) -> None:
    gone = str(make.experiment().pk)
    api.post("mlflow/experiments/delete", experiment_id=gone)
    refusal = api.post("mlflow/experiments/update", experiment_id=gone, new_name="new", expect=409)
    assert refusal["error_code"] == "INVALID_STATE"


@pytest.mark.parametrize("wrong", [5, 1.5, True, [], {}, ["a"]])
def test_a_wrong_type_within_a_list_is_refused(api: Api, wrong: object) -> None:
    run = make.run().pk
    refused(api.post("mlflow/registered-models/create", name="a", tags=[{"key": "k", "value": wrong}], expect=400))
    refused(api.post("mlflow/runs/log-batch", run_id=run, params=[{"key": "k", "value": wrong}], expect=400))
    point = {"key": "m", "value": 1, "timestamp": wrong if wrong != 5 else 2**63}
    refused(api.post("mlflow/runs/log-batch", run_id=run, metrics=[point], expect=400))
    refused(api.post("mlflow/runs/log-metric", run_id=run, key="m", value=True, timestamp=1, expect=400))
    refused(api.post("mlflow/runs/log-inputs", run_id=run, datasets=[{"dataset": {"name": "d"}}], expect=400))


def test_a_word_that_is_no_value_of_an_enum_is_refused(api: Api) -> None:
    run = make.run().pk
    refused(api.post("mlflow/runs/update", run_id=run, status="DONE", expect=400))
    refused(api.post("mlflow/runs/search", experiment_ids=["0"], run_view_type="SOME", expect=400))
    refused(api.post("mlflow/experiments/search", max_results=1, view_type=7, expect=400))
    assert api.post("mlflow/runs/update", run_id=run, status="3")["run_info"]["status"] == "FINISHED"


def test_addresses_of_files_name_the_field_that_is_missing(api: Api) -> None:
    for address, field in (
        (f"/get-artifact?run_id={make.run().pk}", "path"),
        ("/get-artifact?path=a.txt", "run_id"),
        ("/model-versions/get-artifact?name=iris&version=1", "path"),
        (f"/ajax-api/2.0/mlflow/logged-models/{make.logged_model().pk}/artifacts/files", "artifact_file_path"),
    ):
        response = api.client.get(address, **api.headers)
        assert response.status_code == 400
        refused(response.json())
        assert field in response.json()["message"]


def test_a_boolean_may_be_written_as_text(api: Api) -> None:
    make.version("iris")
    fields = {"name": "iris", "version": "1", "stage": "Staging", "archive_existing_versions": "true"}
    answer = api.post("mlflow/model-versions/transition-stage", **fields)
    assert answer["model_version"]["current_stage"] == "Staging"


def test_every_call_takes_the_old_name_of_a_run(api: Api) -> None:
    run = make.run(tags={"k": "v"}).pk
    for call, fields in (
        ("log-batch", {}), ("log-inputs", {}), ("outputs", {"models": []}), ("delete-tag", {"key": "k"}),
        ("delete", {}), ("restore", {}),
    ):  # fmt: skip
        assert api.post(f"mlflow/runs/{call}", run_uuid=run, **fields) == {}


def test_the_model_of_the_address_is_the_model_that_changes(api: Api) -> None:
    first, second = make.logged_model().pk, make.logged_model().pk
    path = f"mlflow/logged-models/{first}"
    refused(api.patch(path, model_id=second, status="LOGGED_MODEL_READY", expect=400))
    refused(api.post(f"{path}/params", model_id=second, params=[{"key": "k", "value": "v"}], expect=400))
    assert not LoggedModelParam.objects.exists()


def test_texts_have_limits_on_every_database(api: Api) -> None:
    make.version("iris")
    run, number = make.run().pk, "0"
    for method, path, fields, name, limit in (
        ("patch", "registered-models/update", {"name": "iris"}, "description", 100_000),
        ("patch", "model-versions/update", {"name": "iris", "version": "1"}, "description", 100_000),
        ("post", "model-versions/create", {"name": "iris", "source": "s3://b/x"}, "run_link", 4_096),
        ("post", "runs/update", {"run_id": run}, "run_name", 1_000),
        ("post", "logged-models", {"experiment_id": number}, "name", 500),
        ("post", "logged-models", {"experiment_id": number}, "model_type", 500),
        ("post", "logged-models", {"experiment_id": number}, "source_run_id", 250),
    ):
        ask = getattr(api, method)
        assert ask(f"mlflow/{path}", **fields, **{name: "x" * limit})
        refused(ask(f"mlflow/{path}", **fields, **{name: "x" * (limit + 1)}, expect=400))
    long = "s3://b/" + "x" * 4_089
    assert api.post("mlflow/model-versions/create", name="iris", source=long)
    refused(api.post("mlflow/model-versions/create", name="iris", source=long + "x", expect=400))


def test_a_key_of_blanks_is_refused(api: Api) -> None:
    run = make.run().pk
    make.model("iris")
    refused(api.post("mlflow/runs/set-tag", run_id=run, key=" ", value="v", expect=400))
    refused(api.post("mlflow/runs/log-parameter", run_id=run, key=" ", value="v", expect=400))
    refused(api.post("mlflow/runs/log-metric", run_id=run, key=" ", value=1, timestamp=1, expect=400))
    refused(api.post("mlflow/registered-models/set-tag", name="iris", key=" ", value="v", expect=400))


def test_a_logged_models_long_param_is_cut_like_a_runs(api: Api) -> None:
    model = make.logged_model().pk
    api.post(f"mlflow/logged-models/{model}/params", model_id=model, params=[{"key": "k", "value": "v" * 6_001}])
    (param,) = api.get(f"mlflow/logged-models/{model}")["model"]["data"]["params"]
    assert len(param["value"]) == 6_000


def test_a_new_runs_long_tag_is_cut_like_one_that_is_set(api: Api) -> None:
    run = api.post("mlflow/runs/create", experiment_id="0", tags=[{"key": "new", "value": "v" * 8_001}])["run"]
    run_id = run["info"]["run_id"]
    api.post("mlflow/runs/set-tag", run_id=run_id, key="set", value="v" * 8_001)
    tags = {tag["key"]: tag["value"] for tag in api.get("mlflow/runs/get", run_id=run_id)["run"]["data"]["tags"]}
    assert (len(tags["new"]), len(tags["set"])) == (8_000, 8_000)


def test_of_one_key_given_twice_at_creation_the_last_value_counts(api: Api) -> None:
    twice = [{"key": "k", "value": "1"}, {"key": "k", "value": "2"}]
    number = api.post("mlflow/experiments/create", name="wine", tags=twice)["experiment_id"]
    (tag,) = api.get("mlflow/experiments/get", experiment_id=number)["experiment"]["tags"]
    assert tag["value"] == "2"
    run = api.post("mlflow/runs/create", experiment_id=number, tags=twice)["run"]
    assert {"key": "k", "value": "2"} in run["data"]["tags"]
    model = api.post("mlflow/logged-models", experiment_id=number, name="m", tags=twice)["model"]
    assert model["info"]["tags"] == [{"key": "k", "value": "2"}]
    used = {"tags": twice, "dataset": {"name": "d", "digest": "x", "source_type": "local", "source": "{}"}}
    api.post("mlflow/runs/log-inputs", run_id=run["info"]["run_id"], datasets=[used])
    (link,) = api.get("mlflow/runs/get", run_id=run["info"]["run_id"])["run"]["inputs"]["dataset_inputs"]
    assert link["tags"] == [{"key": "k", "value": "2"}]


def test_versions_say_more_of_themselves(api: Api) -> None:
    logged = make.logged_model()
    api.post("mlflow/registered-models/create", name="iris")
    api.post("mlflow/model-versions/create", name="iris", source=f"models:/{logged.pk}", model_id=logged.pk)
    api.post("mlflow/registered-models/alias", name="iris", alias="champion", version="1")
    (row,) = api.get("mlflow/model-versions/search")["model_versions"]
    assert (row["aliases"], row["model_id"]) == (["champion"], logged.pk)
    updated = api.patch("mlflow/model-versions/update", name="iris", version="1")["model_version"]
    assert updated["description"] == ""
    copy = {"name": "iris", "source": "models:/iris/1", "model_id": logged.pk}
    assert api.post("mlflow/model-versions/create", **copy)["model_version"]["model_id"] == logged.pk


def test_runs_say_more_of_themselves(api: Api) -> None:
    logged = make.logged_model()
    made = api.post("mlflow/runs/create", experiment_id="0")["run"]
    assert made["outputs"] == {}
    run = made["info"]["run_id"]
    api.post("mlflow/runs/log-inputs", run_id=run, models=[{"model_id": logged.pk}])
    (row,) = api.post("mlflow/runs/search", experiment_ids=["0"])["runs"]
    assert row["inputs"] == {"model_inputs": [{"model_id": logged.pk}]}


def test_one_moment_may_be_measured_on_several_datasets(api: Api) -> None:
    run = make.run()
    model = make.logged_model(run).pk
    point = {"run_id": run.pk, "key": "acc", "value": 0.5, "timestamp": 1, "model_id": model}
    for digest in ("x", "y", "y"):
        assert api.post("mlflow/runs/log-metric", **point, dataset_name="d", dataset_digest=digest) == {}
    metrics = api.get(f"mlflow/logged-models/{model}")["model"]["data"]["metrics"]
    assert sorted(row["dataset_digest"] for row in metrics) == ["x", "y"]


def test_a_history_in_bulk_writes_nan_as_json_allows(api: Api) -> None:
    run = make.run(metrics_={"m": float("nan")}).pk
    address = f"/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id={run}&metric_key=m"
    assert b'"value":"NaN"' in api.client.get(address, **api.headers).content


def test_a_missing_tag_can_be_searched_for_in_the_registry(api: Api) -> None:
    make.version("iris", tags={"k": "v"})
    make.model("wine")
    found = api.get("mlflow/registered-models/search", filter="tags.k IS NULL")["registered_models"]
    assert [model["name"] for model in found] == ["iris", "wine"]
    assert api.get("mlflow/model-versions/search", filter="tags.k IS NULL") == {}


def test_logged_models_are_searched_like_everything_else(api: Api) -> None:
    make.logged_model(name="m")

    def count(text: str) -> int:
        number = str(make.experiment().pk - 1)
        return len(api.post("mlflow/logged-models/search", experiment_ids=[number], filter=text).get("models", []))

    assert count('name = "m"') == 1
    make.logged_model(name="m")
    assert count("status = 'LOGGED_MODEL_READY'") == 1
    make.logged_model(name="m")
    assert count("params.p IS NULL") == 1


def test_a_location_that_leads_upwards_is_no_place_for_artifacts(api: Api) -> None:
    for wrong in ("..", "s3://b/../x", "s3://b/%2e%2e/x", "%2e%2e/x", "models:/x", "s3://b/x;p"):
        refused(api.post("mlflow/experiments/create", name="wine", artifact_location=wrong, expect=400))


def test_the_gateway_is_not_promised(api: Api) -> None:
    answer = api.client.get("/api/3.0/mlflow/server-info", **api.headers).json()
    assert answer["features_enabled"] == {"gateway": False}
