"""Files are known by their first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scenario.sniff import sniff


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
        (b"RIFF\x10\0\0\0AVI LIST", None),
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
        (b"<?xml version='1.0'?><rss>", None),
        (b"<!doctype html><html>", None),
        (b"plain words", None),
        (b"\xff\xff\xff\xff", None),
        (b"", None),
    ],
)
def test_known_beginnings(head: bytes, mime: str | None) -> None:
    assert sniff(head) == mime


@given(st.binary(max_size=64))
def test_no_bytes_break_it(head: bytes) -> None:
    sniff(head)
