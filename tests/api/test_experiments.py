import json

import pytest

from tests import make
from tests.api.conftest import Api

PATH = "mlflow/experiments"


def test_the_default_experiment_is_there(api: Api) -> None:
    found = api.get(f"{PATH}/get", experiment_id="0")["experiment"]

    assert found["name"] == "Default"
    assert found["artifact_location"] == "mlflow-artifacts:/0"
    assert (found["lifecycle_stage"], found["workspace"]) == ("active", "default")


def test_an_experiment_is_created_and_found_by_id_and_name(api: Api) -> None:
    made = api.post(f"{PATH}/create", name="vision", tags=[{"key": "area", "value": "cars"}])
    number = made["experiment_id"]

    assert isinstance(number, str)
    by_id = api.get(f"{PATH}/get", experiment_id=number)["experiment"]
    assert by_id == api.get(f"{PATH}/get-by-name", experiment_name="vision")["experiment"]
    assert by_id["tags"] == [{"key": "area", "value": "cars"}]
    assert by_id["artifact_location"] == f"mlflow-artifacts:/{number}"
    assert by_id["creation_time"] == by_id["last_update_time"]


def test_a_name_is_taken_also_by_a_deleted_experiment(api: Api) -> None:
    number = make.experiment("vision").pk
    api.post(f"{PATH}/delete", experiment_id=str(number))

    assert api.post(f"{PATH}/create", name="vision", expect=400)["error_code"] == "RESOURCE_ALREADY_EXISTS"
    found = api.get(f"{PATH}/get-by-name", experiment_name="vision")["experiment"]
    assert found["lifecycle_stage"] == "deleted"


