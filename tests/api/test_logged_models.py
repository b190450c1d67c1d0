from pathlib import Path

import pytest

from tests import make
from tests.api.conftest import Api

PATH = "mlflow/logged-models"


def create(api: Api, **fields: object) -> dict:
    return api.post(PATH, **{"experiment_id": "0", "name": "model", **fields})["model"]


def test_a_model_is_created_pending_and_finalised(api: Api) -> None:
    params = [{"key": "depth", "value": "3"}]
    made = create(api, model_type="tree", source_run_id="ab", params=params, tags=[{"key": "k", "value": "v"}])
    info = made["info"]

    assert info["model_id"].startswith("m-")
    assert len(info["model_id"]) == 34
    assert info["artifact_uri"] == f"mlflow-artifacts:/0/models/{info['model_id']}/artifacts"
    assert (info["status"], info["model_type"], info["source_run_id"]) == ("LOGGED_MODEL_PENDING", "tree", "ab")
    assert (made["data"], info["tags"]) == ({"params": params}, [{"key": "k", "value": "v"}])
    path = f"{PATH}/{info['model_id']}"
    done = api.client.patch(
        f"/api/2.0/{path}",
        {"model_id": info["model_id"], "status": "LOGGED_MODEL_READY"},
        "application/json",
        **api.headers,
    ).json()
    assert done["model"]["info"]["status"] == "LOGGED_MODEL_READY"
    assert api.get(path) == done


def test_what_was_not_given_is_empty(api: Api) -> None:
    made = api.post(PATH, experiment_id="0")["model"]

    assert made["data"] == {}
    assert (made["info"]["model_type"], made["info"]["source_run_id"]) == ("", "")
    assert made["info"]["name"]


