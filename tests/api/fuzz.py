"""Random requests to every address of the protocol: mostly sense with some nonsense in it, so that it gets deep.

Objects stand in a request as marks such as `⟦run⟧`, which `World.fill` replaces by the ids of objects that exist.
"""

import json
import math
import re
import types
from dataclasses import dataclass, field
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from models_app.api.dispatch import Endpoint
from models_app.api.mlflow.endpoints import ENDPOINTS, NOT_DECLARED, NOT_OFFERED

MARKS = (
    "run",
    "gone_run",
    "experiment",
    "gone_experiment",
    "model",
    "gone_model",
    "registered",
    "files",
    "model_files",
)


@dataclass(frozen=True)
class World:
    ids: dict[str, str]

    def fill(self, value: Any) -> Any:
        if isinstance(value, str):
            return re.sub("⟦(\\w+)⟧", lambda mark: self.ids.get(mark[1], mark[0]), value)
        if isinstance(value, list):
            return [self.fill(inner) for inner in value]
        if isinstance(value, dict):
            return {key: self.fill(inner) for key, inner in value.items()}
        return value


@dataclass(frozen=True)
class Request:
    method: str
    path: str  # as bytes travel: percent-encoded or not
    query: list[tuple[str, str]] = field(default_factory=list)
    body: Any = None  # what JSON is made of, or bytes as they are
    headers: dict[str, str] = field(default_factory=dict)
    is_chunked: bool = False

    def content(self, world: World) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(world.fill(self.body)).encode("utf-8", "surrogatepass")


# Words that fields of these names usually hold.
SENSE: dict[str, list[Any]] = {
    "run_id": ["⟦run⟧", "⟦run⟧", "⟦gone_run⟧", "0" * 32],
    "run_ids": ["⟦run⟧"],
    "source_run_id": ["⟦run⟧", ""],
    "experiment_id": ["⟦experiment⟧", "⟦experiment⟧", "⟦gone_experiment⟧", "0", "999"],
    "experiment_ids": ["⟦experiment⟧", "0"],
    "model_id": ["⟦model⟧", "⟦model⟧", "⟦gone_model⟧", "m-" + "0" * 32],
    "name": ["⟦registered⟧", "⟦registered⟧", "new", "d"],
    "new_name": ["renamed", "⟦registered⟧"],
    "experiment_name": ["Default"],
    "version": ["1", "2", "01", "99"],
    "alias": ["champion", "a", "latest", "v1"],
    "key": ["k", "m", "mlflow.runName", "a/b", "é"],
    "metric_key": ["m"],
    "stage": ["Staging", "production", "None", "Archived"],
    "stages": ["Staging", "None"],
    "status": ["FINISHED", "LOGGED_MODEL_READY", 2, "RUNNING"],
    "view_type": ["ALL", "ACTIVE_ONLY", 2],
    "run_view_type": ["ALL", "DELETED_ONLY"],
    "timestamp": [1, 1_700_000_000_000, 2**63 - 1],
    "step": [0, 1, -1, 2**63 - 1],
    "max_results": [1, 2, 10, 0, -1],
    "path": ["a.txt", "folder", "folder/a.txt", "", "MLmodel"],
    "artifact_directory_path": ["folder", ""],
    "artifact_file_path": ["a.txt"],
    "artifact_location": ["", "s3://bucket/x", "mlflow-artifacts:/own"],
    "source": ["runs:/⟦run⟧/model", "models:/⟦model⟧", "models:/⟦registered⟧/1", "⟦files⟧/model", "s3://b/x"],
    "order_by": ["name", "start_time DESC", "metrics.m ASC", "params.p", "creation_timestamp", "version_number DESC"],
    "field_name": ["name", "metrics.m", "creation_timestamp"],
    "digest": ["x"],
    "dataset_name": ["d"],
    "dataset_digest": ["x"],
    "model_json": ['{"artifact_path": "a", "flavors": {}, "utc_time_created": "", "run_id": ""}'],
}
WORDS = [
    "name", "run_id", "metrics.m", "params.p", "tags.k", "tags.`a b`", "attributes.status", "dataset.name", "status",
    "version_number", "creation_timestamp", "tag.`mlflow.prompt.is_prompt`", "=", "!=", "<", ">=", "LIKE", "ILIKE",
    "IN", "NOT IN", "IS NULL", "IS NOT NULL", "AND", "and", "OR", "NOT", "(", ")", ",", "'x'", '"x"', "'%'", "'_'",
    "1", "-1", "1.5", "1e400", "NaN", "''", "'", '"', "`", ";", "--", "/*", "('a', 'b')", "()", "\\", "\x00",
    "\u202e", "🙂",
]  # fmt: skip
TEXTS = [
    "", " ", "x", "\x00", "\ud800", "🙂" * 50, "a" * 70_000, "%00", "../..", "..", ".", "/", "//", "a//b", "null",
    "NaN", "99999999999999999999", "-1", "1.0", "true", "'; DROP TABLE runs; --", "models:/", "runs:/", "models:/a@b/c",
    "s3:", "mlflow-artifacts:/%2e%2e/x", "http://[", "http://[::1", "file:///etc/passwd", "C:\\x", "\u202e\u0000", "\n",
    "a\tb", "é", "e\u0301", "\ufeff", "{{7*7}}", "<script>", "%", "%%", "%s", "{}", "[", "٣", "²", "İ", "ß", "x" * 251,
    "k" * 256, "mlflow-artifacts://host/x", "mlflow-artifacts:/" + "a/" * 150, "runs:/⟦run⟧/../x",
    "models:/⟦registered⟧@champion",
]  # fmt: skip
NUMBERS = [
    0,
    -1,
    1,
    2**31,
    2**53 + 1,
    2**63 - 1,
    2**63,
    -(2**63),
    -(2**63) - 1,
    2**70,
    10**400,
    1.5,
    -0.0,
    1e308,
    5e-324,
]
ODD_FLOATS = [math.nan, math.inf, -math.inf]