def test_what_is_not_there_is_missing(api: Api) -> None:
    for refusal in (
        api.get(f"{PATH}/get", experiment_id="999", expect=404),
        api.get(f"{PATH}/get-by-name", experiment_name="nothing", expect=404),
        api.post(f"{PATH}/delete", experiment_id="999", expect=404),
        api.post(f"{PATH}/restore", experiment_id="0", expect=404),
    ):
        assert refusal["error_code"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize("number", ["abc", "1.5", "", 1, "9" * 30, "١", "0\x1f"])
def test_an_id_is_a_number_written_as_text(api: Api, number: object) -> None:
    assert api.post(f"{PATH}/delete", experiment_id=number, expect=400)["error_code"] == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(("number", "status"), [("-1", 404), ("999", 404), ("+0", 200), (" 00 ", 200)])
def test_any_way_to_write_a_number_is_one(api: Api, number: str, status: int) -> None:
    answer = api.get(f"{PATH}/get", experiment_id=number, expect=status)
    assert answer.get("error_code", "RESOURCE_DOES_NOT_EXIST") == "RESOURCE_DOES_NOT_EXIST"
    assert api.get("mlflow/experiments/get", experiment_id="0")["experiment"]["name"] == "Default"


def test_between_one_and_twenty_experiments_are_searched_for_datasets(api: Api) -> None:
    for numbers in ([], ["0"] * 21):
        body = json.dumps({"experiment_ids": numbers})
        address = "/ajax-api/2.0/mlflow/experiments/search-datasets"
        response = api.client.post(address, body, "application/json", **api.headers)
        assert (response.status_code, response.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_a_query_of_the_location_stays_at_the_end(api: Api) -> None:
    number = api.post(f"{PATH}/create", name="remote", artifact_location="s3://bucket/p?region=x")["experiment_id"]
    run = api.post("mlflow/runs/create", experiment_id=number)["run"]["info"]
    assert run["artifact_uri"] == f"s3://bucket/p/{run['run_id']}/artifacts?region=x"
    model = api.post("mlflow/logged-models", experiment_id=number, name="m")["model"]["info"]
    assert model["artifact_uri"] == f"s3://bucket/p/models/{model['model_id']}/artifacts?region=x"


def test_deleting_hides_the_runs_and_restoring_brings_them_back(api: Api) -> None:
    run = make.run()
    number = str(run.experiment_id)
    api.post(f"{PATH}/delete", experiment_id=number)
    assert api.get("mlflow/runs/get", run_id=run.pk)["run"]["info"]["lifecycle_stage"] == "deleted"
    assert api.post(f"{PATH}/update", experiment_id=number, new_name="x", expect=409)["error_code"] == "INVALID_STATE"
    refusal = api.post(f"{PATH}/set-experiment-tag", experiment_id=number, key="k", value="v", expect=400)
    assert "'active' state" in refusal["message"]

    api.post(f"{PATH}/restore", experiment_id=number)
    assert api.get("mlflow/runs/get", run_id=run.pk)["run"]["info"]["lifecycle_stage"] == "active"


def test_a_rename_to_a_taken_name_says_so(api: Api) -> None:
    number = str(make.experiment("a").pk)
    make.experiment("b")

    assert api.post(f"{PATH}/update", experiment_id=number, new_name="c") == {}
    refusal = api.post(f"{PATH}/update", experiment_id=number, new_name="b", expect=400)
    assert refusal["error_code"] == "RESOURCE_ALREADY_EXISTS"


def test_a_tag_that_is_not_there_can_not_be_deleted(api: Api) -> None:
    assert api.post(f"{PATH}/set-experiment-tag", experiment_id="0", key="k", value="v") == {}
    assert api.post(f"{PATH}/delete-experiment-tag", experiment_id="0", key="k") == {}
    refusal = api.post(f"{PATH}/delete-experiment-tag", experiment_id="0", key="k", expect=404)
    assert refusal["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_a_search_works_with_get_and_post(api: Api) -> None:
    for name in ("a1", "a2", "b1"):
        make.experiment(name)
    deleted = make.experiment("a3")
    api.post(f"{PATH}/delete", experiment_id=str(deleted.pk))

    def names(answer: dict) -> list[str]:
        return [experiment["name"] for experiment in answer.get("experiments", [])]

    fields = {"filter": "name LIKE 'a%'", "order_by": ["name DESC"], "max_results": 10}
    for ask in (api.get, api.post):
        assert names(ask(f"{PATH}/search", **fields)) == ["a2", "a1"]
        assert names(ask(f"{PATH}/search", **fields, view_type="DELETED_ONLY")) == ["a3"]
        assert names(ask(f"{PATH}/search", **fields, view_type="ALL")) == ["a3", "a2", "a1"]
        assert names(ask(f"{PATH}/search", **fields | {"max_results": 1})) == ["a2"]
    assert api.post(f"{PATH}/search", max_results=10, view_type=3, filter="name = 'x'") == {}
    for wrong in ({}, {"max_results": 0}, {"max_results": 50_001}, {"max_results": 5, "view_type": "SOME"}):
        assert api.post(f"{PATH}/search", expect=400, **wrong)["error_code"] == "INVALID_PARAMETER_VALUE"


def test_datasets_of_experiments_are_summed_up(api: Api) -> None:
    run = make.run()
    dataset = {"name": "points", "digest": "d1", "source_type": "local", "source": "{}"}
    tags = [{"key": "mlflow.data.context", "value": "training"}]
    api.post("mlflow/runs/log-inputs", run_id=run.pk, datasets=[{"tags": tags, "dataset": dataset}])

    number = str(run.experiment_id)
    [summary] = api.post(f"{PATH}/search-datasets", experiment_ids=[number, "0"])["dataset_summaries"]
    assert summary == {"experiment_id": number, "name": "points", "digest": "d1", "context": "training"}
    for wrong in ([], ["0"] * 21):
        assert api.post(f"{PATH}/search-datasets", experiment_ids=wrong, expect=400)


def test_a_page_of_experiments_costs_as_many_queries_as_one(api: Api, django_assert_num_queries) -> None:
    for number in range(4):
        make.experiment(f"e{number}", tags=[("a", "b")])

    for size in (1, 5):
        with django_assert_num_queries(2):
            api.post(f"{PATH}/search", max_results=size)
    with django_assert_num_queries(2):
        api.get(f"{PATH}/get-by-name", experiment_name="e1")
