import contextlib
import math
from io import BytesIO
from typing import Any

import pytest
from django.test import RequestFactory

from models_app.api import messages
from models_app.api.messages import Int64, Message, Tag, enum_name
from models_app.errors import InvalidValue


class Search(Message):
    name: str
    stages: list[str] = []
    max_results: Int64 = 100
    archived: bool = False


class Log(Message):
    run_id: str
    value: float
    step: Int64 = 0
    tags: list[Tag] = []
    note: str = ""


def read(body: str | bytes, struct: type[Message] = Log, method: str = "post") -> Any:
    data = body.encode() if isinstance(body, str) else body
    request = RequestFactory().generic(method.upper(), "/", data, content_type="application/json")
    return messages.read(struct, request)


def test_a_get_reads_the_query_with_repeated_keys_as_a_list() -> None:
    request = RequestFactory().get("/?name=iris&stages=None&stages=Production&max_results=7&archived=TRUE&other=1")

    message = messages.read(Search, request)
    assert (message.name, message.stages, message.max_results, message.archived) == (
        "iris",
        ["None", "Production"],
        7,
        True,
    )


def test_a_get_without_a_query_reads_the_body() -> None:
    assert read('{"name": "iris", "stages": ["None"]}', Search, "get").stages == ["None"]


def test_a_query_hides_the_body_of_a_get() -> None:
    request = RequestFactory().generic("GET", "/?max_results=3", b'{"name": "iris"}', content_type="application/json")

    with pytest.raises(InvalidValue, match="'name'"):
        messages.read(Search, request)


@pytest.mark.parametrize("method", ["post", "delete", "patch"])
def test_bodies_of_all_methods_are_read(method: str) -> None:
    assert read('{"run_id": "ab", "value": 1}', method=method).run_id == "ab"


@pytest.mark.parametrize(
    ("value", "number"),
    [("1", 1.0), ('"1.5"', 1.5), ('"Infinity"', math.inf), ('"-Infinity"', -math.inf), ("3e2", 300)],
)
def test_numbers_may_be_text(value: str, number: float) -> None:
    assert read(f'{{"run_id": "ab", "value": {value}, "step": "12"}}').value == number


@pytest.mark.parametrize("value", ['"NaN"', "NaN", '"nan"'])
def test_nan_is_understood_with_and_without_quotes(value: str) -> None:
    assert math.isnan(read(f'{{"run_id": "ab", "value": {value}}}').value)


def test_null_means_not_given() -> None:
    message = read('{"run_id": "ab", "value": 1, "step": null, "tags": [{"key": "a", "value": null}], "note": null}')

    assert (message.step, message.note, message.tags[0].value) == (0, "", "")


def test_unknown_fields_are_ignored() -> None:
    assert read('{"run_id": "ab", "value": 1, "colour": {"deep": [null]}}').value == 1


def test_json_within_json_is_read_twice() -> None:
    assert read('"{\\"run_id\\": \\"ab\\", \\"value\\": 1}"').run_id == "ab"


def test_the_old_name_of_a_run_is_accepted() -> None:
    assert read('{"run_uuid": "ab", "value": 1}').run_id == "ab"
    assert read('{"run_id": "", "run_uuid": "ab", "value": 1}').run_id == "ab"


@pytest.mark.parametrize(
    "body", ["", "{}", '{"run_id": "", "value": 1}', '{"run_id": null, "value": 1}', '{"runId": "ab", "value": 1}']
)
def test_a_required_field_that_is_missing_or_empty_is_named(body: str) -> None:
    with pytest.raises(InvalidValue, match="Missing value for required parameter 'run_id'") as refusal:
        read(body)
    assert refusal.value.field == "run_id"


def test_a_missing_field_within_a_list_is_named() -> None:
    class Batch(Message):
        points: list[Log] = []

    with pytest.raises(InvalidValue, match=r"Missing value for required parameter 'points\[1\].value'"):
        read('{"points": [{"run_id": "a", "value": 1}, {"run_id": "b"}]}', Batch)


def test_a_wrong_type_is_named_with_its_place_and_value() -> None:
    with pytest.raises(InvalidValue, match=r"Invalid value 5 for parameter 'tags\[0\].key' supplied.*'int'"):
        read('{"run_id": "ab", "value": 1, "tags": [{"key": 5}]}')
    with pytest.raises(InvalidValue, match=r"Invalid value 7 for parameter 'run_id' supplied"):
        read('{"run_id": 7, "value": 1}')
    with pytest.raises(InvalidValue, match=r"Invalid value True for parameter 'step' supplied"):
        read('{"run_id": "a", "value": 1, "step": true}')
    with pytest.raises(InvalidValue, match="'step'"):
        read(f'{{"run_id": "a", "value": 1, "step": {2**63}}}')


@pytest.mark.parametrize("body", ["[]", "[1]", "5", '"text"', "{", b"\xff", '{"run_id": "\\ud800"', "[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(body: str | bytes) -> None:
    with pytest.raises(InvalidValue):
        read(body)


@pytest.mark.parametrize("depth", [500, 5_000, 200_000])
def test_a_body_that_is_nested_too_deeply_is_refused_or_ignored(depth: int) -> None:
    for field in ("colour", "tags", "note"):
        body = f'{{"run_id": "ab", "value": 1, "{field}": {"[" * depth}{"]" * depth}}}'
        with contextlib.suppress(InvalidValue):
            assert (read(body).run_id, field) == ("ab", "colour")


def test_what_no_database_stores_is_refused() -> None:
    for text in ("\\u0000", "\\ud800"):
        for body in (
            f'{{"run_id": "a{text}", "value": 1}}',
            f'{{"run_id": "a", "value": 1, "tags": [{{"key": "{text}"}}]}}',
        ):
            with pytest.raises(InvalidValue, match="NUL"):
                read(body)
    with pytest.raises(InvalidValue, match="NUL"):
        messages.read(Search, RequestFactory().get("/?name=a%00b"))
    assert read('{"run_id": "\\\\u0000", "value": 1}').run_id == "\\u0000"


def test_a_chunked_body_is_read_to_its_end() -> None:
    request = RequestFactory().post("/", b"", content_type="application/json")
    request.META["wsgi.input"] = BytesIO(b'{"run_id": "ab", "value": 2}')
    request.META["HTTP_TRANSFER_ENCODING"] = "chunked"
    request.META["CONTENT_LENGTH"] = ""

    assert messages.read(Log, request).value == 2


def test_enums_are_names_or_numbers() -> None:
    names = {1: "RUNNING", 3: "FINISHED"}

    assert enum_name("FINISHED", names, "status") == "FINISHED"
    assert enum_name(3, names, "status") == "FINISHED"
    assert enum_name(None, names, "status") is None
    for wrong in ("DONE", 2, "finished"):
        with pytest.raises(InvalidValue, match="'status'"):
            enum_name(wrong, names, "status")
