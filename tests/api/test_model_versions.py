from pathlib import Path

import pytest
from django.db import connection

from tests import make
from tests.api.conftest import Api

PATH = "mlflow/model-versions"


def test_a_version_is_created_ready(api: Api) -> None:
    make.model("iris")
    made = api.post(
        f"{PATH}/create",
        name="iris",
        source="s3://bucket/model",
        run_id="ab",
        run_link="http://elsewhere/run",
        tags=[{"key": "k", "value": "v"}],
    )["model_version"]

    assert made["version"] == "1"
    assert made["status"] == "READY"
    assert made["current_stage"] == "None"
    assert made["description"] == ""
    assert made["tags"] == [{"key": "k", "value": "v"}]
    assert (made["source"], made["run_id"], made["run_link"]) == ("s3://bucket/model", "ab", "http://elsewhere/run")
    assert "aliases" not in made
    assert api.get(f"{PATH}/get", name="iris", version="1")["model_version"] == made


def test_a_version_of_a_logged_model_knows_its_run_and_files(api: Api) -> None:
    make.model("iris")
    run = make.run()
    logged = make.logged_model(run)
    source = f"models:/{logged.pk}"

    made = api.post(f"{PATH}/create", name="iris", source=source, model_id=logged.pk)["model_version"]
    assert (made["run_id"], made["model_id"]) == (run.pk, logged.pk)
    assert api.get(f"{PATH}/get-download-uri", name="iris", version="1") == {"artifact_uri": logged.artifact_uri}
    assert api.post(f"{PATH}/create", name="iris", source=source, expect=400)["error_code"] == "INVALID_PARAMETER_VALUE"
    unknown = "m-" + "0" * 32
    refusal = api.post(f"{PATH}/create", name="iris", source=f"models:/{unknown}", model_id=unknown, expect=404)
    assert refusal["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_the_download_uri_of_a_run_comes_back_unresolved(api: Api) -> None:
    run = make.run()
    make.version("iris", of_run=run)

    found = api.get(f"{PATH}/get-download-uri", name="iris", version="1")
    assert found == {"artifact_uri": f"runs:/{run.pk}/model"}


@pytest.mark.parametrize(
    ("method", "call", "fields"),
    [
        ("get", "get", {}),
        ("patch", "update", {}),
        ("delete", "delete", {}),
        ("post", "transition-stage", {"stage": "Staging"}),
        ("get", "get-download-uri", {}),
        ("post", "set-tag", {"key": "k"}),
        ("delete", "delete-tag", {"key": "k"}),
    ],
)
def test_a_version_that_is_not_there_is_missing(api: Api, method: str, call: str, fields: dict[str, str]) -> None:
    make.version("iris")
    ask = getattr(api, method)

    for name, version in (("iris", "7"), ("nothing", "1"), ("iris", "9" * 18)):
        refusal = ask(f"{PATH}/{call}", name=name, version=version, expect=404, **fields)
        assert refusal["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    refusal = ask(f"{PATH}/{call}", name="iris", version="one", expect=400, **fields)
    assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"


def test_an_update_without_a_description_clears_it(api: Api) -> None:
    make.version("iris", description="first")

    assert api.patch(f"{PATH}/update", name="iris", version="1", description="x")["model_version"]["description"] == "x"
    assert api.patch(f"{PATH}/update", name="iris", version="1")["model_version"]["description"] == ""


def test_a_deleted_version_is_gone_with_its_aliases(api: Api) -> None:
    make.version("iris", aliases=["champion"])
    assert api.delete(f"{PATH}/delete", name="iris", version="1") == {}

    assert api.delete(f"{PATH}/delete", name="iris", version="1", expect=404)
    assert api.get(f"{PATH}/search") == {}
    model = api.get("mlflow/registered-models/get", name="iris")["registered_model"]
    assert "aliases" not in model
    assert "latest_versions" not in model


def test_stages_are_read_in_any_case_and_archive_on_demand(api: Api) -> None:
    make.version("iris")
    make.version("iris")

    def move(version: str, stage: str, expect: int = 200, **fields: bool) -> dict:
        return api.post(f"{PATH}/transition-stage", name="iris", version=version, stage=stage, expect=expect, **fields)

    assert move("1", "pRoduction")["model_version"]["current_stage"] == "Production"
    move("2", "Production", archive_existing_versions=True)
    assert api.get(f"{PATH}/get", name="iris", version="1")["model_version"]["current_stage"] == "Archived"
    assert "Archived" in move("1", "Live", expect=400)["message"]
    refusal = move("1", "None", expect=400, archive_existing_versions=True)
    assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"


def test_tags_come_and_go(api: Api) -> None:
    make.version("iris")
    api.post(f"{PATH}/set-tag", name="iris", version="1", key="k", value="v")
    assert api.get(f"{PATH}/get", name="iris", version="1")["model_version"]["tags"] == [{"key": "k", "value": "v"}]
    for _ in range(2):
        assert api.delete(f"{PATH}/delete-tag", name="iris", version="1", key="k") == {}


def test_a_search_finds_by_name_run_tag_and_number(api: Api) -> None:
    run = make.run()
    make.version("iris", of_run=run)
    make.version("iris", tags={"k": "v"})
    make.version("rose")

    def found(text: str, **fields: object) -> list[str]:
        rows = api.get(f"{PATH}/search", filter=text, **fields).get("model_versions", [])
        return [f"{row['name']} {row['version']}" for row in rows]

    assert found("name = 'iris'", order_by=["version_number ASC"]) == ["iris 1", "iris 2"]
    assert found(f"run_id = '{run.pk}'") == ["iris 1"]
    assert found("tags.k = 'v'") == ["iris 2"]
    assert found("name IN ('rose', 'iris') AND version_number < 2", order_by=["name"]) == ["iris 1", "rose 1"]
    assert api.get(f"{PATH}/search", filter="current_stage = 'None'", expect=400)
    for size in (0, 200_001):
        assert api.get(f"{PATH}/search", max_results=size, expect=400)


def test_a_file_of_a_version_is_served(api: Api, store: Path) -> None:
    logged = make.logged_model()
    make.version("iris", source=f"models:/{logged.pk}", model_id=logged.pk)
    make.version("elsewhere")
    folder = store / str(logged.experiment_id) / "models" / logged.pk / "artifacts"
    folder.mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}")

    path = "/model-versions/get-artifact"
    response = api.client.get(path, {"name": "iris", "version": "1", "path": "MLmodel"}, **api.headers)
    assert b"".join(response) == b"flavors: {}"
    assert response["Content-Disposition"].startswith("attachment")
    for fields, status in (
        ({"path": "nothing"}, 404),
        ({"path": "../x"}, 400),
        ({"path": "/etc/passwd"}, 400),
        ({"name": "elsewhere", "path": "MLmodel"}, 400),
    ):
        answer = api.client.get(path, {"name": "iris", "version": "1", **fields}, **api.headers)
        assert answer.status_code == status, fields


def test_a_page_of_versions_costs_as_many_queries_as_one(api: Api, django_assert_num_queries) -> None:
    for _ in range(6):
        make.version("iris", tags={"a": "b"}, aliases=["champion"])

    queries = 3 if connection.vendor == "sqlite" else 4  # PostgreSQL is told which model it is
    for size in (1, 6):
        with django_assert_num_queries(queries):
            api.get(f"{PATH}/search", max_results=size, filter="name = 'iris'")
    with django_assert_num_queries(3):
        api.get(f"{PATH}/get", name="iris", version="2")
    with django_assert_num_queries(1):
        api.get(f"{PATH}/get-download-uri", name="iris", version="2")
