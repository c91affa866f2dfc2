"""Real small files, made on the spot, and the judges that open what arrives."""

import base64
import io
from functools import lru_cache

from PIL import Image, ImageDraw

from tests.support.files import pyav, trimesh

Upload = dict[str, str]


def upload(name: str, data: bytes) -> Upload:
    """A file as the control API takes it."""
    return {"name": name, "bytes": base64.b64encode(data).decode()}


@lru_cache
def png(color: str = "orange", size: tuple[int, int] = (256, 192)) -> bytes:
    picture = Image.new("RGB", size, "white")
    across, down = size
    round_part = (across // 4, down // 4, across * 3 // 4, down * 3 // 4)
    ImageDraw.Draw(picture).ellipse(round_part, fill=color)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def picture(name: str = "drawing.png", color: str = "orange", size: tuple[int, int] = (256, 192)) -> Upload:
    return upload(name, png(color, size))


def kind_of(data: bytes) -> str:
    """What the bytes are, judged by opening them; raises where they are nothing that we know."""
    if data[:4] == b"glTF":
        scene = trimesh().load(io.BytesIO(data), file_type="glb")
        assert any(len(mesh.faces) for mesh in scene.geometry.values())
        return "3d"
    if b"<svg" in data[:500]:
        return "svg"
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            return "image"
    except OSError:
        pass
    av = pyav()
    try:
        with av.open(io.BytesIO(data), "r") as container:
            if container.streams.video:
                assert next(container.decode(video=0)).width > 0
                return "video"
            assert next(container.decode(audio=0)).samples > 0
            return "audio"
    except av.FFmpegError:
        pass
    data.decode("utf-8")
    return "text"
