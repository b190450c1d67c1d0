import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_app.errors import AlreadyExists, Conflict, DoesNotExist, InvalidValue, PermissionDenied
from models_app.models import Event, ModelVersion, RegisteredModel
from models_app.services import metrics, model_versions, registered_models, runs
from models_app.services.metrics import Point
from tests import make

pytestmark = pytest.mark.django_db


def test_versions_count_up_from_one():
    model = make.model("iris")
    assert [make.version(model).number for _ in range(3)] == [1, 2, 3]


def test_the_number_of_a_deleted_version_never_returns():
    model = make.model("iris")
    make.version(model)
    model_versions.delete_model_version(actor=make.actor(), name="iris", version=1)
    assert make.version(model).number == 2


def test_a_recreated_model_starts_again_at_one():
    make.version("iris")
    registered_models.delete_registered_model(actor=make.actor(), name="iris")
    assert make.version("iris").number == 1


def test_a_version_of_an_unknown_model_is_refused():
    with pytest.raises(DoesNotExist, match="name=ghost"):
        model_versions.create_model_version(actor=make.actor(), name="ghost", source="s3://b/m")


def test_a_version_from_a_run_needs_the_runs_id():
    make.model("iris")
    for run_id, problem in (("def", "names another one, 'def'"), ("", "does not name it")):
        with pytest.raises(InvalidValue) as refused:
            model_versions.create_model_version(
                actor=make.actor(), name="iris", source="runs:/abc/model", run_id=run_id
            )
        assert refused.value.field == "source"
        assert refused.value.message.endswith(f"lies in run 'abc', but the request {problem}: pass run_id='abc'.")


def test_a_version_from_a_logged_model_inherits_its_run_and_place():
    run = make.run()
    logged = make.logged_model(run)
    version = make.version("iris", source=f"models:/{logged.pk}", model_id=logged.pk)
    assert (version.run_id, version.storage_location) == (run.pk, logged.artifact_uri)


def test_the_logged_model_keeps_a_list_of_its_versions():
    logged = make.logged_model()
    make.version("iris", source=f"models:/{logged.pk}", model_id=logged.pk)
    make.version("iris", source=f"models:/{logged.pk}", model_id=logged.pk)
    tag = logged.tags.get(key="mlflow.modelVersions")
    assert tag.value == '[{"name": "iris", "version": 1}, {"name": "iris", "version": 2}]'


@pytest.mark.parametrize("text", ["no list", "{}", "[" * 8000])
def test_a_list_of_versions_that_a_client_spoiled_is_begun_anew(text):
    logged = make.logged_model(tags=[("mlflow.modelVersions", text)])
    make.version("iris", source=f"models:/{logged.pk}", model_id=logged.pk)
    assert logged.tags.get(key="mlflow.modelVersions").value == '[{"name": "iris", "version": 1}]'


def test_a_copy_points_at_the_original_files():
    run = make.run()
    original = make.version("iris", of_run=run, aliases=["champion"])
    copy = make.version("flower", source="models:/iris@champion")
    assert (copy.source, copy.run_id) == ("models:/iris/1", run.pk)
    assert copy.storage_location == original.storage_location


@pytest.mark.parametrize("name", ["mia@home", "50% off", "a%2Fb"])
@pytest.mark.parametrize("suffix", ["/1", "@champion", "/latest"])
def test_a_copy_may_be_made_of_a_model_with_an_unusual_name(name, suffix):
    make.version(name, aliases=["champion"])
    assert make.version("copy", source=f"models:/{name}{suffix}").source == f"models:/{name}/1"


@pytest.mark.parametrize(
    "source",
    ["model", "/etc/passwd", "file:///etc", "http://example.com/m", "../up", "s3://b/%2e%2e/x", "s3:", "models:/x",
     "runs:/", "http://[", "mlflow-artifacts:/1/other/artifacts/model", ""],
)  # fmt: skip
def test_sources_that_lie_elsewhere_are_refused(source):
    make.model("iris")
    with pytest.raises(InvalidValue) as refused:
        model_versions.create_model_version(actor=make.actor(), name="iris", source=source)
    assert refused.value.field == "source"


def test_artifacts_of_the_named_run_are_a_source():
    run = make.run()
    make.model("iris")
    version = model_versions.create_model_version(
        actor=make.actor(), name="iris", source=f"{run.artifact_uri}/model", run_id=run.pk
    )
    assert version.storage_location == f"{run.artifact_uri}/model"


