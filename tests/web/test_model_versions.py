"""A version's page: against the champion, what it is made of, where it came from; and deleting it."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_app.models import Event, ModelVersion, VersionSummary
from models_app.services import artifacts, registered_models, runs
from models_app.storage import get_store
from models_app.storage.paths import path_of
from tests import make

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true", "HX-Target": "dialog"}


def text(response) -> str:
    return response.content.decode()


def strip_of(page: str) -> str:
    return page.partition('<section class="delta-strip"')[2].partition("</section>")[0]


def version(name: str = "churn", params: dict[str, str] | None = None, **metrics: float) -> ModelVersion:
    return make.version(name, of_run=make.run(metrics_=metrics, params=params))


def crown(made: ModelVersion) -> None:
    registered_models.set_registered_model_alias(
        actor=make.actor(), name=made.model.name, alias="champion", version=made.number
    )


class TestAgainstTheChampion:
    def test_better_and_worse_are_told_by_arrow_and_word(self, client):
        crown(version(accuracy=0.9, loss=0.2))
        version(accuracy=0.95, loss=0.3)
        strip = strip_of(text(client.get("/models/churn/versions/2")))
        assert "@champion" in strip
        assert "+0.05" in strip
        assert "(better)" in strip
        assert "+0.1" in strip
        assert "(worse)" in strip

    def test_changed_params_are_named(self, client):
        crown(version(params={"depth": "6", "same": "1"}))
        version(params={"depth": "8", "same": "1"})
        strip = strip_of(text(client.get("/models/churn/versions/2")))
        assert "<del>6</del>" in strip
        assert "<ins>8</ins>" in strip
        assert "same" not in strip

    def test_champion_is_measured_against_the_version_before(self, client):
        version(accuracy=0.9)
        crown(version(accuracy=0.95))
        page = text(client.get("/models/churn/versions/2"))
        assert "the version before" in strip_of(page)
        assert "/models/churn/versions/1" in strip_of(page)

    def test_first_version_stands_alone(self, client):
        version(accuracy=0.9)
        assert "delta-strip" not in text(client.get("/models/churn/versions/1"))

    def test_equal_versions_are_called_equal(self, client):
        version(accuracy=0.9)
        version(accuracy=0.9)
        assert "same" in strip_of(text(client.get("/models/churn/versions/2")))


class TestOverview:
    def test_page_tells_metrics_params_and_origin(self, client):
        run = make.run(metrics_={"accuracy": 0.25}, params={"depth": "6"}, run_name="tuesday")
        make.version("churn", of_run=run, description="**Retrained.**", tags={"reviewed": "yes"})
        page = text(client.get("/models/churn/versions/1"))
        assert ">0.25</data>" in page
        assert "depth" in page
        assert "<strong>Retrained.</strong>" in page
        assert f'href="/runs/{run.pk}"' in page
        assert "tuesday" in page
        assert "reviewed" in page

    def test_metric_that_is_not_a_number_says_so(self, client):
        version(accuracy=float("nan"))
        assert ">NaN</data>" in text(client.get("/models/churn/versions/1"))

    def test_schema_requirements_and_data_are_shown(self, client):
        made = version(accuracy=1)
        signature = {
            "inputs": [
                {"name": "plan", "type": "string", "required": True},
                {"name": "words", "type": "array(string)", "required": False},
                {"name": "", "type": "tensor(float32)", "shape": [-1, 384], "required": True},
            ],
            "params": [{"name": "threshold", "type": "double", "default": "0.5", "required": False}],
        }
        VersionSummary.objects.filter(version=made).update(
            signature=signature, requirements=["numpy==2.1.0", "pandas"], size=12_400_000, file_count=9,
            flavors={"sklearn": "1.5.2"}, datasets=[{"name": "customers", "digest": "a1b2", "context": "training"}],
        )  # fmt: skip
        page = text(client.get("/models/churn/versions/1"))
        for shown in (
            "array(string)", "tensor(float32), shape N × 384", "threshold", "numpy==2.1.0\npandas",
            "12.4 MB in 9 files", "mlflow.sklearn.load_model", "customers", "a1b2",
        ):  # fmt: skip
            assert shown in page

    def test_version_without_signature_says_what_that_costs(self, client):
        version()
        assert "without a signature" in text(client.get("/models/churn/versions/1"))

    def test_snippet_follows_the_alias_when_there_is_one(self, client):
        version()
        crown(version())
        assert "models:/churn@champion" in text(client.get("/models/churn/versions/2"))
        alone = text(client.get("/models/churn/versions/1"))
        assert "models:/churn/1" in alone
        assert "models:/churn@champion" not in alone

    def test_snippet_follows_the_champion_before_all_other_aliases(self, client):
        crown(version())
        registered_models.set_registered_model_alias(actor=make.actor(), name="churn", alias="Alpha", version=1)
        page = text(client.get("/models/churn/versions/1"))
        assert "follows @champion" in page
        assert "models:/churn@Alpha" not in page

    def test_a_prompt_is_loaded_as_a_prompt(self, client):
        mark = {"mlflow.prompt.is_prompt": "true"}
        make.model("greeting", tags=mark)
        make.version("greeting", source="prompt-template", tags={**mark, "mlflow.prompt.text": "Hello {{name}}"})
        page = text(client.get("/models/greeting/versions/1"))
        assert "mlflow.genai.load_prompt(\n    &quot;prompts:/greeting/1&quot;\n)" in page
        assert "load_model" not in page
        assert "download_artifacts" not in page

    def test_deleted_run_is_said_to_be_deleted(self, client):
        run = make.run(run_name="tuesday")
        make.version("churn", of_run=run)
        runs.delete_run(actor=make.actor(), run_id=run.pk)
        page = text(client.get("/models/churn/versions/1"))
        assert "tuesday" in page
        assert "deleted" in page

    def test_source_outside_of_laurel_has_no_run(self, client):
        make.version("churn", source="s3://bucket/model")
        page = text(client.get("/models/churn/versions/1"))
        assert "s3://bucket/model" in page
        assert "no source run" in page

    @pytest.mark.parametrize("number", ["2", "99999999999999999999"])
    def test_unknown_version_is_named_in_the_answer(self, client, number):
        version()
        response = client.get(f"/models/churn/versions/{number}")
        assert response.status_code == 404
        assert f"There is no version {number} of “churn”" in text(response)

    def test_page_takes_as_many_queries_for_one_metric_as_for_many(self, client):
        def queries(name: str) -> int:
            address = f"/models/{name}/versions/2"
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            return len(captured)

        crown(version("small", accuracy=1))
        version("small", accuracy=1)
        many = {f"m{number}": 0.5 for number in range(60)}
        crown(version("large", params={f"p{number}": "1" for number in range(60)}, **many))
        version("large", params={f"p{number}": "2" for number in range(60)}, **many)
        for _ in range(20):
            version("large")
        assert queries("large") == queries("small") <= 14


class TestActivity:
    def test_tells_of_this_version_only(self, client):
        version()
        crown(version())
        page = text(client.get("/models/churn/versions/2/activity"))
        assert "pointed @champion at version 2" in page
        assert "registered version 1" not in page


class TestDelete:
    def test_dialog_names_what_goes(self, client):
        crown(version())
        make.version("copy", source="models:/churn/1")
        page = text(client.get("/models/churn/versions/1/delete", headers=HX))
        assert "@champion stops resolving" in page
        assert "copy 1 was copied from it" in page
        assert "Type churn to confirm" in page

    def test_aliased_version_goes_only_when_the_name_is_typed(self, client):
        crown(version())
        assert client.post("/models/churn/versions/1/delete", {"typed": ""}).status_code == 422
        assert ModelVersion.objects.get(number=1).deleted_at is None
        response = client.post("/models/churn/versions/1/delete", {"typed": "churn"})
        assert response.url == "/models/churn"
        assert ModelVersion.objects.get(number=1).deleted_at

    def test_deleted_version_is_gone_and_remembered(self, client):
        version()
        client.post("/models/churn/versions/1/delete")
        assert client.get("/models/churn/versions/1").status_code == 404
        assert Event.objects.filter(kind="model_version.deleted", version_number=1).exists()
        activity = text(client.get("/activity"))
        assert "deleted version 1" in activity
        assert "/models/churn/versions/1" not in activity


class TestFiles:
    """What the version's own files say, read from a store as a client fills it."""

    MLMODEL = """
flavors:
  python_function: {python_version: 3.11.7}
  sklearn: {sklearn_version: 1.5.2}
mlflow_version: 3.17.2
metadata: {owner team: growth}
saved_input_example_info: {artifact_path: input_example.json, type: dataframe, pandas_orient: split}
signature:
  inputs: '[{"name": "plan", "type": "string", "required": true}]'
"""

    def logged(self, example: bytes) -> ModelVersion:
        run = make.run()
        root = path_of(run.artifact_uri)
        for name, content in {"MLmodel": self.MLMODEL.encode(), "input_example.json": example}.items():
            get_store().put(f"{root}/model/{name}", io.BytesIO(content))
        return make.version("churn", of_run=run)

    def test_data_frame_is_a_table(self, client):
        self.logged(b'{"columns": ["plan", "tenure"], "data": [["gold <b>", 3], ["free", null]]}')
        page = text(client.get("/models/churn/versions/1"))
        assert '<th scope="col">tenure</th>' in page
        assert "<td>gold &lt;b&gt;</td>" in page
        assert "<td>null</td>" in page
        assert 'href="/models/churn/versions/1/files/input_example.json"' in page

    def test_other_examples_are_shown_as_text(self, client):
        self.logged(b'{"inputs": [[1, 2]]}')
        assert "&quot;inputs&quot;" in text(client.get("/models/churn/versions/1"))

    @pytest.mark.parametrize("example", [b"[" * 60_000, b"\xff\xfe", b'{"columns": 1, "data": [[1]]}', b""])
    def test_broken_example_breaks_nothing(self, client, example):
        self.logged(example)
        assert client.get("/models/churn/versions/1").status_code == 200

    def test_example_that_is_gone_is_still_named(self, client):
        made = self.logged(b"[1]")
        get_store().delete(f"{artifacts.files_root(made)}/input_example.json")
        page = text(client.get("/models/churn/versions/1"))
        assert "input_example.json" in page
        assert "Its file can't be read from here." in page

    def test_facts_of_the_mlmodel_file_are_shown(self, client):
        self.logged(b"[1]")
        page = text(client.get("/models/churn/versions/1"))
        for shown in ("sklearn 1.5.2", "3.17.2", "owner team", "SHA-256 of MLmodel"):
            assert shown in page
