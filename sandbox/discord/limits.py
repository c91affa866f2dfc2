"""Discord's rules for messages and for answers: pure functions from decoded JSON to a refusal or None."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.discord.checks import (
    CHOICES,
    Flaws,
    all_objects,
    array,
    at,
    boolean,
    integer,
    keys,
    listing,
    mapping,
    objects,
    only,
    snowflakes,
    text,
    whole,
)
from sandbox.discord.components import V2, component_flaws
from sandbox.discord.embeds import embed_flaws
from sandbox.discord.modals import modal_flaws
from sandbox.discord.refusal import Flaw, Refusal, empty_message, invalid, refusal_of, too_large
from sandbox.json import Json

CONTENT = 2000
ATTACHMENTS = 10
REQUEST_BYTES = 25 * 2**20
FILE_BYTES = {0: 10 * 2**20, 1: 10 * 2**20, 2: 50 * 2**20, 3: 100 * 2**20}
"""Largest file by a guild's premium tier; in direct messages tier 0 holds."""

EPHEMERAL = 1 << 6
LOADING = 1 << 7
SUPPRESS_EMBEDS = 1 << 2
SUPPRESS_NOTIFICATIONS = 1 << 12

_COMMON = frozenset({"content", "embeds", "allowed_mentions", "components", "attachments", "flags"})
CHANNEL_POST = _COMMON | {"tts", "nonce", "enforce_nonce", "message_reference"}
CHANNEL_PATCH = _COMMON
WEBHOOK_POST = WEBHOOK_PATCH = CALLBACK = _COMMON | {"tts"}
_ANYWHERE = CHANNEL_POST | keys(
    "username avatar_url thread_name applied_tags poll sticker_ids shared_client_theme"
)
"""Keys of some route. Clients send them empty to every route; with a value they are not implemented."""

_MENTIONS = frozenset({"parse", "roles", "users", "replied_user"})
_ATTACHMENT = keys(
    "id filename title description content_type size url proxy_url height width ephemeral duration_secs"
    " waveform flags spoiler placeholder placeholder_version is_remix is_spoiler is_clip is_thumbnail"
    " original_content_type content_scan_version"
)
_REFERENCE = frozenset({"type", "message_id", "channel_id", "guild_id", "fail_if_not_exists"})


@dataclass(frozen=True)
class File:
    """An uploaded file: its number in `files[n]`, its name made safe, its bytes."""

    index: int
    name: str
    data: bytes
    content_type: str | None = None


@dataclass(frozen=True)
class Kept:
    """An attachment that a message already has."""

    id: str
    name: str


def check_message(
    body: Json,
    files: Sequence[File] = (),
    *,
    known: frozenset[str] = CHANNEL_POST,
    kept: Sequence[Kept] = (),
    flags: int = 0,
    path: str = "",
) -> Refusal | None:
    """Every rule that needs only the request. `kept` and `flags` are what an edited message already has."""
    flaws = list(message_flaws(body, files, known=known, kept=kept, flags=flags, path=path))
    return refusal_of(flaws)


def message_flaws(
    body: Json, files: Sequence[File], *, known: frozenset[str], kept: Sequence[Kept], flags: int, path: str
) -> Flaws:
    wanted: object = body.get("flags")
    v2 = bool((wanted if whole(wanted) and isinstance(wanted, int) else 0) & V2 or flags & V2)
    names = frozenset(file_names(body, files, kept))
    said = {key: value for key, value in body.items() if value or key not in _ANYWHERE}
    yield from only(said, known, path)
    yield from text(body, "content", path, most=CONTENT)
    yield from boolean(body, "tts", path)
    yield from integer(body, "flags", path, least=0)
    yield from embed_flaws(body, path, names)
    yield from component_flaws(body, path, names, v2=v2)
    yield from mention_flaws(body, path)
    yield from _attachments(body, files, kept, path)
    yield from _nonce(body, path)
    yield from only(mapping(body.get("message_reference")), _REFERENCE, at(path, "message_reference"))
    if v2:
        yield from _v2_only(body, path)


def file_names(body: Json, files: Sequence[File], kept: Sequence[Kept]) -> list[str]:
    """Names that `attachment://` may refer to after this request."""
    listed = body.get("attachments")
    if listed is None:
        return [one.name for one in (*kept, *files)]
    ids = {str(mapping(entry).get("id")) for entry in array(listed)}
    stay = [one.name for one in kept if one.id in ids]
    return stay + [named(mapping(_entry(body, one.index)).get("filename"), one.name) for one in files]


def named(wanted: object, given: str) -> str:
    """The name that Discord stores: the one in `attachments` before the one of the form, made safe."""
    return safe_name(wanted if isinstance(wanted, str) and wanted else given)


def safe_name(name: str) -> str:
    """Letters, digits, dots, dashes and underscores; a space becomes an underscore."""
    return re.sub(r"[^\w.\-]", "", name.replace(" ", "_"), flags=re.ASCII) or "unknown"


def _entry(body: Json, index: int) -> object:
    entries = array(body.get("attachments"))
    return next((one for one in entries if str(mapping(one).get("id")) == str(index)), None)


def mention_flaws(body: Json, path: str = "") -> Flaws:
    """`allowed_mentions`: a list of ids excludes the word for all of them."""
    allowed = mapping(body.get("allowed_mentions"))
    where = at(path, "allowed_mentions")
    parse = array(allowed.get("parse"))
    yield from only(allowed, _MENTIONS, where)
    for index, word in enumerate(parse):
        if word not in ("roles", "users", "everyone"):
            yield Flaw(at(where, f"parse.{index}"), CHOICES, "Value must be one of {everyone, roles, users}.")
    yield from boolean(allowed, "replied_user", where)
    for key in ("users", "roles"):
        yield from snowflakes(allowed, key, where, most=100)
        if key in parse and allowed.get(key):
            message = f"parse:[{key!r}] and {key}: [ids...] are mutually exclusive."
            yield Flaw(where, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)


