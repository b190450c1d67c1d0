"""A version's metrics and params by the thousand: searched and paged, what differs first, beside another version's."""

import gzip

import pytest

from models_app.models import ModelVersion, VersionSummary
from models_app.web.figures import Figure
from models_app.web.keyed import PAGE_SIZE, Looked, pick_keys
from tests import make
from tests.web.pages import fragment, page, queries

pytestmark = pytest.mark.django_db
MANY = 10_000


def version(name: str, count: int, *, shift: int = 0) -> ModelVersion:
    made = make.version(name, of_run=make.run())
    keys = [f"option.{number:05}" for number in range(count)]
    VersionSummary.objects.filter(version=made).update(
        params={key: str(number + (shift if number >= count - 5 else 0)) for number, key in enumerate(keys)},
        metrics={key: number + shift for number, key in enumerate(keys)},
    )
    return made


def test_figures_in_memory_are_paged_in_their_order():
    figures = [Figure(f"k{number}", 1.0) for number in (3, 1, 2)]
    first = pick_keys(figures, Looked("metrics"), size=2)
    assert ([row.key for row in first.rows], first.total, first.next_after) == (["k3", "k1"], 3, "k1")
    second = pick_keys(figures, Looked("metrics", after="k1"), size=2)
    assert ([row.key for row in second.rows], second.next_after) == (["k2"], "")
    found = pick_keys(figures, Looked("metrics", words="K 2"))
    assert ([row.key for row in found.rows], found.found, found.total) == (["k2"], 1, 3)
    assert pick_keys(figures, Looked("metrics", after="gone"), size=2).rows == first.rows


def test_page_of_a_version_is_as_large_however_much_was_logged(client):
    for name, count in (("few", 3), ("many", MANY)):
        version(name, count)
        version(name, count, shift=1)
    assert queries(client, "/models/many/versions/2") == queries(client, "/models/few/versions/2")
    content = page(client, "/models/many/versions/2")
    assert f'Params <span class="count">{MANY:,}</span>' in content
    assert f"{PAGE_SIZE} of {MANY:,} params" in content
    assert len(gzip.compress(content.encode())) < 60_000


def test_params_that_differ_come_first_where_there_is_more_than_a_page(client):
    version("many", 300)
    version("many", 300, shift=1)
    params = page(client, "/models/many/versions/2").partition('id="params"')[2]
    assert params.index("option.<wbr>00299") < params.index("option.<wbr>00000")
    version("few", 30)
    version("few", 30, shift=1)
    params = page(client, "/models/few/versions/2").partition('id="params"')[2]
    assert params.index("option.<wbr>00000") < params.index("option.<wbr>00029")


def test_search_answers_with_the_figures_alone(client):
    version("many", 300)
    content = fragment(client, "/models/many/versions/1?params_q=00123&metrics_q=00004", "version-figures")
    assert content.strip().startswith('<div class="columns" id="version-figures">')
    assert "1 param of 300 found" in content
    assert "1 metric of 300 found" in content
    assert content.count("<tr data-key=") == 2
    assert "No param holds “none”" in page(client, "/models/many/versions/1?params_q=none")
