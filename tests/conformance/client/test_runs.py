"""Runs by the stock client: started, nested, resumed, renamed, deleted and restored."""

from typing import Any

import pytest

from tests.conformance.client.generations import since
from tests.conformance.client.refusals import code_of


def test_a_run_keeps_what_was_logged(mlflow: Any, client: Any, experiment: Any) -> None:
    with mlflow.start_run(run_name="first", description="why", tags={"given": "at start"}) as run:
        mlflow.log_param("alpha", 0.5)
        mlflow.log_params({"layers": 3, "optimizer": "adam"})
        mlflow.log_metric("loss", 0.7, step=0)
        mlflow.log_metric("loss", 0.4, step=1)
        mlflow.log_metrics({"accuracy": 0.9, "f1": 0.8}, step=5)
        mlflow.set_tag("team", "vision")
        mlflow.set_tags({"stage": "dev", "owner": "mia"})

    kept = client.get_run(run.info.run_id)
    assert kept.info.status == "FINISHED"
    assert kept.info.run_name == "first"
    assert kept.info.end_time >= kept.info.start_time
    assert kept.info.artifact_uri == f"{experiment.artifact_location}/{run.info.run_id}/artifacts"
    assert kept.data.params == {"alpha": "0.5", "layers": "3", "optimizer": "adam"}
    assert kept.data.metrics == {"loss": 0.4, "accuracy": 0.9, "f1": 0.8}
    assert kept.data.tags["team"] == "vision"
    assert kept.data.tags["given"] == "at start"
    assert kept.data.tags["mlflow.runName"] == "first"
    assert kept.data.tags["mlflow.note.content"] == "why"
    assert mlflow.get_run(run.info.run_id).to_dictionary() == kept.to_dictionary()


def test_a_run_without_a_name_is_given_one(mlflow: Any, client: Any, experiment: Any) -> None:
    run = client.create_run(experiment.experiment_id)

    assert run.info.run_name
    assert run.data.tags["mlflow.runName"] == run.info.run_name
    assert (run.info.status, run.info.lifecycle_stage, run.info.end_time) == ("RUNNING", "active", None)


def test_name_and_tag_of_a_run_must_agree(client: Any, experiment: Any) -> None:
    tags = {"mlflow.runName": "b"}
    code = code_of(client.create_run, experiment.experiment_id, run_name="a", tags=tags)
    run = client.create_run(experiment.experiment_id, tags=tags)

    assert code == "INVALID_PARAMETER_VALUE"
    assert run.info.run_name == "b"
    client.set_tag(run.info.run_id, "mlflow.runName", "c")
    assert client.get_run(run.info.run_id).info.run_name == "c"


def test_the_active_run_is_known(mlflow: Any, experiment: Any) -> None:
    assert mlflow.active_run() is None
    run = mlflow.start_run()
    assert mlflow.active_run().info.run_id == run.info.run_id
    assert mlflow.get_artifact_uri("plots") == f"{run.info.artifact_uri}/plots"
    with pytest.raises(Exception, match="already active"):
        mlflow.start_run()
    mlflow.end_run("KILLED")

    assert mlflow.active_run() is None
    assert mlflow.last_active_run().info.status == "KILLED"
    assert mlflow.last_active_run().info.run_id == run.info.run_id


def test_runs_nest_and_resume(mlflow: Any, client: Any, experiment: Any) -> None:
    with mlflow.start_run() as parent, mlflow.start_run(nested=True) as child:
        mlflow.log_metric("loss", 1)
    with mlflow.start_run(run_id=parent.info.run_id):
        assert client.get_run(parent.info.run_id).info.status == "RUNNING"
        mlflow.log_param("late", "yes")

    assert client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == parent.info.run_id
    resumed = client.get_run(parent.info.run_id)
    assert resumed.info.status == "FINISHED"
    assert resumed.data.params == {"late": "yes"}


