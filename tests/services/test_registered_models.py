import pytest

from models_app.clock import at
from models_app.errors import AlreadyExists, Conflict, DoesNotExist, InvalidValue, PermissionDenied
from models_app.models import Event, ModelAlias, RegisteredModel
from models_app.services import registered_models
from tests import make

pytestmark = pytest.mark.django_db


def latest_event():
    return Event.objects.latest("id")


def test_creating_a_model_leaves_an_event_that_names_the_actor():
    with at(1_700_000_000_000):
        make.model("iris", by=make.actor("mia"), description="Flowers.", tags={"team": "a"})
    event = latest_event()
    assert (event.kind, event.actor_name, event.target, event.at) == (
        "registered_model.created", "mia", "iris", 1_700_000_000_000,
    )  # fmt: skip
    assert event.after == {"name": "iris", "description": "Flowers.", "tags": {"team": "a"}}


def test_a_taken_name_is_refused_at_the_field():
    make.model("iris")
    with pytest.raises(AlreadyExists) as refused:
        make.model("iris")
    assert refused.value.field == "name"


def test_names_differ_by_case():
    make.model("iris")
    assert make.model("Iris").name == "Iris"


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a:b", ".", "..", "x" * 257, "a\x00b", "line\nbreak", "\ud800"])
def test_illegal_names_are_refused(name):
    with pytest.raises(InvalidValue) as refused:
        registered_models.create_registered_model(actor=make.actor(), name=name)
    assert refused.value.field == "name"


@pytest.mark.parametrize("name", ["pricing model (EU)", "x@y", "new", "a.md", "模型", "x" * 256])
def test_unusual_names_are_legal(name):
    assert make.model(name).name == name


def test_renaming_takes_everything_along():
    make.version("iris", aliases=["champion"], tags={"task": "classification"})
    registered_models.rename_registered_model(actor=make.actor(), name="iris", new_name="flower")
    model = RegisteredModel.objects.get()
    assert (model.name, model.aliases.get().name, model.versions.get().tags.get().value) == (
        "flower", "champion", "classification",
    )  # fmt: skip
    assert latest_event().before == {"name": "iris"}


def test_renaming_to_a_taken_name_is_refused_at_the_field():
    make.model("iris")
    make.model("flower")
    with pytest.raises(AlreadyExists) as refused:
        registered_models.rename_registered_model(actor=make.actor(), name="iris", new_name="flower")
    assert refused.value.field == "new_name"
    assert set(RegisteredModel.objects.values_list("name", flat=True)) == {"iris", "flower"}


def test_deleting_a_model_tells_in_its_event_what_went():
    make.version("iris", aliases=["champion"])
    registered_models.delete_registered_model(actor=make.actor(), name="iris")
    assert not RegisteredModel.objects.exists()
    assert latest_event().before["aliases"] == {"champion": "1"}
    assert Event.objects.filter(kind="model_version.created").exists()


def test_an_edit_that_started_from_an_old_text_is_refused():
    make.model("iris", description="one")
    edit = {"actor": make.actor(), "name": "iris"}
    registered_models.update_registered_model(**edit, description="two", expected_description="one")
    with pytest.raises(Conflict):
        registered_models.update_registered_model(**edit, description="mine", expected_description="one")
    assert RegisteredModel.objects.get().description == "two"


def test_line_endings_of_a_browser_are_no_conflict():
    make.model("iris", description="one\ntwo")
    registered_models.update_registered_model(
        actor=make.actor(), name="iris", description="three", expected_description="one\r\ntwo"
    )
    assert RegisteredModel.objects.get().description == "three"


def test_an_alias_moves_and_tells_from_where():
    for _ in range(2):
        make.version("iris")
    point = {"actor": make.actor("ed"), "name": "iris", "alias": "champion"}
    registered_models.set_registered_model_alias(**point, version=1)
    registered_models.set_registered_model_alias(**point, version=2, reason="better recall")
    assert ModelAlias.objects.get().version.number == 2
    event = latest_event()
    assert (event.before, event.after, event.reason) == (
        {"version": "1"}, {"alias": "champion", "version": "2"}, "better recall",
    )  # fmt: skip


def test_an_alias_that_is_there_already_leaves_no_event_and_no_change(monkeypatch):
    make.version("iris", aliases=["champion"])
    before = (Event.objects.count(), RegisteredModel.objects.get().changed_at)
    monkeypatch.setattr(registered_models, "now_ms", lambda: before[1] + 1000)
    given = {"actor": make.actor(), "name": "iris", "version": 1}
    registered_models.set_registered_model_alias(**given, alias="champion")
    registered_models.set_version_aliases(**given, aliases=["champion"])
    assert (Event.objects.count(), RegisteredModel.objects.get().changed_at) == before
    registered_models.set_version_aliases(**given, aliases=[])
    assert RegisteredModel.objects.get().changed_at == before[1] + 1000


