"""Page tokens: good for the search they came from, refused otherwise, steady while others write."""

import pytest
from django.core import signing

from models_app.actors import SYSTEM
from models_app.errors import InvalidValue
from models_app.models import LoggedModel, RegisteredModel, Run
from models_app.search import LOGGED_MODELS, REGISTERED_MODELS, RUNS, Page, order_field, paginate
from models_app.services import registered_models
from tests import make

pytestmark = pytest.mark.django_db


def page(token: str = "", text: str = "", order: tuple[str, ...] = (), size: int = 2) -> Page:
    models = RegisteredModel.objects.visible_to(SYSTEM)
    return paginate(models, REGISTERED_MODELS, text, order, max_results=size, page_token=token)


@pytest.fixture
def models():
    return [make.model(name) for name in "abcde"]


def test_the_last_page_has_no_token(models):
    assert page(size=5).next_page_token == ""
    assert page(size=4).next_page_token


def test_pages_follow_one_another(models):
    first = page()
    second = page(first.next_page_token)
    third = page(second.next_page_token)
    assert [[model.name for model in one.rows] for one in (first, second, third)] == [["a", "b"], ["c", "d"], ["e"]]
    assert third.next_page_token == ""


def test_the_size_of_the_next_page_may_differ(models):
    assert [model.name for model in page(page().next_page_token, size=10).rows] == ["c", "d", "e"]


@pytest.mark.parametrize(
    "token", ["x", "eyJvZmZzZXQiOiAyfQ==", "a:b", ":", "é", "\ud800", "x" * 100_000, "W10:" + "A" * 43]
)
def test_an_unreadable_token_is_refused(token):
    with pytest.raises(InvalidValue) as caught:
        page(token)
    assert caught.value.field == "page_token"


def test_a_token_that_was_changed_is_refused(models):
    token = page().next_page_token
    with pytest.raises(InvalidValue):
        page(token[:-1] + ("A" if token[-1] != "A" else "B"))


def test_a_token_signed_for_something_else_is_refused():
    with pytest.raises(InvalidValue):
        page(signing.Signer().sign_object([1, 2, 3, 4]))


@pytest.mark.parametrize(
    "other", [{"text": "name != 'x'"}, {"order": ("name DESC",)}, {"order": ("timestamp",)}, {"text": "tags.a IS NULL"}]
)
def test_a_token_of_another_search_is_refused(models, other):
    with pytest.raises(InvalidValue, match="another search"):
        page(page().next_page_token, **other)


def test_the_spelling_of_a_filter_is_not_another_search(models):
    token = page(text="name != 'x' AND name != 'y'").next_page_token
    assert page(token, text='name!="x"  and attribute.name != "y" AND').rows


def test_a_token_of_other_experiments_or_datasets_is_refused():
    run = make.run()
    for name in ("a", "b"):
        make.logged_model(run, name)

    def search(token: str, **scope: object) -> Page:
        models = LoggedModel.objects.visible_to(SYSTEM)
        return paginate(models, LOGGED_MODELS, max_results=1, page_token=token, **scope)

    token = search("", experiment_ids=[run.experiment_id]).next_page_token
    assert search(token, experiment_ids=[run.experiment_id]).rows
    for scope in ({"experiment_ids": [run.experiment_id, 0]}, {}, {"datasets": [("d", "")]}):
        with pytest.raises(InvalidValue, match="another search"):
            search(token, **scope)


def test_what_comes_before_a_page_does_not_move_it(models):
    token = page().next_page_token
    make.model("Aa")
    registered_models.delete_registered_model(actor=SYSTEM, name="b")
    assert [model.name for model in page(token).rows] == ["c", "d"]


def test_what_comes_behind_is_found(models):
    token = page().next_page_token
    make.model("bb")
    assert [model.name for model in page(token).rows] == ["bb", "c"]


def test_a_page_that_ends_with_the_numbers_goes_on_with_nan_and_missing():
    where = make.experiment()
    values = {"n1": 1.0, "n2": 2.0, "nan": float("nan"), "none": None}
    for number, (name, value) in enumerate(values.items()):
        metrics = {} if value is None else {"m": value}
        make.run(where, run_name=name, metrics_=metrics, start_time=number)
    found, token = [], ""
    for size in (2, 1, 5):
        read = paginate(
            Run.objects.visible_to(SYSTEM),
            RUNS,
            order_by=["metrics.m DESC"],
            max_results=size,
            page_token=token,
            experiment_ids=[where.pk],
        )
        found.append([run.name for run in read.rows])
        token = read.next_page_token
    assert found == [["n2", "n1"], ["nan"], ["none"]]
    assert token == ""


def test_long_values_fit_into_a_token():
    where = make.experiment()
    for letter in "abc":
        make.run(where, params={"p": letter * 6_000}, run_name=letter)
    found, token = [], ""
    while len(found) < 3:
        read = paginate(
            Run.objects.visible_to(SYSTEM),
            RUNS,
            order_by=["params.p"],
            max_results=1,
            page_token=token,
            experiment_ids=[where.pk],
        )
        found += [run.name for run in read.rows]
        token = read.next_page_token
    assert found == ["a", "b", "c"]


def test_an_order_by_the_points_of_a_history_is_paged_too():
    run = make.run()
    wanted = [make.logged_model(run, name).pk for name in "abc"]
    found, token = [], ""
    while len(found) < 3:
        models = LoggedModel.objects.visible_to(SYSTEM)
        order = [order_field("metrics.m"), order_field("name")]
        read = paginate(models, LOGGED_MODELS, order_by=order, max_results=2, page_token=token)
        found += [model.pk for model in read.rows]
        token = read.next_page_token
    assert found == wanted


def test_no_experiment_means_nothing_is_found():
    make.run()
    assert paginate(Run.objects.visible_to(SYSTEM), RUNS, max_results=5, experiment_ids=[]) == Page([], "")
