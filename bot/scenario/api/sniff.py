"""What a file is: by its first bytes, and by what is said of it where many kinds begin alike. Pure.

Scenario's own word cannot be relied on: one model returned MP3 where WAV was asked for. Neither can a
member's file name. But a container holds sound as well as films, and JSON or XML may be anything: there the
bytes are the coarser word, and the finer one that was given counts.
"""

import codecs
import json
import re
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

ENOUGH: Final = 4096
"""Bytes of a file's beginning that `sniff` needs at most; binary formats show in the first hundred."""

_STARTS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"\x76\x2f\x31\x01", "image/x-exr"),
    (b"#?RADIANCE", "image/vnd.radiance"),
    (b"#?RGBE", "image/vnd.radiance"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"glTF", "model/gltf-binary"),
    (b"Kaydara FBX Binary", "model/fbx"),
    (b"; FBX ", "model/fbx"),
    (b"ply\n", "model/ply"),
    (b"ply\r", "model/ply"),
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
    b"M4B ": "audio/mp4",
}
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_OLD_MOVIE: Final = frozenset({b"moov", b"mdat", b"wide"})
"""How QuickTime files begin that were written before there was `ftyp`."""

_HTML: Final = (b"<!doctype html", b"<html")
_PROLOG: Final = re.compile(rb"\s*(?:<\?.*?\?>|<!--.*?-->|<!doctype\b(?:[^\[>]|\[[^\]]*\])*>)", re.DOTALL)
_ROOT: Final = re.compile(rb"\s*<(?:[a-z][\w.-]*:)?([a-z][\w.-]*)")
_ROOTS: Final = {
    b"svg": "image/svg+xml",
    b"html": "text/html",
    b"collada": "model/vnd.collada+xml",
    b"x3d": "model/x3d+xml",
}
_MARKUP: Final = frozenset({"application/xml", *_ROOTS.values()})
_OBJ: Final = re.compile(rb"^(?:v[ \t]+-?[\d.]+(?:e[-+]?\d+)?[ \t]+-?[\d.]+|mtllib[ \t]+\S)", re.M | re.I)
_OBJ_LINE: Final = re.compile(rb"(?:#|v|vn|vt|vp|f|l|o|g|s|mtllib|usemtl)(?:[ \t]|\r?$)")
_JSON: Final = re.compile(rb"\{\s*(?:\"|\}|\Z)|\[\s*(?:[\[{\"\]]|-?\d[\d.eE+-]*\s*,|\Z)")
_GLTF: Final = re.compile(rb'"asset"\s*:\s*\{[^{}]*"version"|"(?:accessors|bufferViews)"\s*:\s*\[')
_STL: Final = re.compile(rb"solid\b[^\n]*\n\s*(?:facet|endsolid)\b")
_MTL: Final = re.compile(rb"(?:#[^\n]*\n|\s)*newmtl\s")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_GZIP: Final = b"\x1f\x8b\x08"

_CONTAINERS: Final[Mapping[str, Mapping[str, str]]] = {
    "video/mp4": {"audio": "audio/mp4"},
    "video/quicktime": {"audio": "audio/mp4"},
    "video/webm": {"audio": "audio/webm"},
    "video/x-matroska": {"audio": "audio/x-matroska"},
    "audio/ogg": {"video": "video/ogg"},
    "application/json": {"3d": "model/gltf+json"},
}
"""What the bytes of a container show → what it is for another kind of file."""
_NOTATIONS: Final = {
    "text/plain": re.compile(
        r"text/.+|model/.+|application/(?:json|xml|yaml|x-subrip|.+\+(?:json|xml))|image/svg\+xml"
    ),
    "application/json": re.compile(r"model/.+|.+\+json"),
    "application/xml": re.compile(r"model/.+|.+\+xml"),
    "application/zip": re.compile(r"model/.+|application/(?!octet-stream|(?:x-)?zip).+"),
    "application/gzip": re.compile(r"model/.+|application/(?!octet-stream|(?:x-)?gzip).+"),
    "application/octet-stream": re.compile(r".+/.+"),
}
"""What the bytes of a notation show → what it may be besides."""

_KINDS: Final = {
    "image/x-exr": "image-hdr",
    "image/exr": "image-hdr",
    "image/aces": "image-hdr",
    "image/vnd.radiance": "image-hdr",
    "image/x-hdr": "image-hdr",
    "image/hdr": "image-hdr",
    "application/json": "json",
    "application/pdf": "document",
    "application/ogg": "audio",
}
_FAMILIES: Final = {"image": "image", "video": "video", "audio": "audio", "model": "3d", "text": "text"}
_WORDS: Final = 1024
"""Types of which the answer is kept: every result is asked about a dozen times, and nearly all are PNG."""


def sniff(head: bytes) -> str | None:
    """The MIME type that the bytes show; None where they show none.

    head: the first `ENOUGH` bytes of the file, or all of it.
    """
    for start, mime in _STARTS:
        if head.startswith(start):
            return mime
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/x-matroska" if b"matroska" in head[:80] else "video/webm"
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[4:8] in _OLD_MOVIE and head[0] == 0:
        return "video/quicktime"
    if head.startswith(_GZIP):
        return "image/svg+xml-compressed" if _unpacked(head) == "image/svg+xml" else "application/gzip"
    if head.startswith(_UTF_16):
        return _sniff_wide(head)
    return "audio/mpeg" if _is_mpeg_audio(head) else _sniff_text(head)