@pytest.mark.parametrize("alias", ["latest", "LATEST", "v1", "V20", "a b", "", "x" * 256, "a/b"])
def test_reserved_and_illegal_aliases_are_refused(alias):
    make.version("iris")
    with pytest.raises(InvalidValue) as refused:
        registered_models.set_registered_model_alias(actor=make.actor(), name="iris", alias=alias, version=1)
    assert refused.value.field == "alias"


@pytest.mark.parametrize("alias", ["v1a", "123", "né", "a-b_c"])
def test_unusual_aliases_are_legal(alias):
    make.version("iris", aliases=[alias])
    assert ModelAlias.objects.get().name == alias


def test_aliases_of_a_version_are_set_all_or_none():
    make.version("iris", aliases=["champion"])
    make.version("iris", aliases=["old"])
    save = {"actor": make.actor(), "name": "iris", "version": 2}
    with pytest.raises(InvalidValue):
        registered_models.set_version_aliases(**save, aliases=["champion", "latest"])
    assert dict(ModelAlias.objects.values_list("name", "version__number")) == {"champion": 1, "old": 2}
    registered_models.set_version_aliases(**save, aliases=["champion", "new"])
    assert dict(ModelAlias.objects.values_list("name", "version__number")) == {"champion": 2, "new": 2}


def test_a_reason_that_is_too_long_changes_no_alias():
    make.version("iris", aliases=["champion"])
    given = {"actor": make.actor(), "name": "iris", "reason": "x" * 501}
    for refused in (
        lambda: registered_models.delete_registered_model_alias(**given, alias="champion"),
        lambda: registered_models.set_registered_model_alias(**given, alias="next", version=1),
        lambda: registered_models.set_version_aliases(**given, version=1, aliases=["next"]),
    ):
        with pytest.raises(InvalidValue, match="maximum length of 500"):
            refused()
    assert ModelAlias.objects.get().name == "champion"


def test_the_alias_latest_reads_the_highest_number():
    make.version("iris")
    make.version("iris")
    assert registered_models.get_version_by_alias(actor=make.actor(), name="iris", alias="Latest").number == 2


def test_an_unknown_alias_is_an_invalid_value_as_the_client_expects():
    make.model("iris")
    with pytest.raises(InvalidValue):
        registered_models.get_version_by_alias(actor=make.actor(), name="iris", alias="champion")
    with pytest.raises(DoesNotExist):
        registered_models.get_version_by_alias(actor=make.actor(), name="iris", alias="latest")


def test_tags_move_the_change_time_but_not_the_protocols_time():
    with at(1_000):
        make.model("iris")
    with at(2_000):
        registered_models.set_registered_model_tag(actor=make.actor(), name="iris", key="team", value="a")
    model = RegisteredModel.objects.get()
    assert (model.updated_at, model.changed_at) == (1_000, 2_000)


@pytest.mark.parametrize("key", ["", " ", "/a", "a//b", "../a", "a\x00", "a\nb", "x" * 251, "a=b"])
def test_illegal_tag_keys_are_refused(key):
    make.model("iris")
    with pytest.raises(InvalidValue) as refused:
        registered_models.set_registered_model_tag(actor=make.actor(), name="iris", key=key, value="x")
    assert refused.value.field == "key"


def test_removing_a_missing_tag_or_alias_is_no_error():
    make.model("iris")
    registered_models.delete_registered_model_tag(actor=make.actor(), name="iris", key="none")
    registered_models.delete_registered_model_alias(actor=make.actor(), name="iris", alias="none")
    assert latest_event().kind == "registered_model.created"


def test_a_stranger_changes_nothing():
    make.version("iris", aliases=["champion"])
    stranger = make.actor("sam", via="web")
    for refused in (
        lambda: make.model("mine", by=stranger),
        lambda: registered_models.rename_registered_model(actor=stranger, name="iris", new_name="mine"),
        lambda: registered_models.update_registered_model(actor=stranger, name="iris", description="mine"),
        lambda: registered_models.delete_registered_model(actor=stranger, name="iris"),
        lambda: registered_models.set_registered_model_tag(actor=stranger, name="iris", key="a", value="b"),
        lambda: registered_models.set_registered_model_alias(actor=stranger, name="iris", alias="a", version=1),
        lambda: registered_models.delete_registered_model_alias(actor=stranger, name="iris", alias="champion"),
        lambda: registered_models.set_version_aliases(actor=stranger, name="iris", version=1, aliases=[]),
    ):
        with pytest.raises(PermissionDenied):
            refused()
    assert RegisteredModel.objects.get().aliases.count() == 1
