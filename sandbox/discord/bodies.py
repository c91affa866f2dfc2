"""The body of a request: JSON, or a form with `payload_json` and files."""

import re
from dataclasses import dataclass, field
from email.message import Message
from typing import Any, cast

from aiohttp import web

from sandbox.discord.checks import mapping
from sandbox.discord.limits import FILE_BYTES, REQUEST_BYTES, File, safe_name
from sandbox.discord.refusal import Refusal, invalid, too_large
from sandbox.json import Json, load

_PART = re.compile(r"files\[(\d+)\]$")
LARGEST = max(FILE_BYTES.values()) + 2**20


@dataclass(frozen=True)
class Body:
    """What was sent: any JSON value, and the files in their order."""

    value: Any = None
    files: list[File] = field(default_factory=list[File])

    @property
    def document(self) -> Json:
        """The value as an object. Raises Refusal."""
        if self.value is None:
            return {}
        value: object = self.value
        if not isinstance(value, dict):
            raise invalid("", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return mapping(cast(object, value))


async def read_body(request: web.Request, file_limit: int = FILE_BYTES[0]) -> Body:
    """Reads and decodes. `file_limit`: bytes of the largest file in this place. Raises Refusal."""
    most = max(REQUEST_BYTES, file_limit + 2**20)
    if (request.content_length or 0) > most:
        raise too_large()
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise too_large() from error
    if len(raw) > most:
        raise too_large()
    if not raw:
        return Body()
    if request.content_type == "application/json":
        return Body(_json(raw))
    if request.content_type == "multipart/form-data":
        return _form(raw, request.headers["Content-Type"])
    raise Refusal(400, 50035, "", f"stand-in: Content-Type {request.content_type!r} is not understood")


def _json(raw: bytes) -> Any:
    try:
        return load(raw)
    except ValueError as error:
        raise Refusal(400, 50109, "", "The request body contains invalid JSON.") from error


def _form(raw: bytes, content_type: str) -> Body:
    boundary = _header(content_type).get_param("boundary")
    if not isinstance(boundary, str):
        raise Refusal(400, 50035, "", "stand-in: the form has no boundary")
    value: Any = None
    files: list[File] = []
    for headers, content in _parts(raw, boundary.encode()):
        disposition = _header(headers.get("content-disposition", ""))
        name = str(disposition.get_param("name"))
        numbered = _PART.match(name)
        if name == "payload_json":
            value = _json(content)
        elif numbered or name == "file":
            filename = _header(headers["content-disposition"], "Content-Disposition").get_filename() or name
            index = int(numbered.group(1)) if numbered else 0
            files.append(File(index, safe_name(filename), content, headers.get("content-type")))
        else:
            raise invalid(name, "UNKNOWN_KEY", f"stand-in: unknown part {name!r} of the form")
    return Body(value, files)


def _parts(raw: bytes, boundary: bytes) -> list[tuple[dict[str, str], bytes]]:
    """Headers (lower case) and content of each part. The bytes are taken as they are."""
    pieces = (b"\r\n" + raw).split(b"\r\n--" + boundary)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise Refusal(400, 50035, "", "stand-in: the form does not end")
    result: list[tuple[dict[str, str], bytes]] = []
    for piece in pieces[1:-1]:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        lines = [line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n")]
        result.append(({name.strip().lower(): value.strip() for name, _, value in lines}, content))
    return result


def _header(value: str, name: str = "Content-Type") -> Message:
    """A header whose parameters can be asked for."""
    message = Message()
    message[name] = value if ";" in value or "/" in value else f"{value};"
    return message
