"""LIKE and ILIKE on the database at hand: the same on both."""

import pytest

from models_app import limits
from models_app.actors import SYSTEM
from models_app.models import RegisteredModel
from models_app.search import REGISTERED_MODELS, FilterError, search, search_box
from tests import make

pytestmark = pytest.mark.django_db

NAMES = [
    "Churn",
    "churn-eu",
    "CHURN_US",
    "a%b",
    "a_b",
    "a*b",
    "a?b",
    "[x]",
    "[^x]",
    "a\\b",
    "Ärger",
    "ärger",
    "ΣΊΓΜΑ",
    "İ",
    "ß",
]


@pytest.fixture(autouse=True)
def models():
    return [make.model(name) for name in NAMES]


def names(text: str) -> list[str]:
    return [model.name for model in search(RegisteredModel.objects.visible_to(SYSTEM), REGISTERED_MODELS, text)]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("churn%", ["churn-eu"]),
        ("C%", ["CHURN_US", "Churn"]),
        ("%rn", ["Churn"]),
        ("_hurn", ["Churn"]),
        ("a_b", ["a%b", "a*b", "a?b", "a\\b", "a_b"]),
        ("a*b", ["a*b"]),
        ("a?b", ["a?b"]),
        ("a%%b", ["a%b", "a*b", "a?b", "a\\b", "a_b"]),
        ("a\\b", ["a\\b"]),
        ("a\\_b", []),
        ("[x]", ["[x]"]),
        ("[^x]", ["[^x]"]),
        ("[%", ["[^x]", "[x]"]),
        ("ä%", ["ärger"]),
        ("", []),
        ("%", sorted(NAMES)),
    ],
)
def test_like_sees_case_and_knows_two_wildcards(pattern, found):
    assert names(f"name LIKE '{pattern}'") == found


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("CHURN%", ["CHURN_US", "Churn", "churn-eu"]),
        ("%_us", ["CHURN_US"]),
        ("ÄRG%", ["Ärger", "ärger"]),
        ("ärgeR", ["Ärger", "ärger"]),
        ("σίγμα", ["ΣΊΓΜΑ"]),
        ("A*B", ["a*b"]),
        ("[X]", ["[x]"]),
        ("A\\B", ["a\\b"]),
        ("i", []),
        ("İ", ["İ"]),
        ("SS", []),
        ("ß", ["ß"]),
    ],
)
def test_ilike_sees_no_case_in_any_alphabet(pattern, found):
    assert names(f"name ILIKE '{pattern}'") == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("churn", ["CHURN_US", "Churn", "churn-eu"]),
        ("_", ["CHURN_US", "a_b"]),
        ("%", ["a%b"]),
        ("*", ["a*b"]),
        ("A_B", ["a_b"]),
        ("ÄR", ["Ärger", "ärger"]),
        ("\\", ["a\\b"]),
        ("", sorted(NAMES)),
        ("  ", sorted(NAMES)),
        ("%" * limits.LIKE_LENGTH, []),
        ("name = 'Churn'", ["Churn"]),
    ],
)
def test_a_search_box_takes_words_as_they_are(words, found):
    models = RegisteredModel.objects.visible_to(SYSTEM)
    assert [model.name for model in search_box(models, REGISTERED_MODELS, words)] == found


def test_the_longest_pattern_is_no_trouble():
    assert names(f"name ILIKE '{'Ä' * limits.LIKE_LENGTH}'") == []
    assert names(f"name LIKE '{'_%' * limits.LIKE_WILDCARDS}'") == []


@pytest.mark.parametrize("text", ["x" * (limits.LIKE_LENGTH + 1), "x" * (limits.FILTER_LENGTH + 1), "a\0", "\ud800"])
def test_words_no_name_can_hold_are_refused(text):
    with pytest.raises(FilterError):
        search_box(RegisteredModel.objects.visible_to(SYSTEM), REGISTERED_MODELS, text)
