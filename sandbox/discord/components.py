"""Discord's rules for the components of messages, as pure functions over decoded JSON.

Numbers are Discord's component types: 1 row, 2 button, 3 string select, 4 text input, 5 user, 6 role,
7 mentionable and 8 channel select, 9 section, 10 text, 11 thumbnail, 12 gallery, 13 file, 14 separator,
17 container, 18 label, 19 file upload.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.discord.checks import (
    CHOICES,
    REQUIRED,
    Flaws,
    all_objects,
    array,
    at,
    boolean,
    choice,
    integer,
    keys,
    kind_of,
    listing,
    mapping,
    objects,
    only,
    text,
)
from sandbox.discord.embeds import SCHEME, link_flaws
from sandbox.discord.refusal import Flaw
from sandbox.json import Json

V2 = 1 << 15
"""The message flag that turns components V2 on."""

ROWS = 5
TOTAL = 40
V2_TEXT = 4000
SELECTS = frozenset({3, 5, 6, 7, 8})
LINK = 5
PREMIUM = 6

_ROW = frozenset({"type", "id", "components"})
_BUTTON = frozenset({"type", "id", "style", "label", "emoji", "custom_id", "sku_id", "url", "disabled"})
_EMOJI = frozenset({"id", "name", "animated"})
_SELECT = keys(
    "type id custom_id options placeholder min_values max_values disabled default_values channel_types"
    " required"
)
_OPTION = frozenset({"label", "value", "description", "emoji", "default"})
_MEDIA = keys(
    "url proxy_url height width content_type attachment_id loading_state placeholder placeholder_version"
    " flags id content_scan_metadata"
)
_V2_KEYS: dict[int, frozenset[str]] = {
    9: frozenset({"type", "id", "components", "accessory"}),
    10: frozenset({"type", "id", "content"}),
    11: frozenset({"type", "id", "media", "description", "spoiler"}),
    12: frozenset({"type", "id", "items"}),
    13: frozenset({"type", "id", "file", "spoiler", "name", "size"}),
    14: frozenset({"type", "id", "divider", "spacing"}),
    17: frozenset({"type", "id", "components", "accent_color", "spoiler"}),
}

_RANGE: Json = {"min_values": 1, "max_values": 1}
_DEFAULTS: dict[int, Json] = {
    **dict.fromkeys(SELECTS, _RANGE),
    11: {"description": None, "spoiler": False},
    13: {"name": None, "size": None, "spoiler": False},
    14: {"divider": True, "spacing": 1},
    17: {"accent_color": None, "spoiler": False},
}


def component_flaws(holder: Json, path: str, files: frozenset[str], *, v2: bool) -> Flaws:
    """Flaws of `holder["components"]` in a message, with or without the V2 flag."""
    where = at(path, "components")
    components = array(holder.get("components"))
    yield from listing(holder, "components", path, most=TOTAL if v2 else ROWS)
    yield from all_objects(components, where)
    for place, component in objects(components, where):
        yield from _top(component, place, files, v2=v2)
    yield from _unique(components, where)
    if v2:
        yield from _totals(components, where)


def walk(components: list[Any]) -> Iterator[Json]:
    """Every component, parents first, in reading order."""
    for value in components:
        component = mapping(value)
        if component:
            yield component
            inner = [*array(component.get("components"))]
            inner += [component[key] for key in ("accessory", "component") if key in component]
            yield from walk(inner)


def texts(components: list[Any]) -> Iterator[str]:
    """What the text displays say: in a V2 message they are its content."""
    return (str(part.get("content", "")) for part in walk(components) if part.get("type") == 10)


def media(components: list[Any]) -> Iterator[Json]:
    """Every `{url}` that a thumbnail, a gallery or a file component shows."""
    for part in walk(components):
        for key in ("media", "file"):
            if part.get("type") in (11, 13) and isinstance(part.get(key), dict):
                yield mapping(part[key])
        for item in array(part.get("items")) if part.get("type") == 12 else []:
            yield mapping(mapping(item).get("media"))


def shown_files(components: list[Any]) -> set[str]:
    """Names of attachments that components show."""
    urls = (str(one.get("url", "")) for one in media(components))
    return {url.removeprefix(SCHEME) for url in urls if url.startswith(SCHEME)}


def numbered(components: list[Any]) -> list[Any]:
    """A copy with Discord's defaults, in which every component has an `id`: the free numbers from 1 on."""
    taken = {part.get("id") for part in walk(components)}
    free = (number for number in range(1, 10_000) if number not in taken)

    def copy(value: Any) -> Any:
        part = {**_DEFAULTS.get(kind_of(mapping(value)), {}), **mapping(value)}
        part["id"] = part.get("id") or next(free)
        if part["type"] == 12:
            part["items"] = [{**_DEFAULTS[11], **mapping(item)} for item in array(part.get("items"))]
        if "components" in part:
            part["components"] = [copy(one) for one in array(part["components"])]
        for key in ("accessory", "component"):
            if isinstance(part.get(key), dict):
                part[key] = copy(part[key])
        return part

    return [copy(value) for value in components]


