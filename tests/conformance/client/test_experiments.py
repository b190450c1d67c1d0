"""Experiments by the stock client: made, found, tagged, renamed, deleted and restored."""

from typing import Any

import pytest

from tests.conformance.client.generations import since
from tests.conformance.client.refusals import code_of, refusal_of


def test_set_experiment_makes_it_once_and_finds_it_again(mlflow: Any, unique: str) -> None:
    first = mlflow.set_experiment(unique)
    second = mlflow.set_experiment(unique)

    assert first.experiment_id == second.experiment_id
    assert first.artifact_location == f"mlflow-artifacts:/{first.experiment_id}"
    assert first.lifecycle_stage == "active"


def test_experiments_are_set_by_id(mlflow: Any, experiment: Any, unique: str) -> None:
    other = mlflow.create_experiment(f"{unique}-other")
    assert mlflow.set_experiment(experiment_id=other).name == f"{unique}-other"
    with mlflow.start_run() as run:
        pass

    assert run.info.experiment_id == other
    assert code_of(mlflow.set_experiment, experiment_id="999999999") == "RESOURCE_DOES_NOT_EXIST"


def test_experiments_are_created_with_tags_and_read_back(mlflow: Any, client: Any, unique: str) -> None:
    first = mlflow.create_experiment(f"{unique}-1", tags={"team": "vision"})
    second = client.create_experiment(f"{unique}-2", artifact_location=f"s3://bucket/{unique}", tags={"team": "nlp"})

    kept = mlflow.get_experiment(first)
    assert (kept.name, kept.tags, kept.lifecycle_stage) == (f"{unique}-1", {"team": "vision"}, "active")
    assert kept.artifact_location == f"mlflow-artifacts:/{first}"
    assert 0 < kept.creation_time <= kept.last_update_time
    other = mlflow.get_experiment_by_name(f"{unique}-2")
    assert (other.experiment_id, other.artifact_location) == (second, f"s3://bucket/{unique}")
    assert client.get_experiment_by_name(f"{unique}-2").tags == {"team": "nlp"}
    assert mlflow.get_experiment_by_name(f"{unique}-3") is None
    run = client.create_run(second)
    assert run.info.artifact_uri == f"s3://bucket/{unique}/{run.info.run_id}/artifacts"


def test_a_run_without_an_experiment_goes_to_the_default_one(mlflow: Any, client: Any) -> None:
    mlflow.set_experiment("Default")
    with mlflow.start_run() as run:
        pass

    assert run.info.experiment_id == "0"


def test_tags_of_experiments_come_and_go(mlflow: Any, client: Any, experiment: Any) -> None:
    client.set_experiment_tag(experiment.experiment_id, "area", "research")
    mlflow.set_experiment_tag("owner", "mia")
    mlflow.set_experiment_tags({"owner": "noa", "mlflow.note.content": "# Why", "größe": ""})

    tags = client.get_experiment(experiment.experiment_id).tags
    assert tags == {"area": "research", "owner": "noa", "mlflow.note.content": "# Why", "größe": ""}


@since("3.17", "deletion of an experiment's tag")
def test_tags_of_experiments_are_deleted(mlflow: Any, client: Any, experiment: Any) -> None:
    mlflow.set_experiment_tags({"area": "research", "owner": "mia"})
    client.delete_experiment_tag(experiment.experiment_id, "area")
    mlflow.delete_experiment_tag("owner")

    assert client.get_experiment(experiment.experiment_id).tags == {}
    assert code_of(client.delete_experiment_tag, experiment.experiment_id, "area") == "RESOURCE_DOES_NOT_EXIST"


