"""A page of a form as Discord's modal, and a submitted modal as answers.

Custom ids are `f1:page:<draft>:<page>` for the modal and the field's id for what is in it. The library keeps
no modal of ours: what it does not know it leaves alone; `ui.forms.flow` answers all, after a restart too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

import discord
from discord.ui import FileUpload, Label, Modal, Select, TextInput

from bot import discord_limits
from bot.forms import Answers, Filled
from bot.forms.controls import Control, most_files
from bot.forms.draft import Raw
from bot.forms.pages import Field
from bot.forms.values import NO, YES, raw_of
from bot.request.ask import InputFile
from bot.scenario.api.records import Input, Json
from bot.ui.speech.texts import listing, say
from bot.ui.speech.words import cut, joined, number, plain

MODAL: Final = re.compile(r"f1:page:(?P<id>[0-9]+):(?P<page>[0-9]+)")

_TEXT, _UPLOAD, _LABEL, _ROW = 4, 19, 18, 1


def modal_of(filled: Filled, page: int) -> Modal:
    """The modal of that page, or of the last one where there are fewer, with the answers so far."""
    page = min(page, len(filled.pages) - 1)
    name = plain(filled.model.name) or "-"
    title = cut(name, discord_limits.MODAL_TITLE)
    if len(filled.pages) > 1:
        place = say("form.page", page=page + 1, pages=len(filled.pages))
        title = f"{cut(name, discord_limits.MODAL_TITLE - len(place) - 1)} {place}"
    modal = Modal(title=title, custom_id=f"f1:page:{filled.draft.id}:{page}")
    modal.stop()  # or the library would keep it, for nothing, until it is submitted
    for one in filled.pages[page].fields:
        modal.add_item(_labeled(one, filled.draft.answers))
    return modal


def label_of(spec: Input) -> str:
    return cut(plain(spec.label or "") or plain(spec.name) or "-", discord_limits.FIELD_LABEL)


def _label(field: Field) -> str:
    if field.part is None:
        return label_of(field.spec)
    part = say("form.part", part=field.part[0], parts=field.part[1])
    return f"{cut(label_of(field.spec), discord_limits.FIELD_LABEL - len(part) - 1)} {part}"


def _labeled(field: Field, answers: Answers) -> "Label[Any]":
    explained = cut(joined(*_explained(field, answers)), discord_limits.DESCRIPTION)
    return Label(text=_label(field), description=explained or None, component=_component(field, answers))


def _component(field: Field, answers: Answers) -> "discord.ui.Item[Any]":
    given = answers.values.get(field.id)
    match field.control:
        case Control.FILES:
            needed = field.required and not answers.files.get(field.id)
            most = most_files(field.spec)
            least = min(max(1, field.spec.min_length or 1), most) if needed else 0
            return FileUpload(custom_id=field.id, required=needed, min_values=least, max_values=most)
        case Control.CHOICE | Control.CHOICES | Control.YES_NO:
            return _select(field, given)
        case Control.LINE | Control.LINES:
            return _text(field, given)


def _select(field: Field, given: Raw | None) -> "Select[Any]":
    spec = field.spec
    options = _options(field)
    several = field.control is Control.CHOICES
    most = max(1, min(spec.max_length or len(options), len(options))) if several else 1
    least = (min(spec.min_length or 1, most) if several else 1) if field.required else 0
    # of several selects the one with the default would still be sent with a choice in another
    default = raw_of(spec, spec.default) if field.part is None else None
    shown = given if given is not None else default or []
    chosen = [key for key in ([shown] if isinstance(shown, str) else shown) if key in options][:most]
    return Select(
        custom_id=field.id,
        required=field.required,
        placeholder=_span(options) if field.part else None,
        min_values=least,
        max_values=most,
        options=[
            discord.SelectOption(label=label, value=key, default=key in chosen)
            for key, label in options.items()
        ],
    )


def _options(field: Field) -> dict[str, str]:
    """Labels by keys."""
    if field.spec.type == "boolean":
        return {YES: say("form.yes"), NO: say("form.no")}
    return {key: choice_label(field.spec, value) for key, value in field.keys.items()}


def _span(options: Mapping[str, str]) -> str:
    """From where to where in the list this select goes."""
    labels = list(options.values())
    return cut(f"{cut(labels[0], 45)} … {cut(labels[-1], 45)}", discord_limits.PLACEHOLDER)


def choice_label(spec: Input, value: Json) -> str:
    """What an app calls this allowed value."""
    if isinstance(value, bool):
        return say("form.yes" if value else "form.no")
    written = number(value)
    return cut(plain(spec.labels.get(written, "")) or plain(written) or "-", discord_limits.CHOICE)


def _text(field: Field, given: Raw | None) -> "TextInput[Any]":
    spec = field.spec
    value = given if isinstance(given, str) else "\n".join(given or ())
    shown = value[: discord_limits.FIELD_TEXT]
    most = spec.max_length if spec.type == "string" and spec.max_length else discord_limits.FIELD_TEXT
    style = discord.TextStyle.paragraph if field.control is Control.LINES else discord.TextStyle.short
    if "\n" in shown:
        style = discord.TextStyle.paragraph  # one line would lose the breaks
    return TextInput(
        custom_id=field.id,
        style=style,
        required=field.required,
        placeholder=cut(_placeholder(spec), discord_limits.PLACEHOLDER) or None,
        default=shown or None,
        max_length=max(1, len(shown), min(most, discord_limits.FIELD_TEXT)),
    )


def _placeholder(spec: Input) -> str:
    default = raw_of(spec, spec.default)
    if default is not None:
        written = default if isinstance(default, str) else ", ".join(default)
        return say("form.default", value=plain(written))
    return plain(spec.placeholder or "")


def _explained(field: Field, answers: Answers) -> Iterator[str]:
    """What may stand there, then what the model's own words say of it."""
    spec = field.spec
    match field.control:
        case Control.FILES:
            kept = answers.files.get(field.id)
            if kept:
                names = ", ".join(plain(one.filename or one.asset_id or "") for one in kept)
                yield say("form.files_kept", names=cut(names, 40))
            elif most_files(spec) > 1:
                yield say("form.files", count=most_files(spec))
        case Control.LINE | Control.LINES:
            yield from _written(spec)
        case _ if field.part is not None and (default := _placeholder(spec)):
            yield default
        case _:
            pass
    said = plain(spec.hint or spec.description or "")
    if said:
        yield said