def _top(component: Json, path: str, files: frozenset[str], *, v2: bool) -> Flaws:
    kind = kind_of(component)
    if kind == 1:
        yield from row_flaws(component, path)
    elif v2 and kind in (9, 10, 12, 13, 14, 17):
        yield from _v2(component, path, files)
    else:
        allowed = "1, 9, 10, 12, 13, 14, 17" if v2 else "1"
        yield Flaw(at(path, "type"), "UNION_TYPE_CHOICES", f"Value of field must be one of ({allowed}).")


def row_flaws(row: Json, path: str) -> Flaws:
    """An action row of a message: one to five buttons, or a single select."""
    yield from only(row, _ROW, path)
    yield from listing(row, "components", path, least=1, most=5, required=True)
    inside = array(row.get("components"))
    kinds = [kind_of(mapping(one)) for one in inside]
    if any(kind in SELECTS for kind in kinds) and len(kinds) > 1:
        yield Flaw(
            at(path, "components"),
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            "The specified component exceeds the maximum width",
        )
    yield from all_objects(inside, at(path, "components"))
    for place, component in objects(inside, at(path, "components")):
        if component.get("type") == 2:
            yield from button_flaws(component, place)
        elif kind_of(component) in SELECTS:
            yield from select_flaws(component, place)
        else:
            yield Flaw(at(place, "type"), CHOICES, "Value must be one of {2, 3, 5, 6, 7, 8}.")


def button_flaws(button: Json, path: str) -> Flaws:
    """Label or emoji; a custom id, or an address (style 5), or a SKU (style 6)."""
    yield from only(button, _BUTTON, path)
    yield from choice(button, "style", path, frozenset(range(1, 7)), required=True)
    yield from text(button, "label", path, most=80)
    yield from boolean(button, "disabled", path)
    yield from only(mapping(button.get("emoji")), _EMOJI, at(path, "emoji"))
    style = button.get("style")
    if style == LINK:
        yield from text(button, "url", path, most=512, required=True)
        if isinstance(button.get("url"), str) and not button["url"].startswith("discord://"):
            yield from link_flaws(button["url"], at(path, "url"))
    elif style != PREMIUM:
        yield from custom_id_flaws(button, path)
    wrong = {LINK: "custom_id", PREMIUM: "label"}.get(style if isinstance(style, int) else 0, "url")
    if button.get(wrong) is not None:
        yield Flaw(
            at(path, wrong), "BUTTON_COMPONENT_FIELD_NOT_ALLOWED", f"A button of this style has no {wrong}"
        )
    if style != PREMIUM and not (button.get("label") or button.get("emoji")):
        yield Flaw(at(path, "label"), REQUIRED, "A button has a label or an emoji")


def custom_id_flaws(component: Json, path: str) -> Flaws:
    yield from text(component, "custom_id", path, least=1, most=100, required=True)


def select_flaws(select: Json, path: str) -> Flaws:
    """Any of the five selects, in a message or in a label of a modal."""
    yield from only(select, _SELECT, path)
    yield from custom_id_flaws(select, path)
    yield from text(select, "placeholder", path, most=150)
    yield from integer(select, "min_values", path, least=0, most=25)
    yield from integer(select, "max_values", path, least=1, most=25)
    yield from boolean(select, "disabled", path)
    yield from boolean(select, "required", path)
    yield from listing(select, "default_values", path, most=25)
    least, most = select.get("min_values"), select.get("max_values")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield Flaw(at(path, "max_values"), "NUMBER_TYPE_MIN", "max_values is below min_values")
    if select.get("type") == 3:
        yield from _options(select, path)
    elif select.get("options"):
        yield Flaw(
            at(path, "options"), "SELECT_COMPONENT_OPTIONS_NOT_ALLOWED", "Only a string select has options"
        )


