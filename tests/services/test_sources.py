"""The protocol's table of sources: what a version may be registered from, row by row."""

from dataclasses import dataclass

import pytest

from models_app.errors import DoesNotExist, InvalidValue, RegistryError
from models_app.models import LoggedModel, Run
from models_app.services import model_versions, registered_models, sources
from models_app.services.sources import ResolvedSource
from tests import make

UNKNOWN_RUN = "0" * 32
UNKNOWN_MODEL = f"m-{UNKNOWN_RUN}"


@dataclass(frozen=True)
class Scene:
    run: Run
    other_run: Run
    model: LoggedModel
    orphan: LoggedModel

    def resolve(self, source: str, **named: str) -> ResolvedSource:
        return sources.resolve_source(make.actor(), self.fill(source), **{k: self.fill(v) for k, v in named.items()})

    def fill(self, text: str) -> str:
        values = {
            "run": self.run.pk, "other": self.other_run.pk, "model": self.model.pk, "orphan": self.orphan.pk,
            "files": self.run.artifact_uri, "model_files": self.model.artifact_uri,
        }  # fmt: skip
        return text.format(**values)


@pytest.fixture
def scene(db: None) -> Scene:
    run = make.run()
    scene = Scene(run, make.run(), make.logged_model(run), make.logged_model())
    scene.orphan.source_run_id = ""
    make.model("iris")
    make.model("empty")
    for _ in range(3):
        make.version("iris", of_run=run)
    actor = make.actor()
    registered_models.set_registered_model_alias(actor=actor, name="iris", alias="champ", version=2)
    model_versions.transition_model_version_stage(actor=actor, name="iris", version=3, stage="Production")
    return scene


TAKEN = [
    ("runs:/{run}/model", {"run_id": "{run}"}, "runs:/{run}/model"),
    (f"runs:/{UNKNOWN_RUN}/m", {"run_id": UNKNOWN_RUN}, f"runs:/{UNKNOWN_RUN}/m"),
    ("models:/{model}", {"model_id": "{model}"}, "{model_files}"),
    ("models:/{model}", {"model_id": "{model}", "run_id": "{other}"}, "{model_files}"),
    ("models:/iris/1", {}, "runs:/{run}/model"),
    ("models:/iris/01", {"run_id": "{run}"}, "runs:/{run}/model"),
    ("models:/iris@champ", {}, "runs:/{run}/model"),
    ("models:/iris/latest", {}, "runs:/{run}/model"),
    ("models:/iris/production", {}, "runs:/{run}/model"),
    ("{files}/model", {"run_id": "{run}"}, "{files}/model"),
    ("{files}", {"run_id": "{run}"}, "{files}"),
    ("{model_files}", {"model_id": "{model}"}, "{model_files}"),
    ("s3://b/x", {}, "s3://b/x"),
    ("s3://b/x", {"run_id": "nonsense"}, "s3://b/x"),
    ("s3://b/x", {"model_id": "{model}"}, "s3://b/x"),
    ("gs://b/x", {}, "gs://b/x"),
    ("wasbs://a@b/x", {}, "wasbs://a@b/x"),
    ("dbfs:/x", {}, "dbfs:/x"),
    ("weird://x/y", {}, "weird://x/y"),
    ("s3://b/..x/y", {}, "s3://b/..x/y"),
]
INVALID: list[tuple[str, dict[str, str]]] = [
    ("runs:/{run}/model", {}),
    ("runs:/{run}/model", {"run_id": "{other}"}),
    ("runs:/{run}/model", {"run_id": "{run}", "model_id": "{model}"}),
    ("runs:/{run}/../x", {"run_id": "{run}"}),
    ("runs:/{run}/%2e%2e/x", {"run_id": "{run}"}),
    ("runs:/", {"run_id": "{run}"}),
    ("models:/{model}", {}),
    ("models:/{model}", {"model_id": "{orphan}"}),
    ("models:/{model}/", {"model_id": "{model}"}),
    ("models:/iris/1", {"run_id": "{other}"}),
    ("models:/iris/1", {"model_id": "{model}"}),
    ("models:/iris/Odd", {}),
    ("models:/iris/-1", {}),
    ("models:/iris@zz", {}),
    ("models:/iris", {}),
    ("models:/iris/1/x", {}),
    ("models:/", {}),
    ("{files}/model", {}),
    ("{files}/model", {"run_id": "{other}"}),
    ("{files}x/model", {"run_id": "{run}"}),
    ("{files}", {"run_id": UNKNOWN_RUN}),
    ("{model_files}", {"run_id": "{run}"}),
    ("file:///tmp/x", {"run_id": "{run}"}),
    ("/tmp/x", {}),  # noqa: S108 - nothing is written there
    ("model", {}),
    ("a/b", {"run_id": "{run}"}),
    (" ", {}),
    ("C:\\x", {}),
    ("dummy-source", {}),
    *((f"{scheme}://host/x", {}) for scheme in (*sorted(sources.REFUSED_SCHEMES), "HTTP")),
    ("s3:", {}),
    ("s3://b", {}),
    ("s3://b/", {}),
    ("weird:x", {}),
    ("mailto:x@y", {}),
    ("s3://b/../x", {}),
    ("s3://b/%252e%252e/x", {}),
    ("s3://b\\..\\x", {}),
]
MISSING: list[tuple[str, dict[str, str]]] = [
    ("models:/" + UNKNOWN_MODEL, {"model_id": UNKNOWN_MODEL}),
    ("models:/ghost/1", {}),
    ("models:/ghost@champ", {}),
    ("models:/ghost/Odd", {}),
    ("models:/iris/99", {}),
    ("models:/iris/" + "9" * 30, {}),
    ("models:/iris/Staging", {}),
    ("models:/empty/latest", {}),
    ("s3://b/x", {"model_id": UNKNOWN_MODEL}),
    ("s3://b/x", {"model_id": "odd"}),
]


def test_a_source_is_taken(scene: Scene) -> None:
    for source, named, location in TAKEN:
        assert scene.resolve(source, **named).storage_location == scene.fill(location), (source, named)


@pytest.mark.parametrize(("rows", "refusal"), [(INVALID, InvalidValue), (MISSING, DoesNotExist)])
def test_a_source_is_refused(
    scene: Scene, rows: list[tuple[str, dict[str, str]]], refusal: type[RegistryError]
) -> None:
    for source, named in rows:
        with pytest.raises(refusal):
            pytest.fail(f"taken: {source} {named} {scene.resolve(source, **named)}")


def test_a_version_inherits_what_produced_its_source(scene: Scene) -> None:
    assert scene.resolve("models:/{model}", model_id="{model}").run_id == scene.run.pk
    assert scene.resolve("models:/{model}", model_id="{model}", run_id="{other}").run_id == scene.other_run.pk
    assert scene.resolve("s3://b/x", model_id="{model}").run_id == scene.run.pk
    assert scene.resolve("models:/iris@champ").source == "models:/iris/2"


def test_a_place_below_another_keeps_its_query() -> None:
    assert sources.location_below("s3://b/p", "r/artifacts") == "s3://b/p/r/artifacts"
    assert sources.location_below("s3://b/p/?region=x", "r") == "s3://b/p/r?region=x"