texts = st.sampled_from(TEXTS) | st.sampled_from(MARKS).map("⟦{}⟧".format) | st.text(max_size=12)
filters = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)
scalars = st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.sampled_from(ODD_FLOATS) | texts
hostile = scalars | st.sampled_from(
    [[], {}, [[]], [None], [{}], [{"key": "\x00", "value": "\x00"}], {"key": "a"}, [1], ["\x00"], [[[[]]]], ["a"] * 300,
     [{"key": "k", "value": "v"}] * 120, [{"key": "m", "value": 1, "timestamp": 1}] * 2, [{"model_id": None}]]
)  # fmt: skip


def sense(name: str, kind: Any) -> st.SearchStrategy[Any]:
    """What a field may well hold, by its type and its name."""
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is list:
        return st.lists(value(name, get_args(kind)[0]), min_size=0, max_size=3)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return message(kind)
    if name == "filter":
        return filters
    if name in SENSE:
        return st.sampled_from(SENSE[name])
    if kind is bool:
        return st.booleans()
    return st.sampled_from(NUMBERS) if kind in (int, float) else texts


def value(name: str, kind: Any) -> st.SearchStrategy[Any]:
    usual = sense(name, kind)
    return st.integers(0, 7).flatmap(lambda dice: hostile if dice == 0 else usual)