def _attachments(body: Json, files: Sequence[File], kept: Sequence[Kept], path: str) -> Flaws:
    where = at(path, "attachments")
    entries = array(body.get("attachments"))
    yield from listing(body, "attachments", path, most=ATTACHMENTS)
    yield from all_objects(entries, where)
    known = {str(file.index) for file in files} | {one.id for one in kept}
    for place, entry in objects(entries, where):
        yield from only(entry, _ATTACHMENT, place)
        yield from text(entry, "description", place, most=1024)
        yield from text(entry, "filename", place, most=260)
        if str(entry.get("id")) not in known:
            yield Flaw(
                at(place, "id"),
                "ATTACHMENT_NOT_FOUND",
                f"stand-in: no file or attachment {entry.get('id')!r}",
            )
    if body.get("attachments") is not None:
        ids = {str(mapping(entry).get("id")) for entry in entries}
        for file in files:
            if str(file.index) not in ids:
                yield Flaw(
                    where, "ATTACHMENT_NOT_LISTED", f"stand-in: files[{file.index}] is not in attachments"
                )
    elif len(kept) + len(files) > ATTACHMENTS:
        yield Flaw(where, "BASE_TYPE_MAX_LENGTH", f"Must be {ATTACHMENTS} or fewer in length.")


def _nonce(body: Json, path: str) -> Flaws:
    yield from boolean(body, "enforce_nonce", path)
    if not isinstance(body.get("nonce"), int):
        yield from text(body, "nonce", path, most=25)


def _v2_only(body: Json, path: str) -> Flaws:
    for key in ("content", "embeds"):
        if body.get(key):
            message = "The 'MessageFlags.IS_COMPONENTS_V2' flag forbids this field"
            yield Flaw(at(path, key), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)


def check_flags(wanted: object, allowed: int, path: str = "flags") -> Refusal | None:
    """Flags that a bot may not set in this place."""
    if isinstance(wanted, int) and wanted & ~allowed:
        return invalid(path, "BITFIELD_TYPE_NOT_ALLOWED", f"flags may only be a combination of {allowed}")
    return None


def check_files(files: Sequence[File], largest: int) -> Refusal | None:
    """The size of each file against the largest allowed in this place, in bytes."""
    if any(len(file.data) > largest for file in files):
        return too_large()
    return None


def check_present(*, content: str, embeds: int, attachments: int, components: int) -> Refusal | None:
    """A message must have something in it."""
    if content.strip() or embeds or attachments or components:
        return None
    return empty_message()


PONG, MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICE_LIST, MODAL = 1, 4, 5, 6, 7, 8, 9
COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5

_LEGAL = {
    COMMAND: frozenset({MESSAGE, DEFER, MODAL}),
    COMPONENT: frozenset({MESSAGE, DEFER, DEFER_UPDATE, UPDATE, MODAL}),
    AUTOCOMPLETE: frozenset({CHOICE_LIST}),
    SUBMIT: frozenset({MESSAGE, DEFER, DEFER_UPDATE, UPDATE}),
}


def check_callback(body: Json, kind: int, *, on_message: bool) -> Refusal | None:
    """The answer's type, not its data, against the interaction's; 6 and 7 need a message (`on_message`)."""
    answer: object = body.get("type")
    legal = _LEGAL[kind] - (frozenset() if on_message else {DEFER_UPDATE, UPDATE})
    flaws = list(only(body, frozenset({"type", "data"})))
    if not whole(answer):
        flaws.append(Flaw("type", "BASE_TYPE_REQUIRED", "This field is required"))
    elif answer not in legal:
        flaws.append(Flaw("type", CHOICES, f"Value must be one of {sorted(legal)}."))
    return refusal_of(flaws)


def check_defer(data: Json) -> Refusal | None:
    """A deferred answer may say nothing but EPHEMERAL (and V2, which is decided later)."""
    # hikari adds allowed_mentions and discord.js tts: they do no harm.
    refusal = refusal_of(only(data, frozenset({"flags", "allowed_mentions", "tts"}), "data"))
    return refusal or check_flags(data.get("flags"), EPHEMERAL, "data.flags")


def check_modal(data: Json) -> Refusal | None:
    """The data of an answer that opens a modal."""
    return refusal_of(modal_flaws(data))


def check_choices(data: Json, option_type: int) -> Refusal | None:
    """Suggestions for an option of type 3 (string), 4 (integer) or 10 (number)."""
    return refusal_of(_choice_list(data, option_type))


def _choice_list(data: Json, option_type: int) -> Flaws:
    yield from only(data, frozenset({"choices"}), "data")
    yield from listing(data, "choices", "data", most=25, required=True)
    for place, one in objects(array(data.get("choices")), "data.choices"):
        yield from choice_flaws(one, place, option_type)


def choice_flaws(one: Json, path: str, option_type: int) -> Flaws:
    """One choice `{name, value, name_localizations?}`, in a command or in suggestions."""
    yield from only(one, frozenset({"name", "name_localizations", "value"}), path)
    yield from text(one, "name", path, least=1, most=100, required=True)
    value: object = one.get("value")
    if option_type == 3:
        yield from text(one, "value", path, least=1, most=100, required=True)
    elif (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or (option_type == 4 and not whole(value))
    ):
        yield Flaw(at(path, "value"), "NUMBER_TYPE_COERCE", f"Value {value!r} is not a number of this kind.")
