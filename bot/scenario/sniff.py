"""What a file is, by its first bytes. Pure.

Scenario's own word cannot be relied on: one model returned MP3 where WAV was asked for.
"""

from typing import Final

ENOUGH: Final = 512
"""Bytes of a file's beginning that `sniff` needs at most."""

_STARTS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"glTF", "model/gltf-binary"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
)
_BRANDS: Final = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"hevc": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
}
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}


def sniff(head: bytes) -> str | None:
    """The MIME type that the bytes show; None where they show none."""
    for start, mime in _STARTS:
        if head.startswith(start):
            return mime
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    # MPEG audio without tags: eleven set bits, then a version, layer and rate that exist
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6) and head[2] & 0xF0 != 0xF0:
        return "audio/mpeg"
    return _sniff_text(head)


def _sniff_text(head: bytes) -> str | None:
    if b"\0" in head:
        return None
    begin = head[:ENOUGH].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    drawn = begin.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in begin
    return "image/svg+xml" if drawn else None
