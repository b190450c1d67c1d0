"""Registered models by the stock client: created, described, tagged, aliased, renamed, searched and deleted."""

from typing import Any

import pytest

from tests.conformance.client.refusals import code_of


def test_a_name_that_is_taken_is_refused_with_mlflows_code(mlflow: Any, client: Any, unique: str) -> None:
    made = client.create_registered_model(unique, tags={"a": "b"}, description="first")

    assert code_of(client.create_registered_model, unique) == "RESOURCE_ALREADY_EXISTS"
    kept = client.get_registered_model(unique)
    assert (kept.description, kept.tags, kept.latest_versions, kept.aliases) == ("first", {"a": "b"}, [], {})
    assert kept.creation_timestamp == made.creation_timestamp == made.last_updated_timestamp


@pytest.mark.parametrize("name", ["", " ", "a/b", "a:b", ".", ".."])
def test_names_that_addresses_can_not_hold_are_refused(client: Any, name: str) -> None:
    assert code_of(client.create_registered_model, name) == "INVALID_PARAMETER_VALUE"


def test_names_differ_by_case_and_may_be_of_any_script(client: Any, unique: str) -> None:
    for name in (f"Ünï {unique} 学", f"{unique}-a", f"{unique}-A"):
        client.create_registered_model(name)
        assert client.get_registered_model(name).name == name


def test_aliases_are_set_moved_and_deleted(mlflow: Any, client: Any, numbered: str) -> None:
    client.set_registered_model_alias(numbered, "champion", "1")
    client.set_registered_model_alias(numbered, "champion", "2")
    client.set_registered_model_alias(numbered, "challenger", 2)

    assert client.get_model_version_by_alias(numbered, "champion").version == "2"
    assert client.get_registered_model(numbered).aliases == {"champion": "2", "challenger": "2"}
    assert sorted(client.get_model_version(numbered, "2").aliases) == ["challenger", "champion"]
    client.delete_registered_model_alias(numbered, "champion")
    client.delete_registered_model_alias(numbered, "champion")
    assert code_of(client.get_model_version_by_alias, numbered, "champion") == "INVALID_PARAMETER_VALUE"
    assert client.get_model_version_by_alias(numbered, "latest").version == "2"


@pytest.mark.parametrize("alias", ["latest", "LATEST", "v1", "V20", "a b", "a/b"])
def test_aliases_that_mean_something_else_are_refused(client: Any, unique: str, alias: str) -> None:
    client.create_registered_model(unique)
    client.create_model_version(unique, "s3://bucket/model")

    assert code_of(client.set_registered_model_alias, unique, alias, "1") == "INVALID_PARAMETER_VALUE"
    assert code_of(client.set_registered_model_alias, unique, "v1a", "2") == "RESOURCE_DOES_NOT_EXIST"
    client.set_registered_model_alias(unique, "v1a", "1")
    assert client.get_registered_model(unique).aliases == {"v1a": "1"}


def test_an_alias_goes_with_its_version(client: Any, unique: str) -> None:
    client.create_registered_model(unique)
    client.create_model_version(unique, "s3://bucket/model")
    client.set_registered_model_alias(unique, "champion", "1")
    client.delete_model_version(unique, "1")

    assert client.get_registered_model(unique).aliases == {}
    assert code_of(client.get_model_version_by_alias, unique, "champion") == "INVALID_PARAMETER_VALUE"


def test_tags_and_descriptions_of_models_and_versions(mlflow: Any, client: Any, numbered: str) -> None:
    client.set_registered_model_tag(numbered, "task", "classification")
    client.set_model_version_tag(numbered, "1", "validated", "yes")
    described = client.update_registered_model(numbered, "# Card")
    client.update_model_version(numbered, "1", "first try")

    model = client.get_registered_model(numbered)
    version = client.get_model_version(numbered, "1")
    assert (model.tags, model.description) == ({"task": "classification"}, "# Card")
    assert (described.name, described.description) == (numbered, "# Card")
    assert (version.tags, version.description) == ({"validated": "yes"}, "first try")
    client.delete_registered_model_tag(numbered, "task")
    client.delete_registered_model_tag(numbered, "task")
    client.delete_model_version_tag(numbered, "1", "validated")
    client.delete_model_version_tag(numbered, "1", "validated")
    assert client.get_registered_model(numbered).tags == {}
    assert client.get_model_version(numbered, "1").tags == {}
    client.update_registered_model(numbered, "")
    assert not client.get_registered_model(numbered).description


