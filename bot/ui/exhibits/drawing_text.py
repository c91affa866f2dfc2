"""The text of an SVG: unpacked, in whatever encoding, its abbreviations spelled out; and what of it cannot
be drawn. Nothing that reaches outside the file gets past here."""

import codecs
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.parsers import expat

from bot.ui.exhibits.drawing_colors import is_newer, newer_in
from bot.ui.exhibits.exhibit import Remark

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of a drawing's text: unpacked, and with its entities in place."""
_MOST_OF_ONE: Final = 64 * 1024
"""Bytes of one entity's text."""
_GZIP: Final = b"\x1f\x8b"
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_ENCODING: Final = re.compile(rb"""<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]{1,40})""")
_DECLARATION: Final = re.compile(r"\s*<\?xml\b.*?\?>", re.DOTALL)
_PROLOG: Final = re.compile(r"(?>(?:\s++|<!--.*?-->|<\?.*?\?>)*)", re.DOTALL)
_DOCTYPE: Final = re.compile(r"<!DOCTYPE[^\[>]*(?:\[(.*?)\]\s*)?>", re.DOTALL | re.I)
_ENTITY: Final = re.compile(
    r"""<!ENTITY\s+([^\s"'>]+)\s+(?:"([^"]*)"|'([^']*)'|([^"'\s>]+))""", re.IGNORECASE
)
_REFERENCE: Final = re.compile(r"&([A-Za-z_:][\w:.-]*);")

_PICTURES: Final = frozenset({"image", "feImage"})
"""Elements that the renderer opens a file for."""
_MOVING: Final = frozenset({"animate", "animateTransform", "animateMotion", "animateColor"})
_PAINTED: Final = frozenset({"fill", "stroke", "color", "stop-color", "flood-color", "lighting-color"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawingText:
    """The text for the renderer."""

    text: str
    remarks: tuple[Remark, ...]
    """What of it the renderer will not show."""
    has_words: bool
    """Whether anything in it needs a font."""


def read_drawing(path: Path) -> DrawingText:
    """Raises ValueError for a text that is damaged, too long, or reaches for another file."""
    if path.stat().st_size > MOST_BYTES:
        raise ValueError("the drawing is too long")
    text = _decoded(_unpacked(path.read_bytes()))
    declaration = _DECLARATION.match(text)
    text = _resolved(text if declaration is None else text[declaration.end() :])
    reading = _Reading()
    return DrawingText(text=text, remarks=reading.remarks_of(text), has_words=reading.has_words)


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(_GZIP):
        return data
    stream = zlib.decompressobj(wbits=31)
    try:
        unpacked = stream.decompress(data, MOST_BYTES + 1)
    except zlib.error as error:
        raise ValueError("the drawing is damaged") from error
    if len(unpacked) > MOST_BYTES:
        raise ValueError("the drawing is too long")
    return unpacked


def _decoded(data: bytes) -> str:
    for begin, encoding in _BOMS:
        if data.startswith(begin):
            return data.decode(encoding, "replace")
    said = _ENCODING.match(data[:200].lstrip())
    encoding = said[1].decode("ascii").casefold() if said is not None else "utf-8"
    if encoding.startswith(("utf-16", "ucs")):  # its bytes have just shown that it is not
        encoding = "utf-8"
    try:
        return data.decode(encoding, "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


# -- entities -------------------------------------------------------------------------------------------


def _resolved(text: str) -> str:
    """The text without a document type, what it abbreviates in its place."""
    prolog = _PROLOG.match(text)
    found = _DOCTYPE.match(text, prolog.end() if prolog is not None else 0)
    if found is None:
        return text
    entities: dict[str, str] = {}
    for name, double, single, outside in _ENTITY.findall(found[1] or ""):
        if name == "%" or outside:
            raise ValueError("the drawing refers to another file")
        # the first one counts, and it knows only those before it: so nothing refers to itself
        entities.setdefault(name, _put(double or single, entities, _MOST_OF_ONE))
    bare = text[: found.start()] + text[found.end() :]
    return _put(bare, entities, MOST_BYTES) if entities else bare


def _put(text: str, entities: Mapping[str, str], most: int) -> str:
    """Raises ValueError before it becomes longer than `most`."""
    parts: list[str] = []
    at, size = 0, 0
    for match in _REFERENCE.finditer(text):
        if match[1] not in entities:
            continue
        parts += (text[at : match.start()], entities[match[1]])
        size += len(parts[-2]) + len(parts[-1])
        at = match.end()
        if size > most:
            raise ValueError("the drawing is too long")
    parts.append(text[at:])
    if size + len(parts[-1]) > most:
        raise ValueError("the drawing is too long")
    return "".join(parts)


# -- what cannot be drawn -------------------------------------------------------------------------------


class _Reading:
    """One pass over the elements."""

    def __init__(self) -> None:
        self._found: set[Remark] = set()
        self._open: list[str] = []
        self._style: list[str] = []
        self.has_words = False

    def remarks_of(self, text: str) -> tuple[Remark, ...]:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._second_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._words
        try:
            parser.Parse(text.encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            raise ValueError(f"the drawing is no XML: {error}") from error
        sheet = "".join(self._style)
        if newer_in(sheet):
            self._found.add(Remark.COLORS)
        if "@keyframes" in sheet:
            self._found.add(Remark.STILL)
        return tuple(one for one in Remark if one in self._found)

    def _second_doctype(self, *_: object) -> None:
        raise ValueError("the drawing has a second document type")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(" ")[2]
        if name in _PICTURES:
            self._picture(attributes)
        elif name == "foreignObject":
            # beside another way to show the same, or for one program only, it is nothing that a viewer sees
            if self._open[-1:] != ["switch"] and "requiredExtensions" not in attributes:
                self._found.add(Remark.HTML)
        elif name in _MOVING:
            self._found.add(Remark.STILL)
        painted = (value for key, value in attributes.items() if key in _PAINTED)
        if any(map(is_newer, painted)) or newer_in(attributes.get("style", "")):
            self._found.add(Remark.COLORS)
        self._open.append(name)

    def _picture(self, attributes: Mapping[str, str]) -> None:
        for key, value in attributes.items():
            if key.rpartition(" ")[2] != "href":
                continue
            target = value.strip().casefold()
            if target.startswith(("http://", "https://")):
                self._found.add(Remark.WEB)
            elif target and not target.startswith(("#", "data:")):
                # the renderer opens files of this machine by their path
                raise ValueError("the drawing refers to another file")

    def _end(self, _: str) -> None:
        self._open.pop()

    def _words(self, text: str) -> None:
        if self._open[-1:] == ["style"]:
            self._style.append(text)
        elif not self.has_words and "text" in self._open and text.strip():
            self.has_words = True
