import pytest

from models_app.models import Run
from tests import make
from tests.api.conftest import Api

PATH = "mlflow/runs"
NOW = 1_700_000_000_000


def data_of(api: Api, run: Run) -> dict:
    return api.get(f"{PATH}/get", run_id=run.pk)["run"]["data"]


def test_a_run_is_created_with_a_name_it_was_not_given(api: Api) -> None:
    made = api.post(f"{PATH}/create", experiment_id="0", user_id="mia", start_time=NOW)["run"]
    info = made["info"]

    assert info["run_id"] == info["run_uuid"]
    assert (info["experiment_id"], info["user_id"], info["status"], info["start_time"]) == ("0", "mia", "RUNNING", NOW)
    assert info["artifact_uri"] == f"mlflow-artifacts:/0/{info['run_id']}/artifacts"
    assert "end_time" not in info
    assert made["data"]["tags"] == [{"key": "mlflow.runName", "value": info["run_name"]}]
    assert made["inputs"] == {}
    assert api.get(f"{PATH}/get", run_id=info["run_id"])["run"] == made
    assert api.get(f"{PATH}/get", run_uuid=info["run_id"])["run"] == made


def test_a_run_needs_an_active_experiment(api: Api) -> None:
    gone = make.experiment()
    api.post("mlflow/experiments/delete", experiment_id=str(gone.pk))

    assert api.post(f"{PATH}/create", expect=400)["error_code"] == "INVALID_PARAMETER_VALUE"
    assert api.post(f"{PATH}/create", experiment_id="999", expect=404)["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    refusal = api.post(f"{PATH}/create", experiment_id=str(gone.pk), expect=400)
    assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"


def test_two_names_for_one_run_are_refused(api: Api) -> None:
    tags = [{"key": "mlflow.runName", "value": "a"}]

    assert api.post(f"{PATH}/create", experiment_id="0", run_name="b", tags=tags, expect=400)
    assert api.post(f"{PATH}/create", experiment_id="0", tags=tags)["run"]["info"]["run_name"] == "a"


def test_an_update_sets_what_it_names(api: Api) -> None:
    run = make.run()
    info = api.post(f"{PATH}/update", run_id=run.pk, status="FINISHED", end_time=NOW)["run_info"]
    assert (info["status"], info["end_time"], info["run_name"]) == ("FINISHED", NOW, run.name)
    info = api.post(f"{PATH}/update", run_id=run.pk, run_name="after")["run_info"]
    assert (info["status"], info["run_name"]) == ("FINISHED", "after")
    assert {"key": "mlflow.runName", "value": "after"} in data_of(api, run)["tags"]


def test_a_status_is_a_name_or_its_number(api: Api) -> None:
    run = make.run()

    for given, kept in ((4, "FAILED"), ("SCHEDULED", "SCHEDULED")):
        assert api.post(f"{PATH}/update", run_id=run.pk, status=given)["run_info"]["status"] == kept
    refusal = api.post(f"{PATH}/update", run_id=run.pk, status="DONE", expect=400)
    assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_deleted_run_is_read_and_not_written(api: Api) -> None:
    run = make.run()
    for _ in range(2):
        assert api.post(f"{PATH}/delete", run_id=run.pk) == {}

    assert api.get(f"{PATH}/get", run_id=run.pk)["run"]["info"]["lifecycle_stage"] == "deleted"
    for call, fields in (
        ("log-metric", {"key": "m", "value": 1, "timestamp": 1}),
        ("log-parameter", {"key": "p", "value": "1"}),
        ("set-tag", {"key": "t", "value": "1"}),
        ("log-batch", {"tags": [{"key": "t", "value": "1"}]}),
        ("update", {}),
    ):
        refusal = api.post(f"{PATH}/{call}", run_id=run.pk, expect=400, **fields)
        assert "'active' state" in refusal["message"], call
    for _ in range(2):
        assert api.post(f"{PATH}/restore", run_id=run.pk) == {}
    assert api.post(f"{PATH}/set-tag", run_id=run.pk, key="t", value="1") == {}


def test_a_run_that_is_not_there_is_missing(api: Api) -> None:
    for call in ("update", "delete", "restore", "log-batch"):
        refusal = api.post(f"{PATH}/{call}", run_id="0" * 32, expect=404)
        assert refusal["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert api.get(f"{PATH}/get", run_id="../x", expect=404)["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    for call in ("log-batch", "log-inputs"):
        assert api.post(f"{PATH}/{call}", run_id="../x", expect=400)["error_code"] == "INVALID_PARAMETER_VALUE"


def test_tags_of_a_new_run_may_have_keys_that_set_tag_refuses(api: Api) -> None:
    keys = ["a(b)", "../x", "ключ=1", "a%b"]
    made = api.post(f"{PATH}/create", experiment_id="0", tags=[{"key": key, "value": "1"} for key in keys])["run"]
    assert {tag["key"] for tag in made["data"]["tags"]} == {*keys, "mlflow.runName"}
    for key in keys:
        assert api.post(f"{PATH}/set-tag", run_id=made["info"]["run_id"], key=key, value="2", expect=400)
        assert api.post(f"{PATH}/delete-tag", run_id=made["info"]["run_id"], key=key) == {}
    for wrong in ("", "k" * 251):
        tags = [{"key": wrong, "value": "1"}]
        refusal = api.post(f"{PATH}/create", experiment_id="0", tags=tags, expect=400)
        assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"


def test_no_outputs_are_no_mistake(api: Api) -> None:
    assert api.post(f"{PATH}/outputs", run_id=make.run().pk, models=[]) == {}


def test_keys_that_lead_upwards_are_refused(api: Api) -> None:
    run = make.run()
    for key in ("..", "...", "..a", "a/../b", "/a", "a//b"):
        refusal = api.post(f"{PATH}/log-parameter", run_id=run.pk, key=key, value="1", expect=400)
        assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_dataset_of_a_metric_has_name_and_digest(api: Api) -> None:
    point = {"key": "m", "value": 1, "timestamp": 1}
    run = make.run().pk
    for half in ({"dataset_name": "d"}, {"dataset_digest": "x"}):
        refusal = api.post(f"{PATH}/log-metric", run_id=run, expect=400, **point, **half)
        assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"
        assert api.post(f"{PATH}/log-batch", run_id=run, metrics=[{**point, **half}], expect=400)


def test_of_equal_points_the_first_stays_the_latest(api: Api) -> None:
    run = make.run().pk
    for key, values in (("a", ("NaN", 0)), ("b", (0, "NaN"))):
        for value in values:
            api.post(f"{PATH}/log-metric", run_id=run, key=key, value=value, timestamp=1)
    latest = {row["key"]: row["value"] for row in api.get(f"{PATH}/get", run_id=run)["run"]["data"]["metrics"]}
    assert latest == {"a": "NaN", "b": 0.0}
    for key in "ab":
        points = api.get("mlflow/metrics/get-history", run_id=run, metric_key=key)["metrics"]
        assert [point["value"] for point in points] == [0.0, "NaN"]


def test_metrics_keep_odd_numbers_and_the_latest_step(api: Api) -> None:
    run = make.run()
    for key, value, step in (
        ("m", 3, 5),
        ("m", 9, 2),
        ("nan", "NaN", 0),
        ("inf", "Infinity", 0),
        ("low", "-Infinity", 0),
    ):
        api.post(f"{PATH}/log-metric", run_id=run.pk, run_uuid=run.pk, key=key, value=value, step=step, timestamp=NOW)

    points = {point["key"]: point for point in data_of(api, run)["metrics"]}
    assert points["m"] == {"key": "m", "value": 3.0, "timestamp": NOW, "step": 5}
    assert points["nan"]["value"] == "NaN"
    assert points["inf"]["value"] == 1.7976931348623157e308
    assert points["low"]["value"] == -1.7976931348623157e308


@pytest.mark.parametrize(
    "fields",
    [
        {"value": 1, "timestamp": 1},
        {"key": "m", "timestamp": 1},
        {"key": "m", "value": 1},
        {"key": "m", "value": "one", "timestamp": 1},
        {"key": "m", "value": 1, "timestamp": -1},
        {"key": "m", "value": 1, "timestamp": 1, "step": 2**63},
        {"key": "../m", "value": 1, "timestamp": 1},
        {"key": "x" * 251, "value": 1, "timestamp": 1},
    ],
)
def test_a_metric_that_makes_no_sense_is_refused(api: Api, fields: dict[str, object]) -> None:
    refusal = api.post(f"{PATH}/log-metric", run_id=make.run().pk, expect=400, **fields)
    assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_param_is_written_once(api: Api) -> None:
    run = make.run()
    for _ in range(2):
        assert api.post(f"{PATH}/log-parameter", run_id=run.pk, key="alpha", value="1") == {}
    refusal = api.post(f"{PATH}/log-parameter", run_id=run.pk, key="alpha", value="2", expect=400)

    assert "alpha" in refusal["message"]
    assert data_of(api, run)["params"] == [{"key": "alpha", "value": "1"}]


def test_a_batch_is_all_or_nothing(api: Api) -> None:
    run = make.run(params={"p": "1"})
    refusal = api.post(
        f"{PATH}/log-batch",
        run_id=run.pk,
        metrics=[{"key": "m", "value": 1, "timestamp": NOW, "step": 0, "run_id": run.pk}],
        params=[{"key": "q", "value": "2"}, {"key": "p", "value": "other"}],
        tags=[{"key": "t", "value": "x"}],
        expect=400,
    )

    assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"
    data = data_of(api, run)
    assert "metrics" not in data
    assert data["params"] == [{"key": "p", "value": "1"}]


@pytest.mark.parametrize(("what", "count"), [("metrics", 1001), ("params", 101), ("tags", 101)])
def test_a_batch_has_limits(api: Api, what: str, count: int) -> None:
    one = {"value": 1, "timestamp": 1} if what == "metrics" else {"value": "1"}
    rows = [{"key": f"k{number}", **one} for number in range(count)]

    refusal = api.post(f"{PATH}/log-batch", run_id=make.run().pk, expect=400, **{what: rows})
    assert refusal["message"].startswith("A batch logging request can contain at most")


def test_a_metric_of_a_batch_needs_a_value(api: Api) -> None:
    refusal = api.post(f"{PATH}/log-batch", run_id=make.run().pk, metrics=[{"key": "m", "timestamp": 1}], expect=400)

    assert refusal["message"] == "Missing value for required parameter 'metrics[0].value'."


def test_tags_of_a_run_come_and_go(api: Api) -> None:
    run = make.run()
    api.post(f"{PATH}/set-tag", run_id=run.pk, key="k")
    assert {"key": "k", "value": ""} in data_of(api, run)["tags"]
    api.post(f"{PATH}/delete-tag", run_id=run.pk, key="k")
    refusal = api.post(f"{PATH}/delete-tag", run_id=run.pk, key="k", expect=404)
    assert refusal["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_inputs_and_outputs_may_be_logged_twice(api: Api) -> None:
    run = make.run()
    dataset = {"name": "points", "digest": "d1", "source_type": "local", "source": "{}", "schema": "{}"}
    datasets = [{"tags": [{"key": "mlflow.data.context", "value": "training"}], "dataset": dataset}]
    for _ in range(2):
        api.post(f"{PATH}/log-inputs", run_id=run.pk, datasets=datasets, models=[{"model_id": "m-1"}])
        api.post(f"{PATH}/outputs", run_id=run.pk, models=[{"model_id": "m-2", "step": 3}])

    found = api.get(f"{PATH}/get", run_id=run.pk)["run"]
    assert found["inputs"] == {"dataset_inputs": datasets, "model_inputs": [{"model_id": "m-1"}]}
    assert found["outputs"] == {"model_outputs": [{"model_id": "m-2", "step": 3}]}
    assert api.post(f"{PATH}/outputs", run_id=run.pk, expect=400)
    assert api.post(f"{PATH}/log-inputs", run_id=run.pk, datasets=[{"dataset": {"name": "x"}}], expect=400)


def test_the_models_of_an_old_client_gather_in_a_tag(api: Api) -> None:
    run = make.run(tags={"mlflow.log-model.history": "no list"})
    model = '{"artifact_path": "m", "flavors": {}, "utc_time_created": "now", "run_id": "ab"}'
    for _ in range(2):
        assert api.post(f"{PATH}/log-model", run_id=run.pk, model_json=model) == {}

    tags = {tag["key"]: tag["value"] for tag in data_of(api, run)["tags"]}
    assert tags["mlflow.log-model.history"].count("artifact_path") == 2
    for wrong in ("{", "[]", "{}"):
        assert api.post(f"{PATH}/log-model", run_id=run.pk, model_json=wrong, expect=400)


def test_a_search_filters_orders_and_pages(api: Api) -> None:
    experiment = make.experiment()
    for number in range(4):
        make.run(experiment, run_name=f"r{number}", metrics_={"loss": number / 10}, params={"n": str(number)})
    hidden = make.run(experiment, run_name="hidden")
    api.post(f"{PATH}/delete", run_id=hidden.pk)

    def search(**fields: object) -> tuple[list[str], str]:
        answer = api.post(f"{PATH}/search", experiment_ids=[str(experiment.pk)], **fields)
        return [run["info"]["run_name"] for run in answer.get("runs", [])], answer.get("next_page_token", "")

    assert search(order_by=["metrics.loss DESC"])[0] == ["r3", "r2", "r1", "r0"]
    assert search(filter="metrics.loss >= 0.2 AND params.n != '3'")[0] == ["r2"]
    assert search(run_view_type="DELETED_ONLY")[0] == ["hidden"]
    names, token = search(order_by=["metrics.loss"], max_results=3)
    rest, end = search(order_by=["metrics.loss"], max_results=3, page_token=token)
    assert (names, rest, end) == (["r0", "r1", "r2"], ["r3"], "")
    assert api.post(f"{PATH}/search") == {}
    for wrong in ({"max_results": 0}, {"max_results": 50_001}, {"order_by": ["metrics.a", "metrics.a"]}):
        assert api.post(f"{PATH}/search", experiment_ids=["0"], expect=400, **wrong)
    assert api.get(f"{PATH}/search", expect=405)["error_code"] == "ENDPOINT_NOT_FOUND"


def test_a_page_of_runs_costs_as_many_queries_as_one(api: Api, django_assert_num_queries) -> None:
    experiment = make.experiment()
    dataset = {"name": "points", "digest": "d1", "source_type": "local", "source": "{}"}
    for _ in range(5):
        run = make.run(experiment, metrics_={"a": 1, "b": 2}, params={"p": "1"}, tags={"t": "1"})
        api.post(f"{PATH}/log-inputs", run_id=run.pk, datasets=[{"dataset": dataset}], models=[{"model_id": "m-1"}])

    for size in (1, 5):
        with django_assert_num_queries(8):
            api.post(f"{PATH}/search", experiment_ids=[str(experiment.pk)], max_results=size)
    with django_assert_num_queries(8):
        api.get(f"{PATH}/get", run_id=run.pk)
