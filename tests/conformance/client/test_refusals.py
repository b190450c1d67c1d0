"""The usual mistakes: the code of the error and the words that a person needs, as the stock client raises them."""

from typing import Any

from tests.conformance.client.generations import since
from tests.conformance.client.refusals import code_of, refusal_of

NO_RUN = "0" * 32


def test_what_does_not_exist_is_said_not_to(client: Any, unique: str) -> None:
    calls = (
        lambda: client.get_experiment("999999999"),
        lambda: client.delete_experiment("999999999"),
        lambda: client.restore_experiment("999999999"),
        lambda: client.rename_experiment("999999999", unique),
        lambda: client.set_experiment_tag("999999999", "a", "b"),
        lambda: client.create_run("999999999"),
        lambda: client.get_run(NO_RUN),
        lambda: client.delete_run(NO_RUN),
        lambda: client.restore_run(NO_RUN),
        lambda: client.update_run(NO_RUN, status="FINISHED"),
        lambda: client.log_metric(NO_RUN, "a", 1.0),
        lambda: client.log_param(NO_RUN, "a", 1),
        lambda: client.set_tag(NO_RUN, "a", 1),
        lambda: client.delete_tag(NO_RUN, "a"),
        lambda: client.list_artifacts(NO_RUN),
        lambda: client.log_text(NO_RUN, "a", "a.txt"),
        lambda: client.get_registered_model(unique),
        lambda: client.update_registered_model(unique, "a"),
        lambda: client.delete_registered_model(unique),
        lambda: client.set_registered_model_tag(unique, "a", "b"),
        lambda: client.delete_registered_model_tag(unique, "a"),
        lambda: client.set_registered_model_alias(unique, "a", "1"),
        lambda: client.delete_registered_model_alias(unique, "a"),
        lambda: client.get_model_version_by_alias(unique, "a"),
        lambda: client.get_latest_versions(unique),
        lambda: client.create_model_version(unique, "s3://bucket/model"),
        lambda: client.get_model_version(unique, "1"),
        lambda: client.update_model_version(unique, "1", "a"),
        lambda: client.delete_model_version(unique, "1"),
        lambda: client.set_model_version_tag(unique, "1", "a", "b"),
        lambda: client.delete_model_version_tag(unique, "1", "a"),
        lambda: client.transition_model_version_stage(unique, "1", "Staging"),
        lambda: client.get_model_version_download_uri(unique, "1"),
    )
    codes = [(number, code_of(call)) for number, call in enumerate(calls)]

    assert codes == [(number, "RESOURCE_DOES_NOT_EXIST") for number in range(len(calls))]


@since("3.0", "logged models")
def test_logged_models_that_do_not_exist_are_said_not_to(client: Any, experiment: Any, unique: str) -> None:
    nobody = f"m-{NO_RUN}"
    calls = (
        lambda: client.get_logged_model(nobody),
        lambda: client.finalize_logged_model(nobody, "READY"),
        lambda: client.delete_logged_model(nobody),
        lambda: client.delete_logged_model_tag(nobody, "a"),
        lambda: client.list_logged_model_artifacts(nobody),
        lambda: client.create_logged_model("999999999"),
    )
    codes = [(number, code_of(call)) for number, call in enumerate(calls)]

    assert codes == [(number, "RESOURCE_DOES_NOT_EXIST") for number in range(len(calls))]
    # For these two newer clients put advice of their own, and their own code, in place of the server's.
    for call in (lambda: client.set_logged_model_tags(nobody, {"a": "b"}), lambda: client.log_model_params(nobody, {})):
        assert nobody in refusal_of(call).message


def test_ids_and_numbers_that_are_none_are_refused(client: Any, unique: str) -> None:
    client.create_registered_model(unique)

    assert code_of(client.get_experiment, "abc") == "INVALID_PARAMETER_VALUE"
    assert code_of(client.get_model_version, unique, "one") == "INVALID_PARAMETER_VALUE"
    assert code_of(client.delete_model_version, unique, "1.0") == "INVALID_PARAMETER_VALUE"
    assert code_of(client.create_experiment, "") == "INVALID_PARAMETER_VALUE"
    assert code_of(client.create_experiment, "e" * 501) == "INVALID_PARAMETER_VALUE"


def test_messages_name_what_was_asked_for(client: Any, unique: str) -> None:
    assert unique in refusal_of(client.get_registered_model, unique).message
    assert NO_RUN in refusal_of(client.get_run, NO_RUN).message
    assert "999999999" in refusal_of(client.get_experiment, "999999999").message
    client.create_registered_model(unique)
    message = refusal_of(client.get_model_version, unique, "7").message
    assert unique in message
    assert "7" in message
    assert refusal_of(client.get_model_version, unique, "7").get_http_status_code() == 404


def test_values_beyond_the_limits_are_refused(client: Any, experiment: Any, unique: str) -> None:
    run_id = client.create_run(experiment.experiment_id).info.run_id
    client.create_registered_model(unique)
    calls = (
        lambda: client.set_experiment_tag(experiment.experiment_id, "k" * 251, "v"),
        lambda: client.set_registered_model_tag(unique, "k" * 251, "v"),
        lambda: client.set_registered_model_tag(unique, "k", "v" * 100_001),
        lambda: client.set_registered_model_alias(unique, "a" * 256, "1"),
        lambda: client.log_metric(run_id, "m", 1.0, timestamp=-1),
        lambda: client.log_metric(run_id, "", 1.0),
    )
    codes = [(number, code_of(call)) for number, call in enumerate(calls)]

    assert codes == [(number, "INVALID_PARAMETER_VALUE") for number in range(len(calls))]
