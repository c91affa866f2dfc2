"""Words that a host sends in a file's place are told from results, whatever format these have."""

from pathlib import Path
from typing import Any

import pytest

from bot.scenario.api.pages import is_page
from bot.scenario.api.records import File
from bot.scenario.api.sniff import ENOUGH, mime_of, sniff

HTML = b"<!DOCTYPE html><html><head><title>503</title></head></html>"
XHTML = (
    b"<?xml version='1.0'?><!-- a < b --><!DOCTYPE html [<!ENTITY a 'b'>]><html><body><svg/></body></html>"
)
OLD = "<html><body>Service indisponible, désolé</body></html>".encode("latin-1")
REASON = b'{"reason": "Internal error"}'
S3 = b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code></Error>'
PLAIN = b"Service Unavailable"
PAGES = [HTML, XHTML, OLD, REASON, S3, PLAIN]
DECLARED = {
    "image": "image/png",
    "image-hdr": "image/x-exr",
    "video": "video/mp4",
    "audio": "audio/mpeg",
    "3d": "model/gltf-binary",
    "document": "application/pdf",
}
# files that may be words, of which a header of the same name says nothing against a page
OF_WORDS = ["image/svg+xml", "model/obj", "model/gltf+json", "model/vnd.collada+xml"]

SVG = b"<?xml version='1.0'?><!DOCTYPE svg PUBLIC 'x' 'y'><svg xmlns='http://www.w3.org/2000/svg'/>"
GLTF = b'{"asset": {"generator": "x", "version": "2.0"}, "nodes": []}'
COLLADA = b"<?xml version='1.0'?>\n<COLLADA version='1.4.1'></COLLADA>"
STL = b"solid cube\n  facet normal 0 0 1\n"
MTL = b"# Blender\nnewmtl Gold\nKd 1 1 0\n"
OBJ = b"# x\nv 0 0 1\nv 1 0 0\n"


def seen(body: bytes, header: str = "") -> File:
    """As a download tells of it."""
    head = body[:ENOUGH]
    return File(path=Path("a"), size=len(body), mime_type=mime_of(head, header), shown=sniff(head))


def told(kind: str | None, declared: str | None, size: int | None = None) -> dict[str, Any]:
    return {"kind": kind, "declared": declared, "told_size": size}


@pytest.mark.parametrize("body", PAGES)
@pytest.mark.parametrize("kind", DECLARED)
@pytest.mark.parametrize(
    "header", ["", "text/html; charset=utf-8", "image/png", "application/octet-stream", *OF_WORDS]
)
def test_a_page_is_known_for_every_kind_that_no_words_are(body: bytes, kind: str, header: str) -> None:
    file = seen(body, header)
    assert is_page(file, **told(kind, DECLARED[kind]))
    assert is_page(file, **told(None, DECLARED[kind]))  # a kind that is not told


@pytest.mark.parametrize(
    ("body", "kind", "declared"),
    [
        (b"ID3\x04\0\0", "audio", "audio/wav"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image", "image/png"),
        (b"\x89PNG\r\n\x1a\n\0\0", "3d", "model/gltf-binary"),  # a thumbnail that is called a mesh: a result
        (b"\0\1\2\3", "image", "image/png"),
        (SVG, "image", "image/svg+xml"),
        (SVG, "image", "image/png"),
        (GLTF, "3d", "model/gltf-binary"),
        (COLLADA, "3d", None),
        (STL, "3d", "model/stl"),
        (MTL, "3d", "model/mtl"),
        (OBJ, "3d", "model/obj"),
        (b"HIERARCHY\nROOT Hips\n" + b"0.0 " * ENOUGH, "3d", "model/bvh"),
        (b"<amf>" + b"<v/>" * ENOUGH, "3d", None),
        (PLAIN, "text", "text/plain"),
        (REASON, "text", "text/plain"),
        (HTML, "text", "text/plain"),  # a model may have written it
        (HTML, "text", "text/html"),
        (REASON, "json", "application/json"),
        (b'{"a": 1}\n{"a": 2}\n', "json", "application/json"),
        (b"a,b\n1,2\n", "document", "text/csv"),
        (b"1\n00:00:00,000 --> 00:00:01,000\nA\n", None, "application/x-subrip"),
        (PLAIN, None, None),
        (REASON, "somethingnew", None),
    ],
)
def test_a_result_is_no_page(body: bytes, kind: str | None, declared: str | None) -> None:
    assert not is_page(seen(body, declared or ""), **told(kind, declared, len(body)))


@pytest.mark.parametrize(
    ("body", "kind", "declared", "size"),
    [
        (HTML, "text", "text/plain", 70_000),  # not what the model wrote, by its size
        (HTML, "json", "application/json", None),
        (S3, "json", "application/json", None),
        (HTML, "document", "text/csv", None),
        (HTML, "somethingnew", None, None),
        (HTML, None, None, None),
        (PLAIN, "somethingnew", "application/x-new", None),
        (PLAIN, "3d", "model/obj", None),
    ],
)
def test_a_page_in_the_place_of_words(
    body: bytes, kind: str | None, declared: str | None, size: int | None
) -> None:
    assert is_page(seen(body), **told(kind, declared, size))


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (XHTML, "text/html"),
        (OLD, "text/html"),
        (SVG, "image/svg+xml"),
        (b"<!-- by hand --><svg:svg xmlns:svg='x'/>", "image/svg+xml"),
        (b"<!DOCTYPE svg [ <!ENTITY ns 'a>b'> ]><svg>", "image/svg+xml"),
        (b"<!--" + b"license " * ENOUGH, None),  # its root is too far behind: Scenario's word counts
        (b"<!-- words about <svg> -->", "text/plain"),
        (GLTF, "model/gltf+json"),
        (b'{"accessors": [], "asset": 1}', "model/gltf+json"),
        (b'{"asset": {"id": "asset_1"}, "nodes": []}', "application/json"),
        (COLLADA, "model/vnd.collada+xml"),
        (STL, "model/stl"),
        (b"solid advice\nfor everybody", "text/plain"),
        (MTL, "model/mtl"),
        (b"<p>plain</p>", "text/plain"),
        (b"<!DOCTYPE x" + b" [a]" * 500, "text/plain"),  # at once, however many ways there are to read it
    ],
)
def test_words_are_known_by_what_holds_them_together(head: bytes, mime: str | None) -> None:
    assert sniff(head[:ENOUGH]) == mime
