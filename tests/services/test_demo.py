"""The example data: loaded whole into an empty registry, or not at all."""

import zipfile

import pytest

from models_app.actors import SYSTEM, Actor
from models_app.clock import now_ms
from models_app.errors import PermissionDenied
from models_app.models import Event, Experiment, LoggedModel, Metric, ModelVersion, RegisteredModel, Run
from models_app.services import demo, experiments, registered_models
from models_app.services.artifacts import files_root
from models_app.services.demo import ARCHIVE, FILES, load_demo
from models_app.services.registered_models import get_version_by_alias
from models_app.storage import get_store
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows_only(tmp_path_factory):
    """The archive without its files, which take longer than the rows and matter to one test alone."""
    made = tmp_path_factory.mktemp("demo") / "rows.zip"
    with zipfile.ZipFile(ARCHIVE) as whole, zipfile.ZipFile(made, "w") as part:
        for name in whole.namelist():
            if not name.startswith(FILES):
                part.writestr(name, whole.read(name))
    return made


def test_an_empty_registry_is_filled_with_a_believable_one(rows_only):
    assert load_demo(actor=SYSTEM, archive=rows_only) is True
    assert RegisteredModel.objects.count() >= 6
    assert Run.objects.count() >= 60
    assert Metric.objects.count() > 4_000
    assert set(Run.objects.values_list("status", flat=True)) == {"FINISHED", "FAILED", "KILLED"}
    assert Run.objects.filter(tags__key="mlflow.parentRunId").exists()
    assert set(Event.objects.values_list("actor_name", flat=True)) == {"mia", "ed", "vic"}
    champion = get_version_by_alias(actor=SYSTEM, name="digit-reader", alias="champion")
    assert champion.summary.metrics["test_accuracy"] > 0.9
    assert "# Digit reader" in champion.model.description


def test_every_version_and_logged_model_has_its_files():
    load_demo(actor=SYSTEM)
    versions = list(ModelVersion.objects.select_related("model"))
    for owner in [*versions, *LoggedModel.objects.all()]:
        root = files_root(owner)
        with get_store().open(f"{root}/MLmodel") as stream:
            assert f"artifact_path: mlflow-artifacts:/{root}\n" in stream.read().decode()


@pytest.mark.parametrize("make_something", [make.experiment, make.run, make.model])
def test_a_registry_that_holds_anything_is_left_alone(make_something, rows_only):
    make_something()
    before = Run.objects.count(), RegisteredModel.objects.count(), Event.objects.count()
    assert load_demo(actor=SYSTEM, archive=rows_only) is False
    assert (Run.objects.count(), RegisteredModel.objects.count(), Event.objects.count()) == before


def test_it_is_loaded_once(rows_only):
    load_demo(actor=SYSTEM, archive=rows_only)
    assert load_demo(actor=SYSTEM, archive=rows_only) is False


def test_the_newest_event_is_now_and_the_rest_keeps_its_distance(rows_only):
    load_demo(actor=SYSTEM, archive=rows_only)
    moments = list(Event.objects.order_by("id").values_list("at", flat=True))
    assert moments == sorted(moments)
    assert 0 <= now_ms() - moments[-1] < 60_000
    assert 35 < (moments[-1] - moments[0]) / 86_400_000 < 50
    for version in ModelVersion.objects.all():
        run = Run.objects.get(pk=version.run_id)
        assert run.started_at < run.ended_at < version.created_at
        points = Metric.objects.filter(run=run).values_list("timestamp", flat=True)
        assert all(run.started_at <= timestamp <= run.ended_at for timestamp in points)


def test_what_is_created_afterwards_gets_numbers_of_its_own(rows_only):
    load_demo(actor=SYSTEM, archive=rows_only)
    made = make.experiment("mine")
    assert Experiment.objects.filter(pk=made.pk).count() == 1
    version = make.version("mine", of_run=make.run(made))
    assert version.number == 1
    assert make.version("digit-reader").number == 10


def test_events_of_a_model_deleted_earlier_stay_with_that_model(rows_only):
    old = make.model("gone")
    old_id = old.pk
    registered_models.delete_registered_model(actor=SYSTEM, name="gone")
    assert load_demo(actor=SYSTEM, archive=rows_only) is True
    assert set(Event.objects.filter(registered_model_id=old_id).values_list("target", flat=True)) == {"gone"}
    iris = RegisteredModel.objects.get(name="iris-species")
    assert set(Event.objects.filter(registered_model_id=iris.pk).values_list("target", flat=True)) == {"iris-species"}


def test_a_deleted_experiment_is_something_to_keep(rows_only):
    made = make.experiment()
    experiments.delete_experiment(actor=SYSTEM, experiment_id=made.pk)
    assert load_demo(actor=SYSTEM, archive=rows_only) is False


def test_a_failure_halfway_leaves_nothing_and_may_be_repeated(rows_only, monkeypatch):
    def die():
        raise SystemExit

    monkeypatch.setattr(demo, "no_style", die)  # what is called once all rows are in
    with pytest.raises(SystemExit):
        load_demo(actor=SYSTEM, archive=rows_only)
    assert demo.is_empty()
    assert not Event.objects.exists()
    monkeypatch.undo()
    assert load_demo(actor=SYSTEM, archive=rows_only) is True


def test_only_who_may_manage_loads_it(rows_only):
    with pytest.raises(PermissionDenied):
        load_demo(actor=Actor(name="stranger", via="web"), archive=rows_only)
    assert demo.is_empty()
