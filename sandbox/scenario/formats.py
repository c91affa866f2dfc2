"""File formats by name: MIME type, kind of asset, and extension."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """One format; `kind` is the kind of an asset that has it."""

    mime: str
    kind: str
    extension: str


FORMATS: dict[str, Format] = {
    "png": Format("image/png", "image", "png"),
    "jpeg": Format("image/jpeg", "image", "jpg"),
    "webp": Format("image/webp", "image", "webp"),
    "gif": Format("image/gif", "image", "gif"),
    "tiff": Format("image/tiff", "image", "tiff"),
    "avif": Format("image/avif", "image", "avif"),
    "heif": Format("image/heif", "image", "heif"),
    "svg": Format("image/svg+xml", "image", "svg"),
    "exr": Format("image/x-exr", "image-hdr", "exr"),
    "mp4": Format("video/mp4", "video", "mp4"),
    "mp3": Format("audio/mpeg", "audio", "mp3"),
    "wav": Format("audio/wav", "audio", "wav"),
    "opus": Format("audio/opus", "audio", "opus"),
    "ogg": Format("audio/ogg", "audio", "ogg"),
    "m4a": Format("audio/mp4", "audio", "m4a"),
    "aac": Format("audio/aac", "audio", "aac"),
    "glb": Format("model/gltf-binary", "3d", "glb"),
    "fbx": Format("model/fbx", "3d", "fbx"),
    "txt": Format("text/plain", "text", "txt"),
}
"""What the stand-in can make."""
SAME = {"jpg": "jpeg", "tif": "tiff"}
"""Other spellings."""
PIXELS = ("png", "jpeg", "webp", "gif", "tiff", "avif", "heif")
"""What pictures convert into."""
USUAL = {"image": "png", "image-hdr": "exr", "video": "mp4", "audio": "mp3", "3d": "glb", "text": "txt"}
"""Kind → the format made unless something else is said."""
UPLOADED = {
    "video/quicktime": "mov",
    "video/webm": "webm",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "audio/x-wav": "wav",
    "model/obj": "obj",
    "text/markdown": "md",
    "application/json": "json",
}
"""Further extensions, of files that clients hand in."""

_NAMES = {each.mime: name for name, each in FORMATS.items()}


def named(mime: str) -> str | None:
    """The format's name, when the stand-in can make it."""
    return _NAMES.get(mime)


def extension(mime: str) -> str:
    """How a file of this MIME type ends; `bin` for what nobody knows."""
    name = named(mime)
    return FORMATS[name].extension if name else UPLOADED.get(mime, "bin")