def mime_of(head: bytes, declared: str, kind: str | None = None) -> str:
    """What the file is: the bytes' type, or the finer one that was declared. See `finer`."""
    return finer(sniff(head) or "application/octet-stream", declared, kind)


@lru_cache(maxsize=_WORDS)
def finer(found: str, declared: str | None, kind: str | None = None) -> str:
    """The bytes' type, unless it is only a container's or a notation's and somebody said more.

    found: as `mime_of` gave it, perhaps with another word.
    declared: a MIME type in somebody's words; None and "" say nothing.
    kind: Scenario's word, one of those that `kind_of` gives.
    """
    said, kind = essence(declared), (kind or "").casefold()
    if (found, kind) == ("model/gltf+json", "json"):
        return "application/json"  # of data that speaks of scenes too only Scenario knows that it is none
    told = _CONTAINERS.get(found, {}).get(kind_of(said) or "")
    if told is not None:
        return told
    notation = _NOTATIONS.get(found)
    if notation is not None and notation.fullmatch(said):
        return said
    return _CONTAINERS.get(found, {}).get(kind, found)


def essence(mime_type: str | None) -> str:
    """A MIME type without its parameters, in lower case."""
    return (mime_type or "").partition(";")[0].strip().casefold()


@lru_cache(maxsize=_WORDS)
def kind_of(mime_type: str | None) -> str | None:
    """Scenario's kind of a file: `image`, `image-hdr`, `video`, `audio`, `3d`, `text`, `document`, `json`;
    None for any other."""
    mime = essence(mime_type)
    return _KINDS.get(mime) or _FAMILIES.get(mime.partition("/")[0])


def _by_brand(head: bytes) -> str:
    major = _BRANDS.get(head[8:12], "video/mp4")
    if major != "image/heif":
        return major
    # a picture of the general brand says among the others how it is coded
    size = min(int.from_bytes(head[:4], "big"), 256)
    others = {_BRANDS.get(head[at : at + 4]) for at in range(16, size - 3, 4)}
    return next((mime for mime in ("image/avif", "image/heic") if mime in others), major)


def _is_mpeg_audio(head: bytes) -> bool:
    """A frame without tags: eleven set bits, then a version, a layer (II or III) and rates that exist."""
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE6 not in (0xE2, 0xE4):
        return False
    return head[1] & 0x18 != 0x08 and head[2] & 0xF0 != 0xF0 and head[2] & 0x0C != 0x0C


def _sniff_text(head: bytes) -> str | None:
    words = head[:ENOUGH].removeprefix(b"\xef\xbb\xbf")
    if not words.strip():
        return None
    begin = words.lstrip().lower()
    if begin.startswith(_HTML):  # in whatever encoding: old error pages are Latin-1
        return "text/html"
    if not _is_text(words):
        return None
    if _is_markup(begin):
        return _by_root(begin)
    if _is_json(words):
        return "model/gltf+json" if _GLTF.search(words) else "application/json"
    if _STL.match(begin):
        return "model/stl"
    if _MTL.match(words):
        return "model/mtl"
    return "model/obj" if _is_obj(words) else "text/plain"


def _sniff_wide(head: bytes) -> str | None:
    """UTF-16, of which only markup is told apart: an MP3 may begin with the same two bytes."""
    try:
        text = codecs.getincrementaldecoder("utf-16")().decode(head[:ENOUGH])
    except UnicodeDecodeError:
        return None
    found = _sniff_text(text.encode("utf-8", "replace"))
    return found if found in _MARKUP else None


def _unpacked(head: bytes) -> str | None:
    """The type of what is packed."""
    try:
        return sniff(zlib.decompressobj(wbits=31).decompress(head[:ENOUGH], ENOUGH))
    except zlib.error:
        return None


def _is_markup(begin: bytes) -> bool:
    return begin.startswith((b"<?xml", b"<!--", b"<!doctype")) or _root(begin) in _ROOTS


def _by_root(begin: bytes) -> str | None:
    """By the element that holds all others, for an XHTML page may have a drawing in it. None where it is
    farther behind than we look."""
    root = _root(begin)
    if root is None and _is_cut(begin):
        return None
    told = "application/xml" if begin.startswith(b"<?xml") else "text/plain"
    return _ROOTS.get(root or b"", told)


def _root(begin: bytes) -> bytes | None:
    at = 0
    while (passed := _PROLOG.match(begin, at)) is not None:
        at = passed.end()
    found = _ROOT.match(begin, at)
    return found[1] if found is not None else None


def _is_text(words: bytes) -> bool:
    """UTF-8 without control characters."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(words, final=not _is_cut(words))
    except UnicodeDecodeError:
        return False
    return _CONTROL.search(text) is None


def _is_cut(words: bytes) -> bool:
    """Whether the file may go on, within a character too. A byte order mark may have been taken off."""
    return len(words) >= ENOUGH - 3


def _is_json(words: bytes) -> bool:
    if not _JSON.match(words.lstrip()):
        return False
    if _is_cut(words):
        return True
    try:
        json.loads(words)
    except (ValueError, RecursionError):
        return False
    return True


def _is_obj(words: bytes) -> bool:
    """Nothing but statements of a mesh up to its first vertex or material, and one of these."""
    first = _OBJ.search(words)
    if first is None:
        return False
    before = words[: first.start()].splitlines()
    return all(_OBJ_LINE.match(line) for line in before if line.strip())
