"""The body of a request: JSON, or a form with `payload_json`, single fields and files."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import Message
from typing import Any, cast
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.discord.checks import keys, mapping
from sandbox.discord.limits import FILE_BYTES, REQUEST_BYTES, File, safe_name
from sandbox.discord.refusal import Refusal, invalid, too_large
from sandbox.json import Json, load

_PART = re.compile(r"files\[(\d+)\]$")

_TEXTS = keys("content nonce name username avatar_url thread_name")
"""Fields of a form that are taken as they stand. Any other is JSON: `tts=true`, `flags=64`, `embeds=[…]`."""

FORM, JSON, MULTIPART = "application/x-www-form-urlencoded", "application/json", "multipart/form-data"
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


async def read_body(request: web.Request, file_limit: int = FILE_BYTES[0], *, forms: bool = False) -> Body:
    """Reads and decodes. `file_limit`: bytes of the largest file in this place; `forms`: whether this route
    takes forms. Raises Refusal.
    """
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
    if request.content_type == JSON:
        return Body(_json(raw))
    if request.content_type == MULTIPART and forms:
        return _form(raw, request.headers["Content-Type"])
    if request.content_type == FORM and forms:
        return Body(_fields(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)))
    raise Refusal(400, 50035, "", f"stand-in: Content-Type {request.content_type!r} is not understood here")


def _json(raw: str | bytes) -> Any:
    try:
        return load(raw)
    except ValueError as error:
        raise Refusal(400, 50109, "", "The request body contains invalid JSON.") from error


def _form(raw: bytes, content_type: str) -> Body:
    boundary = _header(content_type).get_param("boundary")
    if not isinstance(boundary, str):
        raise Refusal(400, 50035, "", "stand-in: the form has no boundary")
    fields: list[tuple[str, str]] = []
    files: list[File] = []
    for headers, content in _parts(raw, boundary.encode()):
        disposition = _header(headers.get("content-disposition", ""))
        name = str(disposition.get_param("name"))
        numbered = _PART.match(name)
        if numbered or name == "file":
            filename = _header(headers["content-disposition"], "Content-Disposition").get_filename() or name
            index = int(numbered.group(1)) if numbered else 0
            files.append(File(index, safe_name(filename), content, headers.get("content-type")))
        else:
            fields.append((name, content.decode("utf-8", "replace")))
    return Body(_fields(fields), files)


def _fields(pairs: Iterable[tuple[str, str]]) -> Any:
    """What the fields of a form say together: `payload_json` is all of it, the others are single keys."""
    single: Json = {}
    whole: Any = None
    for name, text in pairs:
        if name == "payload_json":
            whole = _json(text)
        else:
            single[name] = _single(name, text)
    if not single:
        return whole
    return {**single, **mapping(whole)}


def _single(name: str, text: str) -> Any:
    if name in _TEXTS:
        return text
    try:
        return load(text)
    except ValueError:
        # The rules say what is wrong with it, and where.
        return text


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
