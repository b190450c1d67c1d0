"""Tensors by their headers: safetensors, NumPy, ONNX and GGUF, and headers that lie."""

import io
import json
import struct
import time
import zipfile

import pytest

from models_app.previews import tensors


def safetensors(header: object, values: int = 0) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(values)


def numpy(shape: str, descr: str = "'<f4'", values: int = 0, version: int = 1) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return (
        b"\x93NUMPY"
        + bytes([version, 0])
        + struct.pack("<H" if version == 1 else "<L", len(text))
        + text
        + bytes(values)
    )


def rows(shown) -> list[tuple[str, str, str, int, int]]:
    return [(found.name, found.dtype, found.shape_text, found.count, found.size) for found in shown.content.tensors]


def test_safetensors_list_their_tensors(show, store) -> None:
    header = {
        "__metadata__": {"format": "pt"},
        "w": {"dtype": "F32", "shape": [128, 64], "data_offsets": [0, 32768]},
        "b": {"dtype": "BF16", "shape": [], "data_offsets": [0, 2]},
    }
    shown = show("a.safetensors", safetensors(header, 3_000_000))
    assert rows(shown) == [("w", "F32", "128 × 64", 8_192, 32_768), ("b", "BF16", "scalar", 1, 2)]
    assert (shown.content.parameters, shown.content.facts, store.opened) == (8_193, (("format", "pt"),), 1)


def test_many_tensors_are_paged(show, follow) -> None:
    header = {f"t{n}": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]} for n in range(1_000)}
    shown = show("a.safetensors", safetensors(header))
    assert (len(shown.content.tensors), shown.content.parameters) == (tensors.SHOWN, 2_000)
    assert follow(shown, shown.pager.next).content.tensors[0].name == "t300"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff" * 8, struct.pack("<Q", 2**63) + b"{}", struct.pack("<Q", 10) + b"{", safetensors([1]),
        struct.pack("<Q", 100_000) + b"[" * 100_000, struct.pack("<Q", 4) + b"nope",
    ],
)  # fmt: skip
def test_headers_that_lie_are_shown_as_bytes(show, content: bytes) -> None:
    assert show("a.safetensors", content).kind in {"binary", "text"}


