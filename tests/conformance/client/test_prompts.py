"""Prompts by the stock client: they live in the registry beside the models, and hide from them."""

from typing import Any

import pytest

from tests.conformance.client.generations import before, since
from tests.conformance.client.refusals import code_of

CHAT = [{"role": "system", "content": "Be {{manner}}."}, {"role": "user", "content": "{{question}}"}]


@since("3.17", "mlflow.genai for prompts")
def test_prompts_live_beside_the_models_and_hide_from_them(mlflow: Any, client: Any, unique: str) -> None:
    first = mlflow.genai.register_prompt(unique, "Say {{word}}.", commit_message="first", tags={"lang": "en"})
    mlflow.genai.register_prompt(unique, "Shout {{word}}!")
    mlflow.genai.set_prompt_alias(unique, "live", 1)

    assert first.version == 1
    assert mlflow.genai.load_prompt(f"prompts:/{unique}@live").template == "Say {{word}}."
    assert mlflow.genai.load_prompt(unique, version=2).template == "Shout {{word}}!"
    assert mlflow.genai.load_prompt(f"prompts:/{unique}@latest").version == 2
    assert mlflow.genai.load_prompt(f"prompts:/{unique}/1").commit_message == "first"
    assert unique in {prompt.name for prompt in mlflow.genai.search_prompts(max_results=1_000)}
    assert unique not in {model.name for model in client.search_registered_models(max_results=1_000)}
    assert client.search_model_versions(f"name = '{unique}'") == []
    mlflow.genai.delete_prompt_alias(unique, "live")
    assert mlflow.genai.load_prompt(f"prompts:/{unique}@live", allow_missing=True) is None


def test_prompts_are_registered_and_loaded_by_the_calls_of_every_client(mlflow: Any, client: Any, unique: str) -> None:
    first = mlflow.register_prompt(unique, "Say {{word}}.", commit_message="first")
    second = client.register_prompt(unique, "Shout {{word}}!")
    client.set_prompt_alias(unique, "live", 1)
    mlflow.set_prompt_alias(unique, "next", 2)

    assert [int(prompt.version) for prompt in (first, second)] == [1, 2]  # texts, for older clients
    assert mlflow.load_prompt(f"prompts:/{unique}/1").format(word="hello") == "Say hello."
    assert client.load_prompt(f"prompts:/{unique}@next").template == "Shout {{word}}!"
    assert mlflow.load_prompt(unique, version=2).variables == {"word"}
    assert client.parse_prompt_uri(f"prompts:/{unique}@live") in {(unique, 1), (unique, "1")}
    assert unique not in {model.name for model in client.search_registered_models(max_results=1_000)}
    client.delete_prompt_alias(unique, "live")
    mlflow.delete_prompt_alias(unique, "next")
    with pytest.raises(mlflow.exceptions.MlflowException):
        client.load_prompt(f"prompts:/{unique}@live")
    # A prompt is no model for the calls of models, and a model is none for those of prompts.
    with pytest.raises(mlflow.exceptions.MlflowException):
        client.get_registered_model(unique)
    client.create_registered_model(f"{unique}-model")
    with pytest.raises(mlflow.exceptions.MlflowException):
        mlflow.register_prompt(f"{unique}-model", "Say {{word}}.")


@before("3.17", "the calls that delete versions of prompts and link them to runs")
def test_prompts_of_older_clients_are_linked_to_runs_and_deleted(
    mlflow: Any, client: Any, experiment: Any, unique: str
) -> None:
    mlflow.register_prompt(unique, "Say {{word}}.")
    mlflow.register_prompt(unique, "Shout {{word}}!")
    run_id = client.create_run(experiment.experiment_id).info.run_id
    client.log_prompt(run_id, f"prompts:/{unique}/1")
    assert [int(prompt.version) for prompt in client.list_logged_prompts(run_id)] == [1]
    client.detach_prompt_from_run(run_id, f"prompts:/{unique}/1")
    assert client.list_logged_prompts(run_id) == []

    client.delete_prompt(unique, 1)
    mlflow.delete_prompt(unique, 2)
    with pytest.raises(mlflow.exceptions.MlflowException):
        mlflow.load_prompt(f"prompts:/{unique}/2")


@since("3.0", "a search for prompts")
def test_prompts_are_found_by_name(mlflow: Any, client: Any, unique: str) -> None:
    for letter in "ab":
        mlflow.register_prompt(f"{unique}-{letter}", "Say {{word}}.")
    client.create_registered_model(f"{unique}-c")

    expected = [f"{unique}-a", f"{unique}-b"]
    assert sorted(prompt.name for prompt in mlflow.search_prompts(f"name LIKE '{unique}-%'")) == expected
    assert sorted(prompt.name for prompt in client.search_prompts(f"name ILIKE '{unique.upper()}%'")) == expected
    first = client.search_prompts(f"name LIKE '{unique}-%'", max_results=1)
    second = client.search_prompts(f"name LIKE '{unique}-%'", max_results=1, page_token=first.token)
    assert [prompt.name for prompt in [*first, *second]] == expected


