"""Searches too large for a database are refused before it sees them."""

import pytest

from models_app import limits
from models_app.actors import SYSTEM
from models_app.errors import InvalidValue
from models_app.models import LoggedModel, RegisteredModel, Run
from models_app.search import LOGGED_MODELS, REGISTERED_MODELS, RUNS, FilterError, search

pytestmark = pytest.mark.django_db


def tags(count: int) -> str:
    return " AND ".join(f"tags.t{number} = 'x'" for number in range(count))


def test_as_many_tags_as_allowed_are_compared():
    assert not search(RegisteredModel.objects.visible_to(SYSTEM), REGISTERED_MODELS, tags(limits.FILTER_SUBQUERIES))


def test_more_tags_are_refused_where_they_begin_to_be_too_many():
    text = tags(limits.FILTER_SUBQUERIES + 1)
    with pytest.raises(FilterError) as caught:
        search(RegisteredModel.objects.visible_to(SYSTEM), REGISTERED_MODELS, text)
    assert text[caught.value.position :] == f"tags.t{limits.FILTER_SUBQUERIES} = 'x'"


def test_as_many_keys_as_allowed_are_sorted_by():
    keys = [f"metrics.m{number}" for number in range(limits.ORDER_KEYS)]
    assert not search(Run.objects.visible_to(SYSTEM), RUNS, tags(limits.FILTER_SUBQUERIES), keys)


def test_an_order_by_more_keys_is_refused():
    keys = [f"metrics.m{number}" for number in range(limits.ORDER_KEYS + 1)]
    with pytest.raises(InvalidValue, match="order_by"):
        search(Run.objects.visible_to(SYSTEM), RUNS, "", keys)


def test_more_experiments_than_a_client_can_list_are_refused():
    with pytest.raises(InvalidValue, match="At most 50,000 experiments can be searched at once, not 50,001"):
        search(Run.objects.visible_to(SYSTEM), RUNS, experiment_ids=range(limits.SEARCHED_EXPERIMENTS + 1))


def test_more_datasets_than_a_statement_takes_are_refused():
    datasets = [(f"d{number}", "") for number in range(limits.SEARCHED_DATASETS + 1)]
    found = LoggedModel.objects.visible_to(SYSTEM)
    assert not search(found, LOGGED_MODELS, "metrics.m > 1", ["metrics.m"], datasets=datasets[:-1])
    with pytest.raises(InvalidValue, match="At most 200 datasets"):
        search(found, LOGGED_MODELS, "metrics.m > 1", datasets=datasets)


@pytest.mark.parametrize("number", ["99999999999999999999", "'9223372036854775808'", "-9223372036854775809"])
def test_an_id_no_database_can_hold_is_refused(number):
    with pytest.raises(FilterError, match="whole number"):
        search(LoggedModel.objects.visible_to(SYSTEM), LOGGED_MODELS, f"experiment_id = {number}")
