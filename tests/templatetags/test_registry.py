"""Numbers, times, icons and lines as pages show them."""

import math
import sys
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from models_app import clock
from models_app.templatetags import registry

NOW = 1_700_000_000_000  # 2023-11-14 22:13:20 UTC


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (0, "just now"),
        (44_000, "just now"),
        (50_000, "1 min ago"),
        (3_599_000, "59 min ago"),
        (3_600_000, "1 h ago"),
        (24 * 3_600_000, "yesterday"),
        (3 * 24 * 3_600_000, "3 days ago"),
        (40 * 24 * 3_600_000, "5 Oct 2023"),
        (-5 * 24 * 3_600_000, "19 Nov 2023"),
    ],
)
def test_ago_says_how_long_it_is_since(passed, words):
    with clock.at(NOW):
        assert f">{words}</time>" in registry.ago(NOW - passed)


def test_ago_carries_the_exact_time_for_eyes_and_machines():
    with clock.at(NOW):
        assert registry.ago(NOW) == (
            '<time datetime="2023-11-14T22:13:20+00:00" title="2023-11-14 22:13:20 UTC">just now</time>'
        )


@pytest.mark.parametrize("ms", [2**63 - 1, -(2**63), 1_700_000_000_000_000_000])
def test_a_time_beyond_the_calendar_is_shown_as_it_was_sent(ms):
    assert registry.ago(ms) == registry.exact_time(ms) == f"{ms} ms"


def test_missing_time_is_a_dash_with_a_name():
    assert "–" in registry.ago(None)
    assert registry.exact_time(None) == "–"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.1, "0.1"),
        (0.9368421052631579, "0.936842"),
        (12.0, "12"),
        (123456789.0, "123456789"),
        (1e-7, "1e-7"),
        (1.5e22, "1.5e22"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-1.7976931348623157e308, "−∞"),
        ("0.25", "0.25"),
        ("NaN", "NaN"),
    ],
)
def test_metric_is_short_and_honest(value, shown):
    assert f">{shown}</data>" in registry.metric(value)


def test_shortened_metric_keeps_every_digit_on_hover():
    assert 'value="0.9368421052631579" title="0.9368421052631579"' in registry.metric(0.9368421052631579)
    assert "title" not in registry.metric(0.5)


def test_metric_row_that_is_nan_is_not_shown_as_its_stored_zero():
    assert ">NaN</data>" in registry.metric(SimpleNamespace(value=0.0, is_nan=True))


@pytest.mark.parametrize("value", [None, "", "not a number"])
def test_metric_that_is_no_number_is_a_dash(value):
    assert "–" in registry.metric(value)


@pytest.mark.parametrize(
    ("size", "shown"),
    [(None, "–"), (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (12_400_000, "12.4 MB")],
)
def test_filesize_counts_in_thousands(size, shown):
    assert registry.filesize(size) == shown


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (None, "–"),
        (240, "240 ms"),
        (3_400, "3.4 s"),
        (60_000, "1 min"),
        (4_000_000, "1 h 6 min"),
        (90_000_000, "1 d 1 h"),
    ],
)
def test_duration_names_its_two_largest_units(ms, shown):
    assert registry.duration(ms) == shown


def test_counted_agrees_with_its_number():
    assert registry.counted(1, "version") == "1 version"
    assert registry.counted(1204, "version") == "1,204 versions"
    assert registry.counted(0, "entry,entries") == "0 entries"


def render(text: str, query: str = "", **context: object) -> str:
    request = RequestFactory().get(f"/models{query}")
    return Template(text).render(Context({"request": request, **context}))


def test_query_sets_replaces_and_drops_keys():
    assert render("{% query sort='name' page=None %}", "?q=a&page=3") == "?q=a&amp;sort=name"


def test_query_keeps_repeated_keys():
    assert render("{% query tag=tags %}", "?tag=x", tags=["a", "b"]) == "?tag=a&amp;tag=b"


def test_icon_beside_words_is_hidden_from_readers():
    assert 'aria-hidden="true"' in registry.icon("tag")


def test_icon_alone_says_what_it_means():
    icon = registry.icon("close", "Close <all>")
    assert 'role="img" aria-label="Close &lt;all&gt;"' in icon


def test_sparkline_breaks_where_values_are_missing():
    line = registry.sparkline([1, 2, None, math.nan, 3, 4], "accuracy")
    assert line.count("M") == 2
    assert 'aria-label="accuracy"' in line


def test_sparkline_over_the_whole_range_of_floats_stays_in_the_picture():
    """What MLflow's clients log as an infinity arrives as the largest float, of either sign."""
    line = registry.sparkline([1.0, sys.float_info.max, -sys.float_info.max, 0.0], "infinite")
    assert "nan" not in line
    assert "inf " not in line
    assert " 3.0" in line
    assert " 17.0" in line


def test_sparkline_of_the_smallest_difference_is_drawn():
    assert "svg" in registry.sparkline([0.0, 5e-324], "tiny")


def test_sparkline_of_equal_values_is_level():
    line = registry.sparkline([5, 5, 5], "flat")
    assert line.count(" 10.0") == 3


@pytest.mark.parametrize("values", [[], [1], [None, 2, math.nan]])
def test_sparkline_needs_two_points(values):
    assert "svg" not in registry.sparkline(values, "accuracy")


@pytest.mark.parametrize(
    ("current", "state"), [("name", "ascending"), ("-name", "descending"), ("-updated", "none"), ("", "none")]
)
def test_sort_state_is_what_aria_sort_wants(current, state):
    assert registry.sort_state(current, "name") == state


@pytest.mark.django_db
def test_markdown_is_rendered_and_made_safe():
    html = registry.markdown("**bold** <script>alert(1)</script>")
    assert "<strong>bold</strong>" in html
    assert "<script" not in html


def test_excerpt_is_one_plain_line():
    assert registry.excerpt("# Card\n\nPredicts **churn**.") == "Predicts churn."