@since("3.17", "conversations as prompts")
def test_conversations_are_prompts_with_a_format_and_a_model(mlflow: Any, unique: str) -> None:
    form = {"type": "object", "properties": {"answer": {"type": "string"}}}
    config = {"model_name": "small", "temperature": 0.5}
    mlflow.genai.register_prompt(unique, CHAT, response_format=form, model_config=config)

    prompt = mlflow.genai.load_prompt(unique)
    assert (prompt.template, prompt.response_format) == (CHAT, form)
    assert prompt.model_config["temperature"] == 0.5
    said = prompt.format(manner="kind", question="Why?")
    assert [message["content"] for message in said] == ["Be kind.", "Why?"]
    mlflow.genai.set_prompt_model_config(unique, 1, {"temperature": 0.75})
    assert mlflow.genai.load_prompt(unique, cache_ttl_seconds=0).model_config["temperature"] == 0.75
    mlflow.genai.delete_prompt_model_config(unique, 1)
    assert mlflow.genai.load_prompt(unique, cache_ttl_seconds=0).model_config is None


@since("3.17", "tags of prompts and their versions")
def test_prompts_and_their_versions_have_tags(mlflow: Any, client: Any, unique: str) -> None:
    mlflow.genai.register_prompt(unique, "Say {{word}}.", tags={"lang": "en"})
    mlflow.genai.set_prompt_tag(unique, "team", "a")
    client.set_prompt_tag(unique, "owner", "mia")
    mlflow.genai.set_prompt_version_tag(unique, 1, "checked", "yes")
    client.set_prompt_version_tag(unique, 1, "by", "noa")

    assert {"team": "a", "owner": "mia"}.items() <= mlflow.genai.get_prompt_tags(unique).items()
    tags = mlflow.genai.load_prompt(unique, cache_ttl_seconds=0).tags
    assert tags == {"lang": "en", "checked": "yes", "by": "noa"}
    mlflow.genai.delete_prompt_tag(unique, "team")
    client.delete_prompt_tag(unique, "owner")
    mlflow.genai.delete_prompt_version_tag(unique, 1, "checked")
    client.delete_prompt_version_tag(unique, 1, "by")
    assert not {"team", "owner"} & set(mlflow.genai.get_prompt_tags(unique))
    assert mlflow.genai.load_prompt(unique, cache_ttl_seconds=0).tags == {"lang": "en"}
    [found] = mlflow.genai.search_prompts(f"name = '{unique}'")
    assert found.name == unique


@since("3.17", "prompts as things with versions")
def test_prompts_are_made_read_and_deleted_version_by_version(client: Any, unique: str) -> None:
    made = client.create_prompt(unique, description="A greeting", tags={"team": "a"})
    first = client.create_prompt_version(unique, "Say {{word}}.", description="first", tags={"lang": "en"})
    client.create_prompt_version(unique, "Shout {{word}}!")
    client.set_prompt_alias(unique, "live", 2)

    assert (made.name, first.version) == (unique, 1)
    kept = client.get_prompt(unique)
    assert (kept.description, kept.tags) == ("A greeting", {"team": "a"})
    assert client.get_prompt_version(unique, 1).commit_message == "first"
    assert client.get_prompt_version_by_alias(unique, "live").version == 2
    assert {prompt.version for prompt in client.search_prompt_versions(unique)} == {1, 2}
    page = client.search_prompt_versions(unique, max_results=1)
    rest = client.search_prompt_versions(unique, max_results=1, page_token=page.token)
    assert {prompt.template for prompt in [*page, *rest]} == {"Say {{word}}.", "Shout {{word}}!"}
    client.delete_prompt_version(unique, "2")
    assert code_of(client.get_prompt_version, unique, "2") == "RESOURCE_DOES_NOT_EXIST"
    client.delete_prompt(unique)
    assert client.get_prompt(unique) is None


@since("3.17", "links from prompts to runs and models")
def test_prompts_are_linked_to_runs_and_models(mlflow: Any, client: Any, experiment: Any, unique: str) -> None:
    prompt = mlflow.genai.register_prompt(unique, "Say {{word}}.")
    model = mlflow.create_external_model("agent")
    run_id = client.create_run(experiment.experiment_id).info.run_id
    client.link_prompt_version_to_run(run_id, prompt)
    client.link_prompt_version_to_model(unique, "1", model.model_id)

    assert unique in client.get_run(run_id).data.tags["mlflow.linkedPrompts"]
    assert unique in client.get_logged_model(model.model_id).tags["mlflow.linkedPrompts"]
    # These two still look at a mark of the version that only older clients set.
    assert client.list_logged_prompts(run_id) == []
    assert code_of(client.detach_prompt_from_run, run_id, f"prompts:/{unique}/1") == "INVALID_PARAMETER_VALUE"