def test_a_prompt_has_no_files_but_a_placeholder():
    make.model("greeting", tags={"mlflow.prompt.is_prompt": "true"})
    prompt = {"mlflow.prompt.is_prompt": "true", "mlflow.prompt.text": "Hello"}
    assert make.version("greeting", source="dummy-source", tags=prompt).source == "dummy-source"
    with pytest.raises(InvalidValue, match="prompt source"):
        make.version("greeting", source="s3://b/m", tags=prompt)


def test_registering_into_a_new_model_creates_both():
    version = model_versions.register_model(
        actor=make.actor(), name="iris", create=True, source="s3://b/m", description="First.", tags=[("team", "a")],
        aliases=["champion"],
    )  # fmt: skip
    assert version.number == 1
    assert RegisteredModel.objects.get().aliases.get().version == version
    kinds = list(Event.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["registered_model.created", "model_version.created", "model_version_alias.created"]


def test_registering_into_a_taken_name_changes_nothing():
    make.model("iris")
    with pytest.raises(AlreadyExists) as refused:
        model_versions.register_model(actor=make.actor(), name="iris", create=True, source="s3://b/m")
    assert refused.value.field == "name"
    assert not ModelVersion.objects.exists()


def test_a_bad_alias_rolls_the_whole_registration_back():
    with pytest.raises(InvalidValue) as refused:
        model_versions.register_model(
            actor=make.actor(), name="iris", create=True, source="s3://b/m", aliases=["latest"]
        )
    assert refused.value.field == "aliases"
    assert not RegisteredModel.objects.exists()
    assert not Event.objects.exists()


def test_registering_with_a_held_alias_moves_it():
    make.version("iris", aliases=["champion"])
    second = make.version("iris", aliases=["champion"])
    assert RegisteredModel.objects.get().aliases.get().version == second
    event = Event.objects.filter(kind="model_version_alias.created").latest("id")
    assert (event.before, event.after["version"]) == ({"version": "1"}, "2")


def test_deleting_a_version_takes_its_aliases_along():
    make.version("iris", aliases=["champion", "stable"])
    model_versions.delete_model_version(actor=make.actor(), name="iris", version=1)
    assert RegisteredModel.objects.get().aliases.count() == 0
    with pytest.raises(DoesNotExist):
        model_versions.delete_model_version(actor=make.actor(), name="iris", version=1)


def test_a_conflicting_edit_is_refused_and_nothing_is_lost():
    make.version("iris", description="one")
    update = {"actor": make.actor(), "name": "iris", "version": 1}
    model_versions.update_model_version(**update, description="two", expected_description="one")
    with pytest.raises(Conflict):
        model_versions.update_model_version(**update, description="three", expected_description="one")
    assert ModelVersion.objects.get().description == "two"


def test_a_stage_is_found_in_any_case_and_archives_the_others():
    for _ in range(2):
        make.version("iris")
    move = {"actor": make.actor(), "name": "iris"}
    model_versions.transition_model_version_stage(**move, version=1, stage="production")
    model_versions.transition_model_version_stage(**move, version=2, stage="Production", archive_existing_versions=True)
    assert list(ModelVersion.objects.order_by("number").values_list("stage", flat=True)) == ["Archived", "Production"]


def test_archiving_many_versions_takes_no_more_queries_than_archiving_one():
    def move(name, count):
        for _ in range(count + 1):
            make.version(name)
        for number in range(1, count + 1):
            model_versions.transition_model_version_stage(
                actor=make.actor(), name=name, version=number, stage="Production"
            )
        with CaptureQueriesContext(connection) as queries:
            model_versions.transition_model_version_stage(
                actor=make.actor(), name=name, version=count + 1, stage="Production", archive_existing_versions=True
            )
        return len(queries)

    assert move("small", 1) == move("large", 12)
    assert ModelVersion.objects.filter(model__name="large", stage="Archived").count() == 12
    told = Event.objects.filter(kind="model_version_stage.set", target="large").order_by("-pk")[:13]
    moves = sorted((event.version_number, event.before["stage"], event.after["stage"]) for event in told)
    assert moves == [*((number, "Production", "Archived") for number in range(1, 13)), (13, "None", "Production")]


@pytest.mark.parametrize(("stage", "archive"), [("Live", False), ("None", True), ("Archived", True)])
def test_an_impossible_stage_is_refused(stage, archive):
    make.version("iris")
    with pytest.raises(InvalidValue):
        model_versions.transition_model_version_stage(
            actor=make.actor(), name="iris", version=1, stage=stage, archive_existing_versions=archive
        )


def test_an_actor_without_rights_registers_nothing():
    make.model("iris")
    stranger = make.actor("sam", via="api")
    with pytest.raises(PermissionDenied):
        model_versions.create_model_version(actor=stranger, name="iris", source="s3://b/m")


def test_the_summary_follows_what_the_run_logs_later():
    run = make.run(metrics_={"accuracy": 0.9}, params={"depth": "3"})
    version = make.version("iris", of_run=run)
    assert (version.summary.metrics, version.summary.params) == ({"accuracy": 0.9}, {"depth": "3"})
    points = [
        Point(key="accuracy", value=0.95, timestamp=2, step=1),
        Point(key="loss", value=float("nan"), timestamp=2),
    ]
    metrics.log_batch(actor=make.actor(), run_id=run.pk, metrics=points)
    version.summary.refresh_from_db()
    assert version.summary.metrics == {"accuracy": 0.95, "loss": "NaN"}


def test_all_versions_of_a_run_follow_it_in_one_statement():
    run = make.run(metrics_={"accuracy": 0.9})
    versions = [make.version("iris", of_run=run) for _ in range(5)]
    with CaptureQueriesContext(connection) as queries:
        metrics.log_batch(
            actor=make.actor(), run_id=run.pk, metrics=[Point(key="accuracy", value=1.0, timestamp=2, step=1)]
        )
    for version in versions:
        version.summary.refresh_from_db()
        assert version.summary.metrics == {"accuracy": 1.0}
    assert sum("UPDATE" in query["sql"] and "version_summaries" in query["sql"] for query in queries) == 1


def test_a_tag_that_is_set_twice_leaves_one_event():
    make.version("iris")
    tag = {"actor": make.actor(), "name": "iris", "version": 1, "key": "task"}
    model_versions.set_model_version_tag(**tag, value="classification")
    model_versions.set_model_version_tag(**tag, value="classification")
    model_versions.delete_model_version_tag(**tag)
    model_versions.delete_model_version_tag(**tag)
    kinds = Event.objects.filter(kind__startswith="model_version_tag").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["model_version_tag.set", "model_version_tag.deleted"]


def test_a_version_shows_its_own_models_metrics_of_a_run_with_two():
    run = make.run()
    first, second = make.logged_model(run, "first"), make.logged_model(run, "second")
    for model, accuracy in ((first, 0.8), (second, 0.9)):
        point = Point(key="accuracy", value=accuracy, timestamp=1, model_id=model.pk)
        metrics.log_metric(actor=make.actor(), run_id=run.pk, point=point)
    version = make.version("iris", source=f"models:/{first.pk}", model_id=first.pk)
    assert version.summary.metrics == {"accuracy": 0.8}


@pytest.mark.parametrize(("model_step", "shown"), [(0, 0.1), (1, 0.5)], ids=["final model", "checkpoint"])
def test_a_final_model_shows_how_far_its_run_came_and_a_checkpoint_where_it_was(model_step, shown):
    run = make.run()
    model = make.logged_model(run)
    runs.log_outputs(actor=make.actor(), run_id=run.pk, models=[(model.pk, model_step)])
    losses = [
        Point(key="loss", value=0.5, timestamp=1, step=model_step, model_id=model.pk),
        Point(key="loss", value=0.1, timestamp=2, step=9),
    ]
    metrics.log_batch(actor=make.actor(), run_id=run.pk, metrics=losses)
    version = make.version("iris", source=f"models:/{model.pk}", model_id=model.pk)
    assert version.summary.metrics == {"loss": shown}


def test_a_dialog_sent_twice_registers_once():
    make.model("iris")
    given = {"actor": make.actor(), "name": "iris", "create": False, "source": "s3://bucket/model"}
    first = model_versions.register_model(**given, seen=0)
    with pytest.raises(Conflict, match="This is version 1 of iris already"):
        model_versions.register_model(**given, seen=0)
    assert model_versions.register_model(**given, seen=first.pk).number == 2
    assert model_versions.register_model(**given).number == 3


def test_another_source_is_no_repetition():
    make.version("iris", source="s3://bucket/other")
    given = {"actor": make.actor(), "name": "iris", "create": False, "source": "s3://bucket/model"}
    assert model_versions.register_model(**given, seen=0).number == 2
