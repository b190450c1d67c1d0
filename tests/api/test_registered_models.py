import pytest

from models_app.models import ModelVersion, RegisteredModel
from tests import make
from tests.api.conftest import Api

PATH = "mlflow/registered-models"


def test_a_model_is_created_with_tags_of_which_the_last_counts(api: Api) -> None:
    tags = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}, {"key": "b"}]
    made = api.post(f"{PATH}/create", name="iris", description="flowers", tags=tags)["registered_model"]

    assert made["name"] == "iris"
    assert made["description"] == "flowers"
    assert made["tags"] == [{"key": "a", "value": "2"}, {"key": "b", "value": ""}]
    assert made["creation_timestamp"] == made["last_updated_timestamp"]
    assert isinstance(made["creation_timestamp"], int)
    assert api.get(f"{PATH}/get", name="iris")["registered_model"] == made


def test_what_a_model_has_not_is_left_out(api: Api) -> None:
    made = api.post(f"{PATH}/create", name="iris")["registered_model"]

    assert made.keys() == {"name", "creation_timestamp", "last_updated_timestamp"}


@pytest.mark.parametrize("name", ["a/b", "a:b", ".", "..", "x" * 257, " "])
def test_a_bad_name_is_an_invalid_value(api: Api, name: str) -> None:
    assert api.post(f"{PATH}/create", name=name, expect=400)["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_taken_name_answers_with_the_code_that_the_client_swallows(api: Api) -> None:
    make.model("iris")
    make.model("rose")

    assert api.post(f"{PATH}/create", name="iris", expect=400)["error_code"] == "RESOURCE_ALREADY_EXISTS"
    refusal = api.post(f"{PATH}/rename", name="iris", new_name="rose", expect=400)
    assert refusal["error_code"] == "RESOURCE_ALREADY_EXISTS"


@pytest.mark.parametrize(
    ("method", "call", "fields"),
    [
        ("get", "get", {}),
        ("post", "rename", {"new_name": "x"}),
        ("patch", "update", {"description": "x"}),
        ("delete", "delete", {}),
        ("post", "get-latest-versions", {}),
        ("post", "set-tag", {"key": "k", "value": "v"}),
        ("delete", "delete-tag", {"key": "k"}),
        ("post", "alias", {"alias": "a", "version": "1"}),
        ("delete", "alias", {"alias": "a"}),
        ("get", "alias", {"alias": "a"}),
    ],
)
def test_a_model_that_is_not_there_is_missing(api: Api, method: str, call: str, fields: dict[str, str]) -> None:
    refusal = getattr(api, method)(f"{PATH}/{call}", name="nothing", expect=404, **fields)
    assert refusal["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    missing = getattr(api, method)(f"{PATH}/{call}", expect=400, **fields)
    assert missing["message"] == "Missing value for required parameter 'name'."


def test_an_update_without_a_description_clears_it(api: Api) -> None:
    make.model("iris", description="flowers")

    assert "description" not in api.patch(f"{PATH}/update", name="iris")["registered_model"]


def test_a_renamed_model_keeps_its_versions(api: Api) -> None:
    make.version("iris")
    renamed = api.post(f"{PATH}/rename", name="iris", new_name="rose")["registered_model"]

    assert renamed["latest_versions"][0]["name"] == "rose"
    assert api.get("mlflow/model-versions/get", name="rose", version="1")["model_version"]["name"] == "rose"
    assert api.post(f"{PATH}/rename", name="rose", new_name="rose")["registered_model"]["name"] == "rose"


def test_a_deleted_model_is_gone_and_its_numbers_start_again(api: Api) -> None:
    make.version("iris")
    assert api.delete(f"{PATH}/delete", name="iris") == {}
    assert api.delete(f"{PATH}/delete", name="iris", expect=404)["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert make.version("iris").number == 1


def test_latest_versions_are_the_highest_of_each_stage(api: Api) -> None:
    for _ in range(5):
        make.version("iris")
    for number, stage in (("1", "Staging"), ("2", "Production"), ("3", "Production")):
        api.post("mlflow/model-versions/transition-stage", name="iris", version=number, stage=stage)
    api.delete("mlflow/model-versions/delete", name="iris", version="5")
    api.post(f"{PATH}/alias", name="iris", alias="champion", version="3")

    embedded = api.get(f"{PATH}/get", name="iris")["registered_model"]["latest_versions"]
    newest = {version["current_stage"]: version["version"] for version in embedded}
    assert newest == {"None": "4", "Production": "3", "Staging": "1"}
    assert all("aliases" not in version for version in embedded)
    for ask in (api.post, api.get):
        asked = ask(f"{PATH}/get-latest-versions", name="iris", stages=["production"])["model_versions"]
        assert [(version["version"], version["aliases"]) for version in asked] == [("3", ["champion"])]
    assert len(api.post(f"{PATH}/get-latest-versions", name="iris")["model_versions"]) == 3
    assert api.post(f"{PATH}/get-latest-versions", name="iris", stages=["Archived"]) == {}
    wrong = api.post(f"{PATH}/get-latest-versions", name="iris", stages=["Live"], expect=400)
    assert wrong["error_code"] == "INVALID_PARAMETER_VALUE"


def test_tags_are_set_and_deleted_as_often_as_one_likes(api: Api) -> None:
    make.model("iris")
    assert api.post(f"{PATH}/set-tag", name="iris", key="k", value="v") == {}
    assert api.post(f"{PATH}/set-tag", name="iris", key="k") == {}
    assert api.get(f"{PATH}/get", name="iris")["registered_model"]["tags"] == [{"key": "k", "value": ""}]
    for _ in range(2):
        assert api.delete(f"{PATH}/delete-tag", name="iris", key="k") == {}
    assert "tags" not in api.get(f"{PATH}/get", name="iris")["registered_model"]


def test_an_alias_moves_and_goes(api: Api) -> None:
    make.version("iris")
    make.version("iris")
    for number in ("1", "02"):
        assert api.post(f"{PATH}/alias", name="iris", alias="champion", version=number) == {}

    found = api.get(f"{PATH}/alias", name="iris", alias="champion")["model_version"]
    assert (found["version"], found["aliases"], found["status"]) == ("2", ["champion"], "READY")
    model = api.get(f"{PATH}/get", name="iris")["registered_model"]
    assert model["aliases"] == [{"alias": "champion", "version": "2"}]
    for _ in range(2):
        assert api.delete(f"{PATH}/alias", name="iris", alias="champion") == {}
    refusal = api.get(f"{PATH}/alias", name="iris", alias="champion", expect=400)
    assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"
    assert "champion" in refusal["message"]


def test_the_alias_latest_is_read_and_never_set(api: Api) -> None:
    make.model("empty")
    make.version("iris")
    make.version("iris")

    assert api.get(f"{PATH}/alias", name="iris", alias="LATEST")["model_version"]["version"] == "2"
    assert api.get(f"{PATH}/alias", name="empty", alias="latest", expect=404)["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    for alias in ("latest", "v1", "a b", ""):
        refusal = api.post(f"{PATH}/alias", name="iris", alias=alias, version="1", expect=400)
        assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("version", ["abc", "1.0", 1, "", "9" * 30, "1\x1f"])
def test_a_version_is_a_number_written_as_text(api: Api, version: object) -> None:
    make.version("iris")

    refusal = api.post(f"{PATH}/alias", name="iris", alias="a", version=version, expect=400)
    assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(("version", "status"), [("-1", 404), ("2", 404), ("01", 200), (" +1 ", 200), ("0_1", 200)])
def test_any_way_to_write_a_version_number_is_one(api: Api, version: str, status: int) -> None:
    make.version("iris")
    answer = api.get("mlflow/model-versions/get", name="iris", version=version, expect=status)
    assert answer.get("error_code", "RESOURCE_DOES_NOT_EXIST") == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize("name", [" ", "a/b", "a:b", ".", "..", "..a"])
def test_a_name_that_no_model_can_have_is_an_invalid_value_in_every_call(api: Api, name: str) -> None:
    version = {"name": name, "version": "1"}
    for method, path, fields in (
        ("GET", "registered-models/get", {"name": name}),
        ("PATCH", "registered-models/update", {"name": name}),
        ("DELETE", "registered-models/delete", {"name": name}),
        ("POST", "registered-models/rename", {"name": name, "new_name": "b"}),
        ("POST", "registered-models/rename", {"name": "a", "new_name": name}),
        ("POST", "registered-models/get-latest-versions", {"name": name}),
        ("POST", "registered-models/set-tag", {"name": name, "key": "k"}),
        ("DELETE", "registered-models/delete-tag", {"name": name, "key": "k"}),
        ("POST", "registered-models/alias", {**version, "alias": "a"}),
        ("GET", "registered-models/alias", {"name": name, "alias": "a"}),
        ("DELETE", "registered-models/alias", {"name": name, "alias": "a"}),
        ("POST", "model-versions/create", {"name": name, "source": "s3://b/x"}),
        ("GET", "model-versions/get", version),
        ("PATCH", "model-versions/update", version),
        ("DELETE", "model-versions/delete", version),
        ("POST", "model-versions/transition-stage", {**version, "stage": "Staging"}),
        ("GET", "model-versions/get-download-uri", version),
        ("POST", "model-versions/set-tag", {**version, "key": "k"}),
        ("DELETE", "model-versions/delete-tag", {**version, "key": "k"}),
    ):
        if not RegisteredModel.objects.filter(name="a").exists():
            make.model("a")
        refusal = getattr(api, method.lower())(f"mlflow/{path}", expect=400, **fields)
        assert refusal["error_code"] == "INVALID_PARAMETER_VALUE", path


@pytest.mark.parametrize("alias", [" ", "a b", "a/b", "a" * 256])
def test_an_alias_that_cannot_be_is_not_removed_either(api: Api, alias: str) -> None:
    make.model("iris")
    refusal = api.delete(f"{PATH}/alias", name="iris", alias=alias, expect=400)
    assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"
    assert api.delete(f"{PATH}/alias", name="iris", alias="v1") == {}


def test_a_tag_that_cannot_be_is_not_removed_either(api: Api) -> None:
    make.version("iris")
    for path, fields in ((PATH, {}), ("mlflow/model-versions", {"version": "1"})):
        for key in ("a/../b", "..", "a(b)"):
            refusal = api.delete(f"{path}/delete-tag", name="iris", key=key, expect=400, **fields)
            assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_search_pages_through_all_models(api: Api) -> None:
    for number in range(5):
        make.model(f"m{number}", tags={"n": str(number)})

    first = api.get(f"{PATH}/search", max_results=3, order_by=["name DESC"])
    assert [model["name"] for model in first["registered_models"]] == ["m4", "m3", "m2"]
    token = first["next_page_token"]
    second = api.get(f"{PATH}/search", max_results=3, order_by=["name DESC"], page_token=token)
    assert [model["name"] for model in second["registered_models"]] == ["m1", "m0"]
    assert "next_page_token" not in second
    assert api.get(f"{PATH}/search", filter="name = 'nothing'") == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"max_results": 0},
        {"max_results": -1},
        {"max_results": 1001},
        {"max_results": "many"},
        {"filter": "name"},
        {"filter": "colour = 'red'"},
        {"order_by": ["size"]},
        {"page_token": "made up"},
    ],
)
def test_a_search_that_makes_no_sense_is_refused(api: Api, fields: dict[str, object]) -> None:
    assert api.get(f"{PATH}/search", expect=400, **fields)["error_code"] == "INVALID_PARAMETER_VALUE"


def test_prompts_hide_unless_they_are_asked_for(api: Api) -> None:
    make.model("iris")
    make.model("greeting", tags={"mlflow.prompt.is_prompt": "true"})

    def found(text: str) -> list[str]:
        return [model["name"] for model in api.get(f"{PATH}/search", filter=text).get("registered_models", [])]

    assert found("tag.`mlflow.prompt.is_prompt` != 'true'") == ["iris"]
    assert found("tags.`mlflow.prompt.is_prompt` = 'true'") == ["greeting"]
    assert found("name LIKE '%i%'") == ["iris"]


def test_a_page_of_models_costs_as_many_queries_as_one_model(api: Api, django_assert_num_queries) -> None:
    for number in range(6):
        name = make.model(f"m{number}", tags={"a": "b", "c": "d"}).name
        for _ in range(2):
            make.version(name, tags={"x": "y"}, aliases=["champion"])
    assert ModelVersion.objects.count() == 12

    for size in (1, 6):
        with django_assert_num_queries(6):
            api.get(f"{PATH}/search", max_results=size)
    with django_assert_num_queries(6):
        api.get(f"{PATH}/get", name="m1")
    with django_assert_num_queries(3):
        api.get(f"{PATH}/alias", name="m1", alias="champion")
