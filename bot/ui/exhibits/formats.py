"""File name endings, and which formats Discord shows. Pure.

An ending follows from the bytes: Discord decides by it whether a file plays.
"""

import mimetypes
import re
from typing import Final

from bot.scenario.api.sniff import essence
from bot.vocabulary import Medium

_ENDINGS: Final = {
    "image/png": "png",
    "image/apng": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/tiff": "tif",
    "image/bmp": "bmp",
    "image/svg+xml": "svg",
    "image/svg+xml-compressed": "svgz",
    "image/x-exr": "exr",
    "image/exr": "exr",
    "image/aces": "exr",
    "image/vnd.radiance": "hdr",
    "image/x-hdr": "hdr",
    "image/hdr": "hdr",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/quicktime": "mov",
    "video/x-matroska": "mkv",
    "video/x-msvideo": "avi",
    "video/ogg": "ogv",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/ogg": "ogg",
    "audio/opus": "opus",
    "audio/flac": "flac",
    "audio/x-flac": "flac",
    "audio/aac": "aac",
    "audio/mp4": "m4a",
    "audio/webm": "webm",
    "audio/x-matroska": "mka",
    "audio/x-m4a": "m4a",
    "audio/aiff": "aiff",
    "model/gltf-binary": "glb",
    "model/gltf+json": "gltf",
    "model/vnd.collada+xml": "dae",
    "model/obj": "obj",
    "model/stl": "stl",
    "model/vnd.usdz+zip": "usdz",
    "application/zip": "zip",
    "application/pdf": "pdf",
    "application/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/gzip": "gz",
    "text/plain": "txt",
    "text/markdown": "md",
}
_ENDING: Final = re.compile(r"[a-z0-9]{1,8}")

SHOWN: Final = {"PNG": "png", "JPEG": "jpg", "MPO": "jpg", "GIF": "gif"}
"""Pillow's names of the formats that go along untouched. An MPO is a JPEG with more pictures behind it."""
DRAWN: Final = frozenset({"svg", "svgz"})
NEVER_BESIDE: Final = frozenset({"webp", "avif"})
"""Formats that Discord may show by itself: beside their own PNG they would be the same picture twice."""


def ending_of(mime_type: str | None, medium: Medium | None = None) -> str:
    """A file name's ending, without the dot: "mp4"; "bin" where nothing tells."""
    mime = essence(mime_type)
    if mime in _ENDINGS:
        return _ENDINGS[mime]
    guessed = (mimetypes.guess_extension(mime) or "").removeprefix(".")
    if not guessed:
        main, _, sub = mime.partition("/")
        told = sub.partition("+")[0].removeprefix("x-").removeprefix("vnd.")
        guessed = "" if main == "application" else told
    if _ENDING.fullmatch(guessed) and guessed != "bin":
        return guessed
    return "txt" if medium is Medium.TEXT else "bin"