def _options(select: Json, path: str) -> Flaws:
    where = at(path, "options")
    options = array(select.get("options"))
    yield from listing(select, "options", path, least=1, most=25, required=True)
    yield from all_objects(options, where)
    for place, option in objects(options, where):
        yield from only(option, _OPTION, place)
        yield from text(option, "label", place, least=1, most=100, required=True)
        yield from text(option, "value", place, least=1, most=100, required=True)
        yield from text(option, "description", place, most=100)
        yield from boolean(option, "default", place)
    values = [mapping(option).get("value") for option in options]
    for index, value in enumerate(values):
        if value in values[:index]:
            yield Flaw(
                at(where, f"{index}.value"),
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            )
    most = select.get("max_values")
    if isinstance(most, int) and options and most > len(options):
        yield Flaw(
            at(path, "max_values"), "SELECT_COMPONENT_MAX_VALUES", "max_values exceeds the number of options"
        )


def _unique(components: list[Any], path: str) -> Flaws:
    seen: set[str] = set()
    for part in walk(components):
        custom_id: object = part.get("custom_id")
        if isinstance(custom_id, str):
            if custom_id in seen:
                message = f"Component custom id cannot be duplicated: {custom_id}"
                yield Flaw(path, "COMPONENT_CUSTOM_ID_DUPLICATED", message)
            seen.add(custom_id)


def _totals(components: list[Any], path: str) -> Flaws:
    if sum(1 for _ in walk(components)) > TOTAL:
        yield Flaw(path, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"The total is limited to {TOTAL}")
    if sum(map(len, texts(components))) > V2_TEXT:
        message = f"The total text size is limited to {V2_TEXT}"
        yield Flaw(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)


def _v2(component: Json, path: str, files: frozenset[str]) -> Flaws:
    kind = kind_of(component)
    yield from only(component, _V2_KEYS[kind], path)
    if kind == 10:
        yield from text(component, "content", path, most=V2_TEXT, required=True)
    elif kind == 9:
        yield from _section(component, path, files)
    elif kind == 12:
        yield from listing(component, "items", path, least=1, most=10, required=True)
        yield from all_objects(array(component.get("items")), at(path, "items"))
        for place, item in objects(array(component.get("items")), at(path, "items")):
            yield from _media(item, "media", place, files)
    elif kind == 13:
        yield from _media(component, "file", path, files)
    elif kind == 17:
        yield from integer(component, "accent_color", path, least=0, most=0xFFFFFF)
        yield from listing(component, "components", path, least=1, most=TOTAL, required=True)
        yield from all_objects(array(component.get("components")), at(path, "components"))
        for place, inner in objects(array(component.get("components")), at(path, "components")):
            if inner.get("type") == 17:
                yield Flaw(at(place, "type"), "UNION_TYPE_CHOICES", "A container holds no container")
            else:
                yield from _top(inner, place, files, v2=True)


def _section(section: Json, path: str, files: frozenset[str]) -> Flaws:
    yield from listing(section, "components", path, least=1, most=3, required=True)
    yield from all_objects(array(section.get("components")), at(path, "components"))
    for place, inner in objects(array(section.get("components")), at(path, "components")):
        if inner.get("type") != 10:
            yield Flaw(at(place, "type"), CHOICES, "Value must be one of {10}.")
        else:
            yield from _v2(inner, place, files)
    accessory = mapping(section.get("accessory"))
    where = at(path, "accessory")
    if accessory.get("type") == 2:
        yield from button_flaws(accessory, where)
    elif accessory.get("type") == 11:
        yield from only(accessory, _V2_KEYS[11], where)
        yield from _media(accessory, "media", where, files)
    else:
        yield Flaw(where, REQUIRED, "A section has a button or a thumbnail beside it")


def _media(holder: Json, key: str, path: str, files: frozenset[str]) -> Flaws:
    item = mapping(holder.get(key))
    where = at(path, key)
    url: object = item.get("url")
    yield from only(item, _MEDIA, where)
    yield from text(item, "url", where, most=2048, required=True)
    yield from text(holder, "description", path, most=1024)
    yield from boolean(holder, "spoiler", path)
    if not isinstance(url, str) or not url:
        return
    if not url.startswith(SCHEME):
        yield from link_flaws(url, at(where, "url"))
    elif url.removeprefix(SCHEME) not in files:
        yield Flaw(at(where, "url"), "ATTACHMENT_NOT_FOUND", f"stand-in: no file of this message is {url}")