def message(struct: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    hints = get_type_hints(struct)
    required = {part.name for part in msgspec.structs.fields(struct) if part.required}
    fields = {name: value(name, hints[name]) for name in struct.__struct_fields__}
    return st.fixed_dictionaries(
        {name: fields[name] for name in fields if name in required},
        optional={name: fields[name] for name in fields if name not in required},
    ).flatmap(_thinned)


def _thinned(whole: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Now and then a field is missing, has another name as well, or is one nobody knows."""
    names = sorted(whole)
    if not names:
        return st.just(whole)
    without = st.sampled_from(names).map(lambda gone: {name: whole[name] for name in names if name != gone})
    more = st.just({**whole, "run_uuid": "⟦run⟧", "unknown": {"deep": [whole]}})
    return st.integers(0, 9).flatmap(lambda dice: without if dice == 0 else more if dice == 1 else st.just(whole))


paths = st.sampled_from(
    ["⟦experiment⟧/⟦run⟧/artifacts/a.txt", "⟦experiment⟧/⟦run⟧/artifacts/folder", "⟦experiment⟧/⟦run⟧/artifacts", "",
     "⟦experiment⟧/models/⟦model⟧/artifacts/a.txt", "workspaces/default/x", "workspaces/elsewhere/0/x", "0", "a.txt",
     "../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "%252e%252e/x", "..%2fx", "%2fetc%2fpasswd", "//etc/passwd", "%00",
     "a%00b", "a%5cb", "C:%2fx", "%23", "%3F", "%zz", "%", "%ff%fe", "%e2%82", "a b", "é", "%f0%9f%99%82", ".", "a/./b",
     "a//b", "a/", "/".join("a" * 150), "a" * 5_000, ".artifact.uploading.x", ".laurel-upload-x", "%step%35%x.png",
     "folder/a.txt/b", "a.txt/b", "%0d%0aX-Injected:%201", "a;b", "~", "con", "a%09b", "⟦run⟧"]
)  # fmt: skip
segments = st.sampled_from(
    ["⟦model⟧", "⟦gone_model⟧", "m-x", "%00", "%2e%2e", "a" * 3_000, "%ff", "x%2Fy", "search", "🙂"]
)
unknown_addresses = st.sampled_from(
    ["/api", "/api/", "/api/2.0", "/api/2.0/mlflow", "/api/2.0/mlflow/", "/ajax-api/2.0/mlflow/runs",
     "/api//2.0/mlflow", "/api/2.0/mlflow/runs/get/", "/api/9.9/mlflow/runs/get", "/api/2.0/mlflow/%2e%2e/runs/get",
     "/v1/traces", "/gateway/x",
     "/graphql", "/signup", "/api/2.0/mlflow/runs/%67et", "/api/%00", "/api/" + "a" * 9_000, "/api/🙂", "/api/%ff",
     *(f"/api/3.0/{start}/x" for start in sorted(NOT_OFFERED | NOT_DECLARED))]
)  # fmt: skip

HEADERS: dict[str, list[str]] = {
    "Range": ["bytes=0-1", "bytes=-1", "bytes=5-1", "bytes=99-", "bytes=0-0,2-3", "bytes=" + "9" * 30 + "-", "lines=1",
              "x", "bytes=-", "bytes=0-" + "9" * 19],
    "If-Range": ['"x"', "x", "Wed, 21 Oct 2015 07:28:00 GMT"],
    "If-None-Match": ["*", '"x"', "W/", ",,,"],
    "If-Match": ["*", '"x"'],
    "If-Modified-Since": ["Wed, 21 Oct 2115 07:28:00 GMT", "yesterday", "Wed, 99 Oct 99999 07:28:00 GMT"],
    "If-Unmodified-Since": ["Wed, 21 Oct 2015 07:28:00 GMT"],
    "X-MLflow-Workspace": ["default", "elsewhere", "nowhere", "Not A Name", "../x", "a" * 300, "é"],
    "Origin": ["http://localhost", "https://evil.example", "null", "http://[", "a" * 2_000],
    "Authorization": ["Basic", "Basic !!!", "Basic dTpw", "Bearer x", "Basic " + "A" * 9_000, "x"],
    "Content-Digest": ["sha-256=:AAAA:", "sha-256=::", "sha-256=:" + "A" * 44 + ":", "md5=:x:"],
    "User-Agent": ["mlflow-python-client/3.17.2", "x"],
    "Accept-Encoding": ["gzip", "br;q=x"],
    "Content-Encoding": ["gzip"],
    "Cookie": ["sessionid=x; csrftoken=y"],
    "Host": ["localhost:1", "evil.example", "[", "a b"],
    "Content-Type": ["text/plain", "", "application/json; charset=latin-9", "multipart/form-data",
                     "multipart/form-data; boundary=",
                     "application/x-www-form-urlencoded", "application/json;" * 50],
}  # fmt: skip
headers = st.integers(0, 5).flatmap(
    lambda dice: (
        st.just({})
        if dice
        else st.lists(st.sampled_from(sorted(HEADERS)), max_size=3, unique=True).flatmap(
            lambda names: st.fixed_dictionaries({name: st.sampled_from(HEADERS[name]) for name in names})
        )
    )
)
raw_bodies = st.sampled_from(
    [b"", b"{", b"[]", b"[[]]", b"null", b"5", b'"x"', b'"{}"', b'"{\\"a\\": 1}"', b"\xff\xfe", b"\x00", b"{}" * 9,
     b"NaN",
     b'{"name": NaN}', b"[" * 90_000, b'{"a":' * 2_000, b'{"run_id": "\\ud800"}', b'{"run_id": "\\u0000"}',
     b"\xef\xbb\xbf{}",
     b'{"run_id": 1e999}', b'{"max_results": ' + b"9" * 5_000 + b"}", b"x" * 70_000, b'{"name": "a", "name": "b"}']
)  # fmt: skip


@st.composite
def addresses(draw: st.DrawFn, endpoint: Endpoint) -> str:
    def filled(place: re.Match[str]) -> str:
        if place[2] == "key":
            return draw(texts).encode("utf-8", "replace").decode()[:300]
        return draw(paths if place[1] else segments)

    path = re.sub(r"<(path:)?(\w+)>", filled, endpoint.path)
    address = "/" + f"{draw(st.sampled_from(endpoint.at))}/{path}".lstrip("/")
    return (
        address
        if draw(st.integers(0, 30))
        else address + draw(st.sampled_from(["/", "//", "%20", "?", "/../x", ";a=b"]))
    )


def _as_query(fields: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [(name, part) for name, given in fields.items() for part in (given if isinstance(given, list) else [given])]
    return [(name, part if isinstance(part, str) else json.dumps(part)) for name, part in rows if part is not None]


@st.composite
def known_requests(draw: st.DrawFn) -> Request:
    endpoint = draw(st.sampled_from(ENDPOINTS))
    address, given_headers = draw(addresses(endpoint)), draw(headers)
    fields = draw(message(endpoint.message)) if endpoint.message else draw(raw_fields)
    dice = draw(st.integers(0, 19))
    method = "HEAD" if endpoint.method == "GET" and dice == 0 else endpoint.method
    if dice == 1:
        method = draw(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "QUERY"]))
    in_query = endpoint.raw or (method in ("GET", "HEAD")) != (dice == 2)
    body: Any = None if in_query else fields
    if dice in (3, 4) or (endpoint.raw and method in ("PUT", "POST")):
        body = draw(raw_bodies)
    query = _as_query(fields) if in_query else []
    return Request(method, address, query, body, given_headers, is_chunked=draw(st.integers(0, 14)) == 0)


# What the rows that read no message take from their query.
raw_fields = st.fixed_dictionaries(
    {name: value(name, str) for name in ("run_id", "path", "name", "version", "artifact_file_path")}
)
lost_requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]),
    path=unknown_addresses,
    body=raw_bodies | st.none(),
    headers=headers,
)
sequences = st.lists(
    st.integers(0, 11).flatmap(lambda dice: lost_requests if dice == 0 else known_requests()), min_size=1, max_size=4
)