@pytest.mark.parametrize("name", ["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"])
def test_a_bad_name_is_refused(api: Api, name: str) -> None:
    assert api.post(PATH, experiment_id="0", name=name, expect=400)["error_code"] == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    "body", [{"status": "LOGGED_MODEL_READY"}, {"model_id": "other", "status": 2}, {"status": "DONE"}, {}]
)
def test_finalising_needs_the_id_and_a_known_status(api: Api, body: dict[str, object]) -> None:
    model_id = create(api)["info"]["model_id"]
    if "status" in body and body["status"] == "DONE":
        body = {**body, "model_id": model_id}

    refusal = api.patch(f"{PATH}/{model_id}", expect=400, **body)
    assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_deleted_model_is_hidden_and_can_be_asked_for(api: Api) -> None:
    path = f"{PATH}/{create(api)['info']['model_id']}"
    for _ in range(2):
        assert api.delete(path) == {}

    assert api.get(path, expect=404)["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert api.get(path, allow_deleted="true")["model"]["info"]["name"] == "model"
    assert api.post(f"{PATH}/search", experiment_ids=["0"]) == {}
    assert api.delete(f"{PATH}/m-{'0' * 32}", expect=404)


def test_tags_come_and_go_even_with_slashes(api: Api) -> None:
    path = f"{PATH}/{create(api)['info']['model_id']}"
    assert api.patch(f"{path}/tags", tags=[{"key": "a/b", "value": "1"}, {"key": "c", "value": "2"}]) == {}
    assert api.delete(f"{path}/tags/a/b") == {}

    assert api.get(path)["model"]["info"]["tags"] == [{"key": "c", "value": "2"}]
    assert api.delete(f"{path}/tags/a/b", expect=404)["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_params_are_added_and_may_be_repeated(api: Api) -> None:
    model_id = create(api, params=[{"key": "a", "value": "1"}])["info"]["model_id"]
    path = f"{PATH}/{model_id}"
    for _ in range(2):
        assert api.post(f"{path}/params", model_id=model_id, params=[{"key": "b", "value": "2"}]) == {}

    assert len(api.get(path)["model"]["data"]["params"]) == 2
    assert api.post(f"{path}/params", model_id=model_id, params=[{"key": "b", "value": "3"}], expect=400)
    assert api.post(f"{path}/params", params=[{"key": "b", "value": "3"}], expect=400)


def test_metrics_with_a_model_stand_on_both(api: Api) -> None:
    run = make.run()
    model_id = make.logged_model(run).pk
    point = {"key": "accuracy", "value": 0.5, "timestamp": 1, "step": 0, "model_id": model_id}
    api.post("mlflow/runs/log-metric", run_id=run.pk, **point, dataset_name="d", dataset_digest="1")

    [metric] = api.get(f"{PATH}/{model_id}")["model"]["data"]["metrics"]
    assert metric == {**point, "run_id": run.pk, "dataset_name": "d", "dataset_digest": "1"}
    assert api.get("mlflow/runs/get", run_id=run.pk)["run"]["data"]["metrics"][0]["key"] == "accuracy"
    unknown = {**point, "model_id": "m-" + "0" * 32}
    assert api.post("mlflow/runs/log-metric", run_id=run.pk, expect=400, **unknown)["error_code"] == "BAD_REQUEST"


EMPTY_DATASET = {"datasets": [{"dataset_name": "", "dataset_digest": "x"}]}


def test_keys_of_a_models_tags_and_params_are_free(api: Api) -> None:
    pairs = [{"key": key, "value": "1"} for key in ("a(b)", "../x", "a=b")]
    model_id = create(api, params=pairs, tags=pairs)["info"]["model_id"]
    api.patch(f"{PATH}/{model_id}/tags", tags=[{"key": "c(d)", "value": "1"}])
    api.post(f"{PATH}/{model_id}/params", model_id=model_id, params=[{"key": "c(d)", "value": "1"}])
    model = api.get(f"{PATH}/{model_id}")["model"]
    assert len(model["info"]["tags"]) == len(model["data"]["params"]) == 4
    for wrong in ("", "k" * 251):
        for part in ("tags", "params"):
            refusal = api.post(PATH, experiment_id="0", name="m", expect=400, **{part: [{"key": wrong, "value": "1"}]})
            assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_search_finds_by_name_as_the_client_does_to_resolve_a_run(api: Api) -> None:
    first, second = create(api, name="model")["info"]["model_id"], create(api, name="other")["info"]["model_id"]

    def found(**fields: object) -> list[str]:
        models = api.post(f"{PATH}/search", experiment_ids=["0"], **fields).get("models", [])
        return [model["info"]["model_id"] for model in models]

    assert found(filter="name = 'model'") == [first]
    assert set(found(max_results=0)) == set(found(max_results=5_000)) == {first, second}
    assert api.post(f"{PATH}/search", experiment_ids=[]) == {}
    assert api.post(f"{PATH}/search", expect=400)["error_code"] == "INVALID_PARAMETER_VALUE"
    assert found(order_by=[{"field_name": "name", "ascending": False}]) == [second, first]
    assert found(filter="metrics.accuracy > 0", datasets=[{"dataset_name": "d"}]) == []
    page = api.post(f"{PATH}/search", experiment_ids=["0"], max_results=1)
    rest = api.post(f"{PATH}/search", experiment_ids=["0"], max_results=1, page_token=page["next_page_token"])
    assert {model["info"]["model_id"] for model in [*page["models"], *rest["models"]]} == {first, second}
    for wrong in (
        {"filter": "colour = 'x'"},
        {"max_results": -1},
        {"datasets": [{}]},
        {"order_by": [{}]},
        EMPTY_DATASET,
    ):
        assert api.post(f"{PATH}/search", expect=400, **{"experiment_ids": ["0"], **wrong})


def test_files_of_a_model_are_listed_and_served(api: Api, store: Path) -> None:
    model_id = create(api)["info"]["model_id"]
    folder = store / "0" / "models" / model_id / "artifacts" / "data"
    folder.mkdir(parents=True)
    (folder / "model.pkl").write_text("weights")

    top = api.get(f"{PATH}/{model_id}/artifacts/directories")
    assert top == {
        "root_uri": f"mlflow-artifacts:/0/models/{model_id}/artifacts",
        "files": [{"path": "data", "is_dir": True}],
    }
    below = api.get(f"{PATH}/{model_id}/artifacts/directories", artifact_directory_path="data")
    assert below["files"] == [{"path": "data/model.pkl", "is_dir": False, "file_size": 7}]
    address = f"/ajax-api/2.0/{PATH}/{model_id}/artifacts/files"
    response = api.client.get(address, {"artifact_file_path": "data/model.pkl"}, **api.headers)
    assert b"".join(response) == b"weights"


def test_a_page_of_models_costs_as_many_queries_as_one(api: Api, django_assert_num_queries) -> None:
    for number in range(4):
        create(api, name=f"m{number}", params=[{"key": "a", "value": "1"}], tags=[{"key": "t", "value": "1"}])

    for size in (1, 4):
        with django_assert_num_queries(4):
            api.post(f"{PATH}/search", experiment_ids=["0"], max_results=size)
