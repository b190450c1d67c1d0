"""Pictures: sizes by their headers, those too large to draw, and the names clients give to pictures of a step."""

import struct

import pytest

from models_app.previews import images

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("a.png", PNG + struct.pack(">II", 640, 480)),
        ("a.gif", b"GIF89a" + struct.pack("<HH", 640, 480)),
        ("a.bmp", b"BM" + bytes(16) + struct.pack("<ii", 640, -480)),
        ("a.JPG", b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x11\x08" + struct.pack(">HH", 480, 640) + bytes(9)),
        ("a.webp", b"RIFF....WEBPVP8X" + bytes(8) + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")),
        ("a.webp", b"RIFF....WEBPVP8L....\x2f" + struct.pack("<I", 639 | 479 << 14)),
        ("a.webp", b"RIFF....WEBPVP8 " + bytes(10) + struct.pack("<HH", 640, 480)),
        ("a.avif", b"....ftypavif....ispe" + bytes(4) + struct.pack(">II", 640, 480) + bytes(20)),
    ],
)
def test_sizes_are_read_from_headers(show, store, name: str, head: bytes) -> None:
    shown = show(name, head + bytes(2_000_000))
    assert (shown.kind, shown.content.width, shown.content.height) == ("image", 640, 480)
    assert (store.opened, store.read) == (1, images.HEADER_BYTES)


def test_a_picture_of_too_many_pixels_is_not_drawn(show) -> None:
    assert not show("a.png", PNG + struct.pack(">II", 60_000, 60_000)).content.is_drawn
    assert not show("a.png", PNG + struct.pack(">II", 2**32 - 1, 2**32 - 1)).content.is_drawn


@pytest.mark.parametrize(
    "head", [PNG, b"\xff\xd8\xff" + b"\xff" * 100_000, b"GIF89a", b"BM", b"RIFF....WEBP", b"....ftyp"]
)
def test_a_header_that_breaks_off_is_left_to_the_browser(show, head: bytes) -> None:
    suffix = {b"\x89": "png", b"\xff": "jpg", b"G": "gif", b"B": "bmp", b"R": "webp", b".": "avif"}[head[:1]]
    shown = show(f"a.{suffix}", head)
    assert (shown.kind, shown.content.width, shown.content.is_drawn) == ("image", 0, True)


def test_what_only_calls_itself_a_picture_is_shown_as_bytes(show) -> None:
    shown = show("a.png", b"<script>")
    assert shown.kind == "binary"
    assert "does not begin as a picture" in shown.note


UUID = "0f0e0d0c-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    "name", [f"val~grid+step+7+timestamp+17+{UUID}.png", f"val#grid%step%7%timestamp%17%{UUID}.png"]
)
def test_both_clients_names_are_understood(name: str) -> None:
    found = images.stepped(name)
    assert (found.key, found.step, found.logged_at, found.is_small) == ("val/grid", 7, 17, False)
    assert images.stepped(name.replace(".png", f"{name[name.index('step') - 1]}compressed.webp")).is_small


@pytest.mark.parametrize("name", ["a.png", "a+step+x+timestamp+1+u.png", "a+step%1+timestamp+1+u.png", "+" * 300])
def test_other_names_have_no_step(name: str) -> None:
    assert images.stepped(name) is None


def test_steps_are_ordered_by_number(show) -> None:
    names = [f"a+step+{step}+timestamp+1+{UUID}.png" for step in (0, 10, 2)]
    others = [f"b+step+1+timestamp+1+{UUID}.png", f"a+step+5+timestamp+1+{UUID}+compressed.webp", "a.png"]
    assert [found.step for found in images.steps_of(names[0], [*names, *others])] == [0, 2, 10]
