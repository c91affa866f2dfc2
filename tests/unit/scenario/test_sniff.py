"""Files are known by their first bytes."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scenario.api.sniff import kind_of, mime_of, sniff


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
        (b"RIFF\x10\0\0\0AVI LIST", "video/x-msvideo"),
        (b"GIF89a\x01\0", "image/gif"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "image/avif"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0", "image/heif"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "video/mp4"),
        (b"\0\0\0\x18ftypqt  \0\0\0\0", "video/quicktime"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0", "audio/mp4"),
        (b"\x1a\x45\xdf\xa3\x9f", "video/webm"),
        (b"ID3\x04\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf3\x40\xc0", "audio/mpeg"),
        (b"OggS\0\x02", "audio/ogg"),
        (b"fLaC\0\0", "audio/flac"),
        (b"glTF\x02\0\0\0", "model/gltf-binary"),
        (b"%PDF-1.7", "application/pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "image/svg+xml"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg>", "image/svg+xml"),
        (b"<?xml version='1.0'?><rss>", "application/xml"),
        (b"<!doctype html><html>", "text/html"),
        (b"plain words", "text/plain"),
        (b"caf\xc3\xa9", "text/plain"),
        (b"a" * 4095 + b"\xc3", "text/plain"),
        (b"latin caf\xe9", None),
        (b"bell \x07", None),
        (b" \n", None),
        (b"BMW is a word", "text/plain"),
        (b"II*\0\x08\0\0\0", "image/tiff"),
        (b"MM\0*\0\0\0\x08", "image/tiff"),
        (b"\x76\x2f\x31\x01\x02\0\0\0", "image/x-exr"),
        (b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe", "image/vnd.radiance"),
        (b"#?RGBE\n", "image/vnd.radiance"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "image/avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x14ftypmif1\0\0\0\0mif1avif", "image/heif"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "video/quicktime"),
        (b"\0\x10\0\0mdat\0\0", "video/quicktime"),
        (b"the moovie is long", "text/plain"),
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska", "video/x-matroska"),
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm", "video/webm"),
        (b"Kaydara FBX Binary  \0\x1a\0", "model/fbx"),
        (b"; FBX 7.3.0 project file\n", "model/fbx"),
        (b"ply\nformat ascii 1.0\n", "model/ply"),
        (b"# Blender\nmtllib a.mtl\no Cube\nv 1.0 1.0 -1.0\n", "model/obj"),
        (b"v 1.0 1.0 -1.0\r\nv 1e-3 0 0\r\n", "model/obj"),
        (b"a list of\nv 1 2 3\n", "text/plain"),
        (b"o what a day\ng what a night\n", "text/plain"),
        (b'{"asset": {"version": "2.0"}}', "model/gltf+json"),
        (b'[{"a": 1}]', "application/json"),
        (b"[1, 2]", "application/json"),
        (b"{curly} words", "text/plain"),
        (b"[Verse]\nla la", "text/plain"),
        (b'{"cut": ', "text/plain"),
        (b'{"long": "' + b"x" * 5000, "application/json"),
        (b"PK\x03\x04\x14\0", "application/zip"),
        (b"<?xml version='1.0'?>\n<COLLADA version='1.4.1'>", "model/vnd.collada+xml"),
        ("<?xml version='1.0' encoding='UTF-16'?><svg>".encode("utf-16"), "image/svg+xml"),
        ("\ufeff<svg>".encode("utf-16-be"), "image/svg+xml"),
        ("words".encode("utf-16"), None),
        (gzip.compress(b"<svg>", mtime=0), "image/svg+xml-compressed"),
        (gzip.compress(b"<svg>" + b"x" * 99_999, mtime=0)[:60], "image/svg+xml-compressed"),
        (gzip.compress(b"words", mtime=0), "application/gzip"),
        (b"\x1f\x8b\x08 no such thing", "application/gzip"),
        (b"\xff\xfe#\0", None),
        (b"\xff\xf1\x50\x80", None),
        (b"\xff\xff\xff\xff", None),
        (b"", None),
    ],
)
def test_known_beginnings(head: bytes, mime: str | None) -> None:
    assert sniff(head) == mime


@given(st.binary(max_size=64))
def test_no_bytes_break_it(head: bytes) -> None:
    sniff(head)


@pytest.mark.parametrize(
    ("head", "declared", "mime"),
    [
        (b"ID3\x04", "audio/wav", "audio/mpeg"),
        (b"a,b\n1,2\n", "text/csv", "text/csv"),
        (b"1\n00:00:01,000 --> ", "application/x-subrip", "application/x-subrip"),
        (b"words", "image/png", "text/plain"),
        (b"<html>", "text/plain", "text/html"),
        (b"\0\1\2\3", "application/x-thing", "application/x-thing"),
        (b"\0\1\2\3", "", "application/octet-stream"),
    ],
)
def test_a_declared_type_counts_where_the_bytes_say_no_more(head: bytes, declared: str, mime: str) -> None:
    assert mime_of(head, declared) == mime


ISOM, WEBM, MKV = (
    b"\0\0\0\x18ftypisom\0\0\0\0",
    b"\x1a\x45\xdf\xa3\x9f",
    b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska",
)
GLTF, XML, ZIP = b'{"asset": {"version": "2.0"}}', b"<?xml version='1.0'?><x/>", b"PK\x03\x04\x14\0"


@pytest.mark.parametrize(
    ("head", "declared", "kind", "mime"),
    [
        # what holds films holds sound too
        (ISOM, "audio/mp4", None, "audio/mp4"),
        (ISOM, "audio/aac", None, "audio/mp4"),
        (ISOM, "AUDIO/X-M4A; codecs=mp4a.40.2", None, "audio/mp4"),
        (ISOM, "video/mp4", "audio", "audio/mp4"),
        (ISOM, "", "audio", "audio/mp4"),
        (ISOM, "audio/mp4", "video", "audio/mp4"),
        (ISOM, "image/png", "image", "video/mp4"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "audio/mp4", None, "audio/mp4"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0", "video/mp4", "video", "audio/mp4"),
        (WEBM, "audio/webm", None, "audio/webm"),
        (WEBM, "audio/opus", None, "audio/webm"),
        (MKV, "audio/x-matroska", None, "audio/x-matroska"),
        (b"OggS\0\x02", "video/ogg", None, "video/ogg"),
        (b"OggS\0\x02", "audio/opus", None, "audio/ogg"),
        # what is written in JSON or XML may be anything
        (GLTF, "model/gltf+json", None, "model/gltf+json"),
        (GLTF, "application/json", "3d", "model/gltf+json"),
        (GLTF, "application/json", "json", "application/json"),
        (GLTF, "image/png", None, "model/gltf+json"),
        (b"{}", "application/json", "3d", "model/gltf+json"),
        (b"{}", "image/png", None, "application/json"),
        (XML, "model/vnd.collada+xml", None, "model/vnd.collada+xml"),
        (XML, "image/svg+xml", None, "image/svg+xml"),
        (XML, "text/plain", None, "application/xml"),
        (b"solid cube\nfacet normal 0 0 1\n", "model/stl", None, "model/stl"),
        (ZIP, "model/vnd.usdz+zip", None, "model/vnd.usdz+zip"),
        (ZIP, "image/png", None, "application/zip"),
        (ZIP, "application/octet-stream", None, "application/zip"),
    ],
)  # fmt: skip
def test_the_finer_word_wins_over_what_many_share(
    head: bytes, declared: str, kind: str | None, mime: str
) -> None:
    assert mime_of(head, declared, kind) == mime


@pytest.mark.parametrize(
    ("mime", "kind"),
    [
        ("image/png", "image"),
        ("image/x-exr", "image-hdr"),
        ("image/x-hdr", "image-hdr"),
        ("image/aces", "image-hdr"),
        ("IMAGE/PNG; charset=binary", "image"),
        ("audio/*", "audio"),
        ("video/mp4", "video"),
        ("audio/wav", "audio"),
        ("model/gltf-binary", "3d"),
        ("text/plain", "text"),
        ("application/json", "json"),
        ("application/pdf", "document"),
        ("application/zip", None),
        ("", None),
    ],
)
def test_scenarios_kinds(mime: str, kind: str | None) -> None:
    assert kind_of(mime) == kind
