"""Pages that a host sends in a file's place, with status 200: errors in HTML, JSON, XML or plain words. Pure.

Scenario may give MP3 where WAV was asked for, and a picture beside a mesh: that is a result, and is shown as
what it is. Words in a film's place are none.
"""

import re
from typing import Final

from bot.scenario.api.records import File
from bot.scenario.api.sniff import ENOUGH, essence, kind_of

_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
_WORDS: Final = re.compile(r"text/.+|application/(?:json|xml|yaml|x-ndjson|x-subrip|.+\+(?:json|xml))")
_WITHOUT_WORDS: Final = frozenset({"image", "image-hdr", "video", "audio"})
_SAY_NOTHING: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})


def is_page(file: File, *, kind: str | None, declared: str | None, told_size: int | None) -> bool:
    """Whether a file is surely not what its holder says that it is, but words about it.

    file: its bytes count; a page may come under the very type of the file that it stands for.
    kind, declared, told_size: Scenario's kind, the MIME type and the bytes that the holder told of; None
    where it told nothing.
    """
    found, declared = essence(file.shown or file.mime_type), essence(declared)
    if not _is_words(found):
        return False
    html, kind = found in _HTML, kind or kind_of(declared)
    if kind == "text":
        # a model may write a page itself; one of another size is not what it wrote
        return html and declared not in _HTML and told_size not in (None, file.size)
    if kind == "json":
        return html or found == "application/xml"
    if _is_words(declared):
        return html and declared not in _HTML
    if kind == "3d" and not html:
        return file.size < ENOUGH  # meshes have more formats in words than we know, but none is so short
    return html or kind in _WITHOUT_WORDS or declared not in _SAY_NOTHING


def _is_words(mime: str) -> bool:
    """Whether a file of this type is read. A drawing and a mesh are looked at, also where they are XML."""
    return _WORDS.fullmatch(mime) is not None