def test_models_are_renamed_and_deleted(mlflow: Any, client: Any, registered: str) -> None:
    renamed = f"{registered} renamed"
    client.set_registered_model_alias(registered, "champion", "1")
    client.rename_registered_model(registered, renamed)
    assert client.get_model_version(renamed, "1").name == renamed
    assert mlflow.sklearn.load_model(f"models:/{renamed}/1") is not None
    assert client.get_model_version_by_alias(renamed, "champion").name == renamed

    client.delete_model_version(renamed, "2")
    assert [version.version for version in client.search_model_versions(f"name = '{renamed}'")] == ["1"]
    client.delete_registered_model(renamed)
    for gone in (registered, renamed):
        assert code_of(client.get_registered_model, gone) == "RESOURCE_DOES_NOT_EXIST"
    client.create_registered_model(registered)
    assert client.create_model_version(registered, "s3://bucket/model").version == "1"


def test_a_model_is_not_renamed_to_one_that_exists(client: Any, unique: str) -> None:
    client.create_registered_model(f"{unique}-a")
    client.create_registered_model(f"{unique}-b")

    assert code_of(client.rename_registered_model, f"{unique}-a", f"{unique}-b") == "RESOURCE_ALREADY_EXISTS"
    assert code_of(client.rename_registered_model, f"{unique}-c", f"{unique}-d") == "RESOURCE_DOES_NOT_EXIST"
    assert code_of(client.rename_registered_model, f"{unique}-a", "a/b") == "INVALID_PARAMETER_VALUE"


def test_models_are_found(mlflow: Any, client: Any, unique: str) -> None:
    for number in range(3):
        client.create_registered_model(f"{unique}-{number}", tags={"series": unique, "number": str(number)})

    found = client.search_registered_models(f"name LIKE '{unique}-%'", order_by=["name DESC"], max_results=2)
    assert [model.name for model in found] == [f"{unique}-2", f"{unique}-1"]
    rest = client.search_registered_models(
        f"name LIKE '{unique}-%'", order_by=["name DESC"], max_results=2, page_token=found.token
    )
    assert [model.name for model in rest] == [f"{unique}-0"]
    assert not rest.token
    # The client joins a condition of its own with AND, so here are two.
    dangling = client.search_registered_models(f"tags.series = '{unique}' AND tags.number = '1' AND")
    tagged = client.search_registered_models(f"tags.series = '{unique}' AND tags.number = '1'")
    assert [found.name for found in dangling] == [found.name for found in tagged]
    assert [model.name for model in tagged] == [f"{unique}-1"]
    assert f"{unique}-0" in {model.name for model in client.search_registered_models(max_results=1_000)}


def test_the_fluent_search_of_models_walks_its_pages(mlflow: Any, client: Any, unique: str) -> None:
    for number in range(105):
        client.create_registered_model(f"{unique}-{number:03}")

    found = mlflow.search_registered_models(filter_string=f"name LIKE '{unique}-%'", order_by=["name ASC"])
    assert [model.name for model in found] == [f"{unique}-{number:03}" for number in range(105)]
    few = mlflow.search_registered_models(max_results=3, filter_string=f"name ILIKE '{unique.upper()}-00%'")
    assert [model.name for model in few] == [f"{unique}-00{number}" for number in range(3)]


def test_the_last_change_orders_models(client: Any, unique: str) -> None:
    for letter in "abc":
        client.create_registered_model(f"{unique}-{letter}")
    client.create_model_version(f"{unique}-a", "s3://bucket/model")

    found = client.search_registered_models(f"name LIKE '{unique}-%'", order_by=["last_updated_timestamp DESC"])
    assert found[0].name == f"{unique}-a"
    assert [version.version for version in found[0].latest_versions] == ["1"]


@pytest.mark.parametrize("text", ["colour = 'red'", "name > 'a'", "name = 1", "tags.a = 'b' OR name = 'c'", "name ="])
def test_a_filter_of_models_that_means_nothing_is_refused(client: Any, text: str) -> None:
    assert code_of(client.search_registered_models, text) == "INVALID_PARAMETER_VALUE"


def test_pages_of_models_of_impossible_sizes_are_refused(client: Any) -> None:
    for options in ({"max_results": 1_001}, {"page_token": "x y"}, {"order_by": ["colour"]}):
        assert code_of(client.search_registered_models, **options) == "INVALID_PARAMETER_VALUE"