def _written(spec: Input) -> Iterator[str]:
    if spec.allowed_values:
        yield say("form.one_of", values=listing([plain(number(one)) for one in spec.allowed_values[:12]]))
    match spec.type:
        case "string_array" | "number_array":
            yield say("form.several")
        case "model":
            yield say("form.model")
        case "model_array":
            yield say("form.models")
        case "inputs_array":
            names = [one.name for one in spec.inputs[:3]] or ["a", "b"]
            yield say("form.objects", example=" ".join(f"{name}=…" for name in names))
        case _:
            pass
    if spec.type in {"number", "number_array"} and (bounds := _bounds(spec)):
        yield bounds


def _bounds(spec: Input) -> str:
    if spec.min is not None and spec.max is not None:
        facts = {"minimum": number(spec.min), "maximum": number(spec.max)}
        if spec.step and spec.step != 1:
            return say("form.between_steps", step=number(spec.step), **facts)
        return say("form.between", **facts)
    if spec.min is not None:
        return say("form.least", minimum=number(spec.min))
    return say("form.most", maximum=number(spec.max)) if spec.max is not None else ""


# -- what comes back ------------------------------------------------------------------------------------

Submitted = tuple[dict[str, Raw], dict[str, tuple[InputFile, ...]]]
"""Texts and keys, and files, by the fields' ids."""


def submitted(data: Mapping[str, Any]) -> Submitted:
    """data: of the interaction, as Discord sent it."""
    resolved = cast("Mapping[str, Any]", data.get("resolved") or {})
    attachments = cast("Mapping[str, Mapping[str, Any]]", resolved.get("attachments") or {})
    values: dict[str, Raw] = {}
    files: dict[str, tuple[InputFile, ...]] = {}
    for part in _parts(data.get("components") or []):
        name = str(part["custom_id"])
        if part.get("type") == _UPLOAD:
            chosen = [attachments[one] for one in part.get("values") or () if one in attachments]
            files[name] = tuple(_given(name, one) for one in chosen)
        elif part.get("type") == _TEXT:
            values[name] = str(part.get("value") or "")
        else:
            values[name] = [str(one) for one in part.get("values") or ()]
    return values, files


def _parts(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for one in components:
        if one.get("type") == _LABEL:
            yield from _parts([one["component"]])
        elif one.get("type") == _ROW:
            yield from _parts(one["components"])
        elif one.get("custom_id") is not None:
            yield one


def _given(role: str, attachment: Mapping[str, Any]) -> InputFile:
    return InputFile(
        role=role,
        filename=str(attachment.get("filename") or ""),
        url=attachment.get("url"),
        content_type=attachment.get("content_type"),
        size=attachment.get("size"),
        width=attachment.get("width"),
        height=attachment.get("height"),
        duration=attachment.get("duration_secs"),
        spoiler=_is_spoiler(attachment),
    )


def _is_spoiler(attachment: Mapping[str, Any]) -> bool:
    """As the library judges attachments elsewhere: by the flag, or by the name."""
    hidden = int(attachment.get("flags") or 0) & discord.AttachmentFlags(spoiler=True).value
    return bool(hidden) or str(attachment.get("filename")).startswith("SPOILER_")
