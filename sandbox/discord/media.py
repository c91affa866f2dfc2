"""What Discord finds out about a file: its type by its name, and the size and the length of what can be seen
or heard.
"""

import mimetypes
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO

from PIL import Image

_KINDS = {
    ".avif": "image/avif",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".json": "application/json; charset=utf-8",
    ".m4a": "audio/mp4",
    ".md": "text/markdown; charset=utf-8",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".wav": "audio/x-wav",
    ".webm": "video/webm",
    ".webp": "image/webp",
}
"""Types that do not depend on the tables of the machine."""

PLAYER = find_spec("av") is not None
"""Without PyAV, video and audio stay unmeasured, as Discord leaves what it cannot read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`width` and `height` in pixels, `seconds` of what plays; None where nobody can tell."""

    width: int | None = None
    height: int | None = None
    seconds: float | None = None


def kind_of_name(name: str) -> str | None:
    """The content type that goes with a file's name, or None."""
    extension = f".{name.rpartition('.')[2].lower()}"
    return _KINDS.get(extension) or mimetypes.guess_type(name)[0]


def measure(kind: str | None, data: bytes) -> Facts:
    """What can be read of a file of this content type."""
    family = (kind or "").partition("/")[0]
    if family == "image":
        return _picture(data)
    return _played(data) if family in ("audio", "video") and PLAYER else Facts()


def _picture(data: bytes) -> Facts:
    try:
        with Image.open(BytesIO(data)) as picture:
            return Facts(width=picture.width, height=picture.height)
    except (OSError, ValueError, Image.DecompressionBombError):
        return Facts()


def _played(data: bytes) -> Facts:
    import av  # the extra `sandbox` brings it
    from av.error import FFmpegError

    try:
        with av.open(BytesIO(data), mode="r") as container:
            seconds = container.duration / av.time_base if container.duration else None
            moving = next((one for one in container.streams.video), None)
            if moving is None:
                return Facts(seconds=seconds)
            return Facts(width=moving.width, height=moving.height, seconds=seconds)
    except (FFmpegError, ValueError):
        return Facts()
