"""Which metric stands for a version, and what counts as better."""

import math

import pytest

from models_app.web import figures


@pytest.mark.parametrize(
    ("metrics", "key"),
    [
        ({"loss": 0.2, "accuracy": 0.9}, "accuracy"),
        ({"training_accuracy": 1.0, "val_accuracy": 0.9}, "val_accuracy"),
        ({"val_f1_score": 0.8, "test_f1_score": 0.7}, "test_f1_score"),
        ({"accuracy": "NaN", "rmse": 2.0}, "rmse"),
        ({"system/cpu": 50.0, "widgets": 3.0}, "widgets"),
        ({"accuracy": "NaN"}, ""),
        ({}, ""),
    ],
)
def test_headline_is_what_people_would_quote(metrics, key):
    assert figures.headline(metrics) == key


@pytest.mark.parametrize(
    ("key", "value", "other", "text", "is_better"),
    [
        ("accuracy", 0.95, 0.9, "+0.05", True),
        ("accuracy", 0.9, 0.95, "−0.05", False),
        ("val_loss", 0.2, 0.3, "−0.1", True),
        ("mean_absolute_error", 3.0, 2.0, "+1", False),
        ("widgets", 3.0, 2.0, "+1", None),
        ("accuracy", 0.9, 0.9, "same", None),
        ("latency", 6088.64, 1891.7, "+4197", False),
        ("latency", 1000.2, 0.5, "+1000", False),
        ("loss", 2.5e-8, 3.88e-8, "−1.38e-8", True),
        ("widgets", 3.5e6, 1.0, "+3.5e6", None),
    ],
)
def test_change_says_which_way_and_whether_that_is_better(key, value, other, text, is_better):
    assert figures.change(key, value, other) == figures.Change(text, is_better)


@pytest.mark.parametrize("value", [None, "NaN", math.nan, 1.7976931348623157e308])
def test_there_is_no_change_from_or_to_what_is_no_plain_number(value):
    assert figures.change("accuracy", value, 0.9) is None
    assert figures.change("accuracy", 0.9, value) is None


def test_metrics_only_the_other_version_has_come_last():
    rows = figures.figures({"loss": 0.2}, {"accuracy": 0.9})
    assert [(row.key, row.value, row.other) for row in rows] == [("loss", 0.2, None), ("accuracy", None, 0.9)]


def test_columns_are_the_most_telling_metrics():
    assert figures.columns([{"zeta": 1, "loss": 1}, {"accuracy": 1, "system/gpu": 1}], 3) == [
        "accuracy",
        "loss",
        "zeta",
    ]


@pytest.mark.parametrize("key", ["std_test_score", "rank_test_score", "accuracy_std"])
def test_spread_or_rank_of_a_metric_is_not_taken_for_the_metric(key):
    assert figures.is_lower_better(key) is None
    assert figures.columns([{key: 0.1, "mean_test_score": 0.9}], 1) == ["mean_test_score"]