def test_a_deleted_experiment_takes_its_runs_along_and_brings_them_back(
    mlflow: Any, client: Any, experiment: Any
) -> None:
    run = client.create_run(experiment.experiment_id)
    client.delete_experiment(experiment.experiment_id)
    assert client.get_experiment_by_name(experiment.name).lifecycle_stage == "deleted"
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    assert code_of(client.delete_experiment, experiment.experiment_id) == "RESOURCE_DOES_NOT_EXIST"
    assert code_of(client.create_run, experiment.experiment_id) == "INVALID_PARAMETER_VALUE"
    assert code_of(client.set_experiment_tag, experiment.experiment_id, "a", "b") == "INVALID_PARAMETER_VALUE"
    assert code_of(client.create_experiment, experiment.name) == "RESOURCE_ALREADY_EXISTS"
    with pytest.raises(mlflow.exceptions.MlflowException, match="deleted experiment"):
        mlflow.set_experiment(experiment.name)

    client.restore_experiment(experiment.experiment_id)
    client.rename_experiment(experiment.experiment_id, f"{experiment.name} renamed")
    assert client.get_experiment(experiment.experiment_id).name == f"{experiment.name} renamed"
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "active"
    assert code_of(client.restore_experiment, experiment.experiment_id) == "RESOURCE_DOES_NOT_EXIST"


def test_the_fluent_calls_delete_an_experiment(mlflow: Any, client: Any, experiment: Any) -> None:
    mlflow.delete_experiment(experiment.experiment_id)

    assert client.get_experiment(experiment.experiment_id).lifecycle_stage == "deleted"


@since("3.17", "mlflow.restore_experiment")
def test_the_fluent_calls_restore_an_experiment(mlflow: Any, experiment: Any) -> None:
    mlflow.delete_experiment(experiment.experiment_id)
    mlflow.restore_experiment(experiment.experiment_id)

    assert mlflow.get_experiment(experiment.experiment_id).lifecycle_stage == "active"


def test_the_name_of_another_experiment_is_refused(client: Any, experiment: Any, unique: str) -> None:
    other = client.create_experiment(unique)
    refusal = refusal_of(client.create_experiment, unique)

    assert refusal.error_code == "RESOURCE_ALREADY_EXISTS"
    assert unique in refusal.message
    # MLflow answers a rename with the text of the database's error and BAD_REQUEST.
    code = code_of(client.rename_experiment, other, experiment.name)
    assert code in {"RESOURCE_ALREADY_EXISTS", "BAD_REQUEST"}
    assert client.get_experiment(other).name == unique


def test_searches_walk_all_pages(mlflow: Any, client: Any, unique: str) -> None:
    for number in range(5):
        client.create_experiment(f"{unique}-{number}")

    found = []
    token = None
    while True:
        page = client.search_experiments(
            filter_string=f"name LIKE '{unique}-%'", order_by=["name ASC"], max_results=2, page_token=token
        )
        found += [experiment.name for experiment in page]
        token = page.token
        if not token:
            break
    assert found == [f"{unique}-{number}" for number in range(5)]
    walked = mlflow.search_experiments(filter_string=f"name LIKE '{unique}-%'", order_by=["name DESC"], max_results=4)
    assert [experiment.name for experiment in walked] == [f"{unique}-{number}" for number in (4, 3, 2, 1)]


def test_experiments_are_found_by_tag_view_and_time(mlflow: Any, client: Any, unique: str) -> None:
    from mlflow.entities import ViewType

    ids = [client.create_experiment(f"{unique}-{letter}", tags={"series": unique, "n": letter}) for letter in "aBc"]
    client.delete_experiment(ids[2])

    def found(text: str, view: int = ViewType.ACTIVE_ONLY) -> set[str]:
        experiments = mlflow.search_experiments(view_type=view, filter_string=f"tags.series = '{unique}'{text}")
        return {experiment.experiment_id for experiment in experiments}

    assert found("") == {ids[0], ids[1]}
    assert found("", ViewType.DELETED_ONLY) == {ids[2]}
    assert found("", ViewType.ALL) == set(ids)
    assert found(" AND tags.n != 'a'") == {ids[1]}
    assert found(" AND name ILIKE '%-b'") == {ids[1]}
    assert found(" AND name LIKE '%-b'") == set()
    made = client.get_experiment(ids[0]).creation_time
    assert found(f" AND creation_time >= {made}") == {ids[0], ids[1]}
    assert found(f" AND last_update_time < {made}") == set()
    assert code_of(client.search_experiments, filter_string="colour = 'red'") == "INVALID_PARAMETER_VALUE"
    assert code_of(client.search_experiments, order_by=["colour"]) == "INVALID_PARAMETER_VALUE"
    assert code_of(client.search_experiments, page_token="x y") == "INVALID_PARAMETER_VALUE"