def test_children_are_found_and_know_their_parent(mlflow: Any, client: Any, experiment: Any) -> None:
    with mlflow.start_run() as parent:
        children = []
        for number in range(2):
            with mlflow.start_run(nested=True, run_name=f"child-{number}") as child:
                children.append(child.info.run_id)
    with mlflow.start_run(parent_run_id=parent.info.run_id, nested=True) as late:
        children.append(late.info.run_id)

    found = mlflow.search_runs([experiment.experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    assert set(found["run_id"]) == set(children)
    assert set(found["tags.mlflow.parentRunId"]) == {parent.info.run_id}
    assert mlflow.get_parent_run(children[0]).info.run_id == parent.info.run_id
    assert client.get_parent_run(late.info.run_id).info.run_id == parent.info.run_id
    assert client.get_parent_run(parent.info.run_id) is None


def test_a_run_is_found_by_its_name_and_resumed(
    mlflow: Any, client: Any, experiment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mlflow.start_run(run_name="night shift") as run:
        mlflow.log_metric("loss", 1.0, step=0)
    [found] = client.search_runs([experiment.experiment_id], "attributes.run_name = 'night shift'")
    # The other way to name it: how a job hands its run to a process of its own.
    monkeypatch.setenv("MLFLOW_RUN_ID", found.info.run_id)
    with mlflow.start_run() as resumed:
        mlflow.log_metric("loss", 0.5, step=1)

    assert resumed.info.run_id == run.info.run_id
    assert resumed.info.run_name == "night shift"
    assert client.get_run(run.info.run_id).data.metrics == {"loss": 0.5}


def test_a_failing_run_is_marked_so(mlflow: Any, client: Any, experiment: Any) -> None:
    with pytest.raises(ZeroDivisionError), mlflow.start_run() as run:
        1 / 0  # noqa: B018 - it is the failure

    assert client.get_run(run.info.run_id).info.status == "FAILED"


def test_runs_are_renamed_and_updated(mlflow: Any, client: Any, experiment: Any) -> None:
    run = client.create_run(experiment.experiment_id, run_name="before")
    client.update_run(run.info.run_id, status="KILLED", name="after")
    client.set_terminated(run.info.run_id, "KILLED", end_time=run.info.start_time + 5)

    kept = client.get_run(run.info.run_id)
    assert kept.info.run_name == "after"
    assert kept.data.tags["mlflow.runName"] == "after"
    assert kept.info.status == "KILLED"
    assert kept.info.end_time == run.info.start_time + 5


def test_a_run_is_created_in_the_past(client: Any, experiment: Any) -> None:
    run = client.create_run(experiment.experiment_id, start_time=1_000, tags={"mlflow.user": "mia"}, run_name="old")
    client.set_terminated(run.info.run_id, end_time=2_000)

    kept = client.get_run(run.info.run_id)
    assert (kept.info.start_time, kept.info.end_time, kept.info.status) == (1_000, 2_000, "FINISHED")
    assert kept.data.tags["mlflow.user"] == "mia"


def test_a_description_is_a_tag_that_may_change(mlflow: Any, client: Any, experiment: Any) -> None:
    with mlflow.start_run(description="# Why\n\nBecause.") as run:
        mlflow.set_tag("mlflow.note.content", "# Why not")

    assert client.get_run(run.info.run_id).data.tags["mlflow.note.content"] == "# Why not"


def test_tags_of_runs_come_and_go(mlflow: Any, client: Any, experiment: Any) -> None:
    run = client.create_run(experiment.experiment_id)
    client.set_tag(run.info.run_id, "team", "nlp")
    client.set_tag(run.info.run_id, "team", "vision")
    client.set_tag(run.info.run_id, "path/of.a key", 5)
    assert client.get_run(run.info.run_id).data.tags["path/of.a key"] == "5"
    client.delete_tag(run.info.run_id, "team")
    with mlflow.start_run(run_id=run.info.run_id):
        mlflow.delete_tag("path/of.a key")

    assert set(client.get_run(run.info.run_id).data.tags) == {"mlflow.runName"}
    assert code_of(client.delete_tag, run.info.run_id, "team") == "RESOURCE_DOES_NOT_EXIST"


def test_runs_are_deleted_and_restored(mlflow: Any, client: Any, experiment: Any) -> None:
    run_id = client.create_run(experiment.experiment_id).info.run_id
    client.delete_run(run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    assert client.search_runs([experiment.experiment_id]) == []
    for call in (
        lambda: client.log_metric(run_id, "a", 1.0),
        lambda: client.log_param(run_id, "a", 1),
        lambda: client.set_tag(run_id, "a", 1),
        lambda: client.update_run(run_id, status="FINISHED"),
    ):
        assert code_of(call) == "INVALID_PARAMETER_VALUE"
    client.restore_run(run_id)
    assert len(client.search_runs([experiment.experiment_id])) == 1
    mlflow.delete_run(run_id)
    assert client.search_runs([experiment.experiment_id]) == []


@since("3.17", "mlflow.restore_run")
def test_the_fluent_calls_restore_a_run(mlflow: Any, client: Any, experiment: Any) -> None:
    run_id = client.create_run(experiment.experiment_id).info.run_id
    mlflow.delete_run(run_id)
    mlflow.restore_run(run_id)

    assert mlflow.get_run(run_id).info.lifecycle_stage == "active"


def test_a_deleted_run_is_not_resumed(mlflow: Any, client: Any, experiment: Any) -> None:
    run_id = client.create_run(experiment.experiment_id).info.run_id
    client.delete_run(run_id)

    with pytest.raises(mlflow.exceptions.MlflowException, match="deleted state"):
        mlflow.start_run(run_id=run_id)


def test_the_addresses_of_the_server_are_known(mlflow: Any, client: Any, server_url: str) -> None:
    assert mlflow.is_tracking_uri_set()
    assert mlflow.get_tracking_uri() == mlflow.get_registry_uri() == client.tracking_uri == server_url
