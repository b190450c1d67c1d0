"""Searches of registered models and versions: prompts stay apart, tags behave, orders have their ties."""

import random
import string

import pytest

from models_app import clock
from models_app.actors import SYSTEM
from models_app.models import ModelVersion, RegisteredModel
from models_app.search import MODEL_VERSIONS, REGISTERED_MODELS, search
from models_app.services import model_versions, registered_models
from tests import make

pytestmark = pytest.mark.django_db

PROMPT = "tags.`mlflow.prompt.is_prompt`"


def models(text: str = "", *order: str) -> list[str]:
    return [model.name for model in search(RegisteredModel.objects.visible_to(SYSTEM), REGISTERED_MODELS, text, order)]


def versions(text: str = "", *order: str) -> list[tuple[str, int]]:
    found = search(ModelVersion.objects.visible_to(SYSTEM), MODEL_VERSIONS, text, order)
    return [(version.model.name, version.number) for version in found]


@pytest.fixture
def prompts():
    for name, tags in (
        ("plain", {}),
        ("prompt", {"mlflow.prompt.is_prompt": "true", "k": "v"}),
        ("denied", {"mlflow.prompt.is_prompt": "false"}),
    ):
        make.model(name, tags=tags)
        make.version(name)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["denied", "plain"]),
        (f"{PROMPT} != 'true'", ["denied", "plain"]),
        (f"{PROMPT} = 'false'", ["denied", "plain"]),
        (f"{PROMPT} = 'true'", ["prompt"]),
        (f"{PROMPT} != 'false'", ["prompt"]),
        (f"{PROMPT} LIKE 'tr%'", ["denied", "plain"]),
        (f"{PROMPT} IS NOT NULL", ["denied", "plain"]),
        (f"{PROMPT} = 'true' AND {PROMPT} != 'true'", []),
        (f"{PROMPT} LIKE 'x%' AND {PROMPT} != 'false'", ["prompt"]),
        (f"{PROMPT} = 'true' AND tags.k = 'w'", []),
        (f"{PROMPT} = 'true' AND name LIKE 'p%'", ["prompt"]),
        ("tags.k = 'v'", []),
        ("name = 'prompt'", []),
    ],
)
def test_prompts_are_found_by_those_who_ask_for_them(prompts, text, found):
    assert models(text) == found
    # A version has no tag `k` of its own; the rest is decided by its model.
    if "tags.k" not in text:
        assert [name for name, _ in versions(text, "name")] == found


def test_a_tag_on_a_version_makes_no_prompt():
    make.version("m", source="prompt-template", tags={"mlflow.prompt.is_prompt": "true"})
    assert versions() == [("m", 1)]


def test_another_workspace_may_have_a_model_of_that_name():
    make.version("m")
    assert versions("name = 'm'") == [("m", 1)]
    assert versions("name = 'M'") == []


def test_unequal_needs_the_tag():
    make.model("with", tags={"k": "v"})
    make.model("other", tags={"k": "w"})
    make.model("without")
    assert models("tags.k != 'v'") == ["other"]
    assert models("tags.k IS NULL") == ["without"]
    assert models("tags.k IS NOT NULL") == ["other", "with"]


def test_conditions_on_one_tag_all_hold():
    make.model("a", tags={"k": "xy"})
    make.model("b", tags={"k": "x"})
    assert models("tags.k LIKE 'x%' AND tags.k != 'x'") == ["a"]


def test_values_that_differ_behind_the_indexed_stretch_differ():
    make.model("a", tags={"k": "x" * 128})
    make.model("b", tags={"k": "x" * 128 + "b"})
    make.model("c", tags={"k": "x" * 127})
    for name, value in (("a", "x" * 128), ("b", "x" * 128 + "b"), ("c", "x" * 127)):
        assert models(f"tags.k = '{value}'") == [name]


def test_models_are_sorted_by_name_unless_asked_otherwise():
    for name in ("b", "a", "B"):
        make.model(name)
    assert models() == ["B", "a", "b"]
    assert models("", "name DESC") == ["b", "a", "B"]


def test_models_updated_at_once_are_sorted_by_name():
    with clock.at(1):
        for name in ("b", "a", "c"):
            make.model(name)
    assert models("", "timestamp DESC") == models("", "last_updated_timestamp ASC") == ["a", "b", "c"]


def test_versions_come_newest_first():
    for name in ("a", "b", "a"):
        make.version(name)
    model_versions.update_model_version(actor=SYSTEM, name="b", version=1, description="newer")
    assert versions()[0] == ("b", 1)
    assert versions("", "name") == [("a", 2), ("a", 1), ("b", 1)]
    assert versions("", "version_number") == [("a", 1), ("b", 1), ("a", 2)]


def test_deleted_versions_are_not_found():
    make.version("a")
    make.version("a", tags={"k": "v"})
    model_versions.delete_model_version(actor=SYSTEM, name="a", version=2)
    assert versions() == [("a", 1)]
    assert versions("tags.k = 'v'") == []


@pytest.mark.parametrize("text", ["version_number = 2", "version_number = '2'", "version_number = '02'"])
def test_a_version_number_may_be_quoted(text):
    make.version("a")
    make.version("a")
    assert versions(text) == [("a", 2)]


def test_a_renamed_model_is_found_by_its_new_name():
    make.version("a")
    registered_models.rename_registered_model(actor=SYSTEM, name="a", new_name="z")
    assert versions("name = 'z'") == [("z", 1)]
    assert versions("name = 'a'") == []


def test_results_can_be_counted_and_sliced():
    for _ in range(3):
        make.version("a", tags={"k": "v"})
    found = search(ModelVersion.objects.visible_to(SYSTEM), MODEL_VERSIONS, "tags.k = 'v'")
    assert found.count() == 3
    assert found.order_by()[:2].count() == 2
    assert found.exists()


def test_a_long_source_is_stored_and_found_to_its_last_character():
    dice = random.Random(1)
    start = "s3://bucket/" + "".join(dice.choices(string.ascii_letters, k=3_500))
    for end in "ab":
        make.version("m", source=start + end)
    assert versions(f"source_path = '{start}b'") == [("m", 2)]
    assert versions(f"source_path = '{start}'") == []