def test_odd_tensors_do_no_harm(show) -> None:
    header = {"a": {"dtype": [1], "shape": [-1, "x", 2**70, 3]}, "b": 5, "c": {}, "d": {"shape": [2**62] * 32}}
    shown = show("a.safetensors", safetensors(header))
    assert [found.name for found in shown.content.tensors] == ["a", "c", "d"]


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (numpy("(100, 20)"), ("a.npy", "float32", "100 × 20", 2_000, 8_000)),
        (numpy("(3,)", "'|b1'", version=2), ("a.npy", "bool", "3", 3, 3)),
        (numpy("()", "'<M8[ns]'"), ("a.npy", "<M8[ns]", "scalar", 1, 8)),
        (numpy("(2,)", "[('x', '<f4'), ('y', '<i8')]"), ("a.npy", "x, y", "2", 2, 0)),
    ],
)
def test_an_array_says_its_type_and_shape(show, content: bytes, row: tuple[object, ...]) -> None:
    assert rows(show("a.npy", content)) == [row]


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('touch /tmp/x')",
        "(" * 5_000,
        "-" * 5_000 + "1",
        "{" * 70,
        "[1]",
        "9" * 8_000,
        "'\\N{x}'",
    ],
)
def test_headers_that_are_code_are_not_run(show, text: str) -> None:
    data = text.encode()
    shown = show("a.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(data)) + data)
    assert shown.kind == "binary"
    assert "can't be read" in shown.note


def test_an_archive_of_arrays_lists_them_in_a_few_requests(show, store) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(40):
            archive.writestr(f"w{number}.npy", numpy("(64, 128)", values=64 * 128 * 4))
    shown = show("a.npz", made.getvalue())
    assert rows(shown)[0] == ("w0", "float32", "64 × 128", 8_192, 32_768)
    assert (len(shown.content.tensors), shown.content.tensors[30].dtype) == (40, "")
    assert store.opened <= 3 + tensors.MEMBERS
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", numpy("(500, 500)", values=1_000_000))
    assert rows(show("b.npz", packed.getvalue()))[0][:3] == ("x", "float32", "500 × 500")


def varint(value: int) -> bytes:
    data = b""
    while value > 0x7F:
        data += bytes([value & 0x7F | 0x80])
        value >>= 7
    return data + bytes([value])


def field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def port(name: str, lengths: list[int | str]) -> bytes:
    shape = b"".join(field(1, field(1 if isinstance(length, int) else 2, length)) for length in lengths)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


def onnx(weights: int, size: int) -> bytes:
    graph = b"".join(field(1, field(1, "x") + field(4, kind)) for kind in ["Conv", "Relu", "Conv"]) + field(2, "net")
    for number in range(weights):
        dims = field(1, size) + field(1, 4) if number % 2 else field(1, varint(size) + varint(4))
        graph += field(5, dims + field(2, 1) + field(8, f"w{number}") + field(9, bytes(size * 16)))
    graph += field(11, port("image", ["batch", 3, 224])) + field(12, port("label", [1000]))
    return field(1, 8) + field(2, "pytorch") + field(7, graph) + field(8, field(1, "") + field(2, 17))


def test_an_onnx_model_shows_its_outline(show, store) -> None:
    shown = show("a.onnx", onnx(4, 200_000))
    assert dict(shown.content.facts) == {
        "IR version": "8", "Producer": "pytorch", "Graph": "net", "Operator sets": "ai.onnx 17",
        "Input": "image: float32 [batch, 3, 224]", "Output": "label: float32 [1000]", "Operators": "3: Conv 2, Relu 1",
    }  # fmt: skip
    assert rows(shown)[1] == ("w1", "float32", "200000 × 4", 800_000, 3_200_000)
    assert store.read < 1_000_000


def test_a_model_of_very_many_weights_is_shown_in_part(show) -> None:
    shown = show("a.onnx", onnx(150, 4_000))
    assert "too large" in shown.warning
    assert 50 < len(shown.content.tensors) < 150


@pytest.mark.parametrize(
    "content",
    [
        b"\xff" * 5_000, b"\x0a", field(7, field(7, "x") * 1_000), field(7, b"")[:-1] + b"\xff\xff\xff\x7f",
        b"\x08" * 200_000, field(2, "x" * 300_000), field(7, b"\x0b" * 100),
    ],
)  # fmt: skip
def test_broken_onnx_models_are_shown_as_bytes(show, content: bytes) -> None:
    start = time.process_time()
    assert show("a.onnx", content).kind in {"binary", "tensors"}
    assert time.process_time() - start < 2


def gguf_text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def test_a_gguf_model_shows_its_header(show) -> None:
    values = gguf_text("general.name") + struct.pack("<I", 8) + gguf_text("tiny")
    values += gguf_text("tokens") + struct.pack("<IIQ", 9, 8, 3) + gguf_text("a") * 3
    values += gguf_text("scores") + struct.pack("<IIQ", 9, 6, 2) + bytes(8)
    weights = gguf_text("w") + struct.pack("<IQQIQ", 2, 16, 8, 0, 0)
    shown = show("a.gguf", b"GGUF" + struct.pack("<IQQ", 3, 1, 3) + values + weights)
    assert shown.content.facts == (
        ("GGUF version", "3"), ("general.name", "tiny"), ("tokens", "3 values"), ("scores", "2 values"),
    )  # fmt: skip
    assert rows(shown) == [("w", "F32", "16 × 8", 128, 512)]


@pytest.mark.parametrize(
    "rest", [b"", struct.pack("<IQQ", 3, 2**63, 2**63), struct.pack("<IQQ", 3, 0, 9) + b"\xff" * 100]
)
def test_broken_gguf_headers_cost_little(show, rest: bytes) -> None:
    start = time.process_time()
    assert show("a.gguf", b"GGUF" + rest).kind in {"binary", "tensors"}
    assert time.process_time() - start < 2
