import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_app.bounded_yaml import UnreadableYaml, read
from tests.conftest import once

pytestmark = once


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("a: 1", {"a": 1}),
        ("a: -0x1f\nb: 1_000\nc: 1.5\nd: .inf\ne: 017", {"a": -31, "b": 1000, "c": 1.5, "d": ".inf", "e": "017"}),
        ("a: yes\nb: 'yes'\nc: null\nd: ~\ne:", {"a": True, "b": "yes", "c": None, "d": None, "e": None}),
        ("a: 2026-11-23", {"a": "2026-11-23"}),
        ("- a\n- [b, {c: d}]", ["a", ["b", {"c": "d"}]]),
        ("1: a\ntrue: b", {"1": "a", "True": "b"}),
        ("a: &x [1, 2]\nb: *x", {"a": [1, 2], "b": [1, 2]}),
        ("a: &x {k: v}\nb: {<<: *x}", {"a": {"k": "v"}, "b": {"<<": {"k": "v"}}}),
        ("a: !!python/object/apply:os.system ['true']", {"a": ["true"]}),
        ("a: !!int '5'", {"a": "5"}),
        ("first: 1\n---\nsecond: 2", {"first": 1}),
    ],
)  # fmt: skip
def test_plain_values_are_read(text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    "text", ["a: [", "a: b: c", "\x00", "? [a]\n: b", "a: *missing", "a: &a [*a]", "%YAML 9.9\n--- x"]
)
def test_what_is_not_plain_yaml_is_refused(text: str) -> None:
    with pytest.raises(UnreadableYaml):
        read(text)


def laughing(levels: int) -> str:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


BOMBS = {
    "aliases": laughing(9),
    "merges": laughing(9).replace("[*", "[<<: *"),
    "flow": "[" * 500_000,
    "sequences": "- " * 500_000,
    "mappings": "{a: " * 250_000,
    "questions": "? " * 500_000,
    "indents": "".join(" " * n + "a:\n" for n in range(1_400)),
    "keys": "{" + "a, " * 300_000 + "}",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_at_once(name: str) -> None:
    start = time.monotonic()
    with pytest.raises(UnreadableYaml):
        read(BOMBS[name])
    assert time.monotonic() - start < 5


@given(st.text(alphabet=st.sampled_from("ab:-?&*![]{}'\"|>#%\n\t 01.,<~"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read(text)
    except UnreadableYaml:
        return
