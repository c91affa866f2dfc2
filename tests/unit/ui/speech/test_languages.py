"""Every language says what English says, Discord takes the names, and no sentence lives anywhere else."""

import ast
import asyncio
import gettext
import pkgutil
import re
import string
import unicodedata
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest
from babel import Locale

import cogs
from bot.client import ImagineBot
from bot.generation.failures import FailureKind
from bot.generation.model import Fate
from bot.generation.progress import Progress
from bot.refusals import NoSuchGeneration, Refusal
from bot.ui.cards.buttons import view_of
from bot.ui.cards.render import CardMessage, render
from bot.ui.exhibits.exhibit import Attachment, Exhibit, Shape
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.interactions.funnel import answer_error
from bot.ui.speech import refusals
from bot.ui.speech.languages import ENGLISH, LANGUAGES, LOCALES, kept, language_of, translations
from bot.ui.speech.texts import say, speak, speaking
from bot.ui.speech.translation import SentenceTranslator, word
from bot.vocabulary import Medium
from cogs.about import PARTS
from cogs.pictures import MENUS
from tests.support.builders import a_generation, alts_of, running
from tests.support.sentences import TRANSLATED, catalog, every_form, sentences
from tests.unit.ui.speech.test_texts import FACTS, REFUSALS, SECTIONS, failed

ROOT = Path(__file__).parents[4]
COMMANDS = (
    *("imagine", "edit", "video", "music", "sound", "speech", "3d", "upscale", "cutout", "vectorize"),
    *("generate", "workflow", "prompt", "show", "jobs", "models", "help", "about"),
)
LOCALIZED = sorted(one.value for one in discord.Locale if language_of(one.value) != ENGLISH)
"""Discord's locales that have a language of their own here."""


# -- the files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_language_has_every_sentence_and_no_other(language: str) -> None:
    """Of what English was changed, `make languages` marks as fuzzy what is to be looked at again."""
    english = {one.context: one.id for one in catalog(ENGLISH) if one.id}
    assert {one.context: one.id for one in catalog(language) if one.id} == english
    assert not catalog(language).obsolete
    lacking = [key for key, forms in every_form(language).items() if not all(forms)]
    assert not lacking
    fuzzy = [one.context for one in catalog(language) if one.fuzzy]
    assert not fuzzy


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_key_stands_once(language: str) -> None:
    keys = [one.context for one in catalog(language) if one.id]
    assert None not in keys
    assert len(keys) == len(set(keys)) > 500


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_translators_tool_finds_nothing(language: str) -> None:
    assert [(one.context, errors) for one, errors in catalog(language).check()] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_file_is_named_for_what_it_holds_and_discord_has_it(language: str) -> None:
    assert str(catalog(language).locale) == str(Locale.parse(language, sep="-"))
    assert [one for one in LOCALIZED if language_of(one) == language]


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_forms_of_a_file_are_those_of_its_language(language: str) -> None:
    """The header's rule tells numbers apart as Unicode's data does, which Babel has, for all that is counted
    here. It need not know the form that some languages have for whole millions."""
    category = Locale.parse(language, sep="-").plural_form
    rule = gettext.c2py(catalog(language).plural_expr)
    told = {(category(number), rule(number)) for number in range(1001)}
    wanted = sorted({kind for kind, _ in told})
    assert len(told) == len(wanted) == len({form for _, form in told}), f"{wanted}, each its own form"
    assert max(form for _, form in told) < catalog(language).num_plurals


# -- what they say --------------------------------------------------------------------------------------


def facts_of(text: str) -> Counter[tuple[str, str, str | None]]:
    """The places of a sentence: name, format and conversion."""
    parsed = string.Formatter().parse(text)
    return Counter((name, spec or "", how) for _, name, spec, how in parsed if name is not None)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("section", SECTIONS)
def test_a_sentence_tells_the_same_facts_in_every_language(section: str, language: str) -> None:
    """In each of its forms; only the number that chooses the form may be left out ("one picture")."""
    for key in SECTIONS[section]:
        wanted = facts_of(sentences(ENGLISH)[key])
        for form in every_form(language)[key]:
            assert all(spec == "" and how is None for _, spec, how in facts_of(form)), key
            absent, extra = wanted - facts_of(form), facts_of(form) - wanted
            assert not extra, key
            assert set(absent) <= ({("count", "", None)} if len(every_form(ENGLISH)[key]) > 1 else set()), key


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("section", SECTIONS)
def test_a_sentence_is_built_as_the_english_one(section: str, language: str) -> None:
    for key in SECTIONS[section]:
        english = sentences(ENGLISH)[key]
        for text in every_form(language)[key]:
            assert text == text.strip(), key
            assert "  " not in text, key
            assert (text[-1] in ".?。？।") == (english[-1] in ".?"), key
            assert text.count("\n") == english.count("\n"), key
            assert text.count("**") == english.count("**"), key


@pytest.mark.parametrize("section", SECTIONS)
def test_a_french_sentence_has_frances_apostrophes_and_spaces(section: str) -> None:
    """No line begins with a colon or a question mark: the space before it is hard."""
    for key in SECTIONS[section]:
        for text in every_form("fr")[key]:
            assert "'" not in text, f"{key}: French has its own apostrophe"
            spaced = re.sub(r"\w+:\w|\b\d+:\d+|https?:", "", text)  # what is typed: Moss:0.8, 16:9
            assert not re.search(r"[^\u00a0\u202f][:;?!»]|«[^\u00a0\u202f]", spaced), f"{key}: no hard space"


def test_french_says_vous() -> None:
    texts = sentences("fr")
    familiar = [
        key for key, text in texts.items() if re.search(r"\b(tu|toi|ton|ta|tes)\b", text, re.IGNORECASE)
    ]
    assert not familiar
    for key, text in texts.items():
        if key.endswith(".description") or key == "workflow.run":
            assert text.split()[0].endswith(("ez", "tes")), key


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("section", SECTIONS)
def test_no_english_was_left_standing(section: str, language: str) -> None:
    """A word, a unit or a name may be the same in two languages; two words in a row are a sentence."""
    for key in SECTIONS[section]:
        text = sentences(language)[key]
        if text == sentences(ENGLISH)[key]:
            assert len(re.findall(r"[^\W\d_]{3,}", re.sub(r"\{\w+\}", "", text))) < 2, key


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_sentence_names_commands_options_and_buttons_as_that_language_has_them(language: str) -> None:
    texts = sentences(language)
    names = {text for key, text in texts.items() if key.startswith("name.")}
    buttons = {text for key, text in texts.items() if key.startswith("button.")}
    menus = {text for key, text in texts.items() if key.startswith("menu.")}
    for key, forms in every_form(language).items():
        for quoted in re.findall(r"`/?([^`]+)`|(?<![\w/])/(\w+)", "\n".join(forms)):
            assert {said.split()[0] for said in quoted if said} <= names, (key, quoted)
    assert set(re.findall(r"\*\*([^*]+)\*\*", texts["help.buttons"])) <= buttons
    assert set(re.findall(r"\*\*([^*]+)\*\*", texts["help.menus"])) == menus
    for key in ("failure.try_again", "failure.no_output", "failure.maybe_charged"):
        assert texts["button.again"] in texts[key]
    for key in ("card.preview_note", "card.converted_note", "card.left_out", "card.refused_note"):
        assert texts["button.original"] in texts[key]
    for key in ("phase.confirm", "phase.confirm_again", "refusal.price_moved", "form.kept"):
        assert texts["button.confirm"] in texts[key]
    for name in ("prompt", "count", "seed", "aspect_ratio", "negative_prompt", "settings"):
        assert texts[f"label.{name}"] == texts[f"name.{name}"]
    assert texts["label.styles"] == texts["name.models"]  # a trained model is given by the option `models`


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("en-US", "en"),
        ("en-GB", "en"),
        ("fr", "fr"),
        ("fr-CA", "fr"),
        ("xx", "en"),
        ("xx-FR", "en"),
        (None, "en"),
        ("", "en"),
    ],
)
def test_a_locale_is_spoken_to_in_its_language_or_in_english(locale: str | None, language: str) -> None:
    assert language_of(locale) == language


def test_a_locales_own_file_goes_before_its_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.ui.speech.languages.LANGUAGES", frozenset({"en", "es", "pt-BR", "es-419"}))
    anew = language_of.__wrapped__  # what it remembers is of the real languages
    found = {one: anew(one) for one in ("es-ES", "es-419", "pt-BR", "pt", "de")}
    assert found == {"es-ES": "es", "es-419": "es-419", "pt-BR": "pt-BR", "pt": "en", "de": "en"}


@pytest.mark.parametrize("locale", list(discord.Locale))
def test_every_locale_of_discords_has_a_language(locale: discord.Locale) -> None:
    assert language_of(locale.value) in LANGUAGES


def test_a_language_is_a_file_and_nothing_else_names_it() -> None:
    """A new one is read from the folder; what its file lacks is said in English."""
    assert {one.name for one in LOCALES.glob("*.*")} == {"en.pot", *(f"{one}.po" for one in TRANSLATED)}
    assert translations("fr").pgettext("button.cancel", "Cancel") == "Annuler"
    assert translations("fr").pgettext("button.unheard-of", "Unheard of") == "Unheard of"


def test_what_is_said_inside_is_forgotten_outside() -> None:
    with speaking("fr"):
        assert say("button.cancel") == "Annuler"
        with speaking("en-US"):
            assert say("button.cancel") == "Cancel"
        assert say("button.cancel") == "Annuler"
    assert say("button.cancel") == "Cancel"


async def test_one_members_language_does_not_reach_anothers_task() -> None:
    both_speak = asyncio.Barrier(2)

    async def member(locale: str) -> str:
        speak(locale)
        await both_speak.wait()
        return say("button.cancel")

    assert await asyncio.gather(member("fr"), member("en-US")) == ["Annuler", "Cancel"]
    assert say("button.cancel") == "Cancel"


# -- what Discord takes -----------------------------------------------------------------------------------


async def nothing() -> None:
    pass


@pytest.fixture
async def payloads() -> AsyncGenerator[list[dict[str, Any]]]:
    """Every command as Discord is told it, translations included."""
    async with ImagineBot(aiohttp.TCPConnector(), on_setup=nothing) as bot:
        await bot.tree.set_translator(SentenceTranslator())
        for _, name, _ in pkgutil.iter_modules(cogs.__path__):
            await bot.load_extension(f"cogs.{name}")
        translator = bot.tree.translator
        assert translator is not None
        told = [
            await one.get_translated_payload(bot.tree, translator)
            for one in bot.tree.get_commands(type=discord.AppCommandType.chat_input)
        ]
        menus = bot.tree.get_commands(type=discord.AppCommandType.message)
        assert {menu.name for menu in menus} == {say(name) for name, _ in MENUS}
        for menu in menus:
            named = (await menu.get_translated_payload(bot.tree, translator))["name_localizations"]
            assert sorted(named) == LOCALIZED
            assert all(1 <= len(name) <= 32 for name in named.values())
        yield told
        await bot.tree.set_translator(None)


def well_named(name: str) -> bool:
    r"""^[-_'\p{L}\p{N}]{1,32}$, in small letters."""
    fits = all(char in "-_'" or unicodedata.category(char)[0] in "LN" for char in name)
    return 1 <= len(name) <= 32 and fits and name == name.lower()


def every_part(told: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for command in told:
        yield command
        yield from every_part(command.get("options", []))


def named(part: Mapping[str, Any], locale: str) -> str:
    """What a member of this locale sees and types."""
    translated = cast("Mapping[str, str]", part.get("name_localizations") or {})
    return translated.get(locale) or str(part["name"])


async def test_every_command_is_told_to_discord(payloads: list[dict[str, Any]]) -> None:
    assert {one["name"] for one in payloads} == set(COMMANDS)


async def test_every_name_and_description_is_told_in_every_language_and_within_the_limits(
    payloads: list[dict[str, Any]],
) -> None:
    for part in every_part(payloads):
        for text in ("name", "description"):
            assert sorted(part[f"{text}_localizations"]) == LOCALIZED
        for locale in ("en-US", *LOCALIZED):
            assert well_named(named(part, locale)), (locale, part["name"])
            description = part["description_localizations"].get(locale, part["description"])
            assert 1 <= len(description) <= 100, (locale, part["name"])
            assert description != "…"
            assert description == description.strip()
        for choice in part.get("choices", []):
            assert sorted(choice["name_localizations"]) == LOCALIZED
            assert all(1 <= len(name) <= 100 for name in choice["name_localizations"].values())


@pytest.mark.parametrize("locale", ["en-US", *LOCALIZED])
async def test_no_two_names_are_alike(payloads: list[dict[str, Any]], locale: str) -> None:
    for group in (payloads, *(part.get("options", []) for part in every_part(payloads))):
        seen = [named(part, locale) for part in group]
        assert len(set(seen)) == len(seen)
        # Discord finds a command by its English name too, so that one must not be another's translated one
        for part in group:
            assert named(part, locale) not in {other["name"] for other in group if other is not part}


async def test_a_command_with_its_longest_translations_is_within_discords_8000_characters(
    payloads: list[dict[str, Any]],
) -> None:
    for command in payloads:
        parts = every_part([command])
        length = sum(
            max(map(len, (part[key], *part[f"{key}_localizations"].values())))
            for part in parts
            for key in ("name", "description")
        )
        assert length <= 8000


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_help_is_short_enough_to_be_read_on_a_phone(language: str) -> None:
    """Every paragraph is at most 200 characters, five lines there, with the heading before it."""
    texts = sentences(language)
    for part in ("media", *PARTS):
        heading = texts.get(f"help.field.{part}", "")
        for line in re.sub(r"[{}]", "", texts[f"help.{part}"]).splitlines():
            assert len(f"{heading}: {line}") <= 200, part


def test_a_word_is_a_sentence_and_knows_its_key() -> None:
    with pytest.raises(KeyError):
        word("no.such.key")
    assert word("name.show").message == "show"


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_button_fits_discords_eighty_characters(language: str) -> None:
    labels = {
        key: text
        for key, text in sentences(language).items()
        if key.startswith(("button.", "jobs.cancel", "models.see", "models.use"))
    }
    assert {key: text for key, text in labels.items() if not 1 <= len(text) <= 80} == {}


# -- who reads which language -----------------------------------------------------------------------------


def everything_on(card: CardMessage) -> str:
    return "\n".join(str(embed.to_dict()) for embed in card.embeds) + "\n".join(alts_of(card))


@pytest.mark.parametrize("fate", [Fate.SUCCEEDED, Fate.CANCELED, Fate.FAILED, Fate.RUNNING, Fate.REQUESTED])
def test_a_card_speaks_its_places_language_whoever_asks_and_whatever_is_spoken(fate: Fate) -> None:
    attachment = Attachment(filename="a.png", width=64, height=64, data=b"x", size=1)
    picture = Exhibit(medium=Medium.IMAGE, format="PNG", shape=Shape.WHOLE, attachments=(attachment,))
    pictures = [picture] if fate is Fate.SUCCEEDED else []
    cards: dict[str, CardMessage] = {}
    for place, asker in (("en-US", "fr"), ("fr", "en-US")):
        row = running(fate=fate, locale=place, owner_locale=asker)
        with speaking(asker):
            cards[place] = render(row, Progress(phase="queued"), pictures)
        with speaking(place):
            assert everything_on(render(row, Progress(phase="queued"), pictures)) == everything_on(
                cards[place]
            )
    assert everything_on(cards["en-US"]) != everything_on(cards["fr"])
    if fate is not Fate.REQUESTED:
        assert any(text in everything_on(cards["en-US"]) for text in ("Asked by", "seed `", "started"))
        assert any(text in everything_on(cards["fr"]) for text in ("Demandée par", "graine `", "commencée"))


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: type(one).__name__)
def test_every_refusal_is_told_in_every_language_with_the_same_facts(refusal: Refusal) -> None:
    english = refusals.refusal(refusal)
    for language in TRANSLATED:
        with speaking(language):
            told = refusals.refusal(refusal)
        assert told != english
        assert "{" not in told
        assert "None" not in told
        assert numbers_in(told) >= numbers_in(english)
    with speaking("fr"):
        assert not english_words(refusals.refusal(refusal))


@pytest.mark.parametrize("kind", list(FailureKind))
@pytest.mark.parametrize("bought", [True, False])
def test_every_failure_is_told_in_every_language_with_the_same_facts(kind: FailureKind, bought: bool) -> None:
    changes: dict[str, Any] = {"job_id": "j", "cu": 4.0, "refunded": True} if bought else {}
    facts = {"detail": "Flux 2"} if kind is FailureKind.UNUSABLE else FACTS.get(kind, {})
    english = failed(kind, facts=facts, **changes)
    for language in TRANSLATED:
        with speaking(language):
            told = failed(kind, facts=facts, **changes)
        assert told != english
        assert numbers_in(told) >= numbers_in(english)
    with speaking("fr"):
        told = failed(kind, facts=facts, **changes)
    assert not english_words(told.replace("the reason", "").replace("the hint", ""))


def numbers_in(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d+", text))


def english_words(text: str) -> set[str]:
    """Words that only English has."""
    return set(re.findall(r"[a-z]+", text.lower())) & {
        "the",
        "and",
        "you",
        "not",
        "is",
        "this",
        "was",
        "of",
        "or",
    }


class Answers:
    """An interaction's two ways to answer, of which one is open."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bool]] = []

    def is_done(self) -> bool:
        return False

    async def send_message(self, text: str, *, ephemeral: bool, **_: object) -> None:
        self.told.append((text, ephemeral))


@pytest.mark.parametrize(("locale", "language"), [("fr", "fr"), ("en-GB", "en"), ("xx", "en")])
async def test_a_refusal_is_told_privately_in_the_askers_language(locale: str, language: str) -> None:
    text = sentences(language)
    answers = Answers()
    asker = SimpleNamespace(
        type=discord.InteractionType.application_command, data=None, response=answers, followup=answers
    )
    speak(locale)
    await answer_error(cast("AnyInteraction", asker), NoSuchGeneration())
    await answer_error(cast("AnyInteraction", asker), ZeroDivisionError())
    assert answers.told == [(text["refusal.no_such_generation"], True), (text["answer.error"], True)]


async def test_a_card_of_a_french_server_has_french_buttons() -> None:
    row = a_generation(fate=Fate.SUCCEEDED, locale="fr", owner_locale="en-US")
    view = view_of(row, render(row).presses)
    assert view is not None
    shown = [part["label"] for line in view.to_components() for part in cast("Any", line)["components"]]
    assert shown == ["Encore", "Supprimer"]


# -- no sentence lives anywhere else ----------------------------------------------------------------------

SPEAKING = frozenset(
    {
        "tell",
        "send",
        "send_message",
        "edit",
        "edit_message",
        "edit_original_response",
        "Embed",
        "add_field",
        "insert_field_at",
        "set_footer",
        "set_author",
        "Button",
        "TextInput",
        "SelectOption",
        "Choice",
        "command",
        "describe",
        "rename",
        "Modal",
    }
)
"""Calls whose texts people read."""
UNREAD = frozenset({"custom_id", "url", "icon_url", "style", "color", "nonce", "key"})
"""Keywords of theirs that nobody reads."""
SENTENCE = re.compile(r"[^\W\d_]{2,}[,;:]? +[^\W\d_]{2,}")
"""Two words with a space between them."""
WORD = re.compile(r"[^\W\d_]{2,}")


def literal(node: ast.AST) -> str | None:
    """The text that stands in the source, with \x00 for what is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
    return None


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def exceptions_in(tree: ast.AST) -> set[str]:
    """Names of what is raised or derived from something that is."""
    raised = {
        called(node.exc)
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
    }
    return raised | {"Delayed", "Unshowable"}


def unread(node: ast.AST, exceptions: set[str]) -> bool:
    """Whether nobody but an operator reads what stands in here: logs, exceptions and docstrings."""
    if isinstance(node, ast.Expr) and literal(node.value) is not None:
        return True
    if isinstance(node, ast.Raise | ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    return (isinstance(owner, ast.Name) and owner.id == "log") or called(node) in exceptions


def sentences_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Literals that read like a sentence, and literals of any word that are passed to a call that speaks."""
    yield from _look(tree, exceptions_in(tree), spoken=False)


def _look(node: ast.AST, exceptions: set[str], *, spoken: bool) -> Iterator[tuple[int, str]]:
    if unread(node, exceptions):
        return
    text = literal(node)
    if text is not None:
        if SENTENCE.search(text) or (spoken and WORD.search(text)):
            yield getattr(node, "lineno", 0), text
        if isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    yield from _look(part.value, exceptions, spoken=False)
        return
    if isinstance(node, ast.Call):
        speaks = called(node) in SPEAKING
        yield from _look(node.func, exceptions, spoken=False)
        typed = called(node) == "cast"  # its first argument is a type
        for one in node.args[1 if typed else 0 :]:
            yield from _look(one, exceptions, spoken=speaks)
        for keyword in node.keywords:
            yield from _look(keyword.value, exceptions, spoken=speaks and keyword.arg not in UNREAD)
        return
    direct = isinstance(node, ast.IfExp | ast.BoolOp | ast.BinOp)
    for child in ast.iter_child_nodes(node):
        yield from _look(child, exceptions, spoken=spoken and direct)


SPEAKERS = sorted(
    source
    for folder in (
        *("bot/ui", "bot/request", "bot/generation", "bot/gates", "bot/cards", "bot/service", "bot/forms"),
        *("cogs",),
    )
    for source in (ROOT / folder).rglob("*.py")
)


@pytest.mark.parametrize("source", SPEAKERS, ids=lambda one: str(one.relative_to(ROOT)))
def test_no_sentence_lives_outside_of_the_languages(source: Path) -> None:
    assert list(sentences_in(ast.parse(source.read_text()))) == []


@pytest.mark.parametrize(
    "planted",
    [
        'await tell(interaction, "Sorry")',
        'await tell(interaction, f"Sorry, {name}")',
        'await tell(interaction, "Yes" if sure else say("answer.kept"))',
        'await interaction.response.send_message(content="Wait")',
        'embed = discord.Embed(title="Help", description=say("help.title"))',
        'embed.add_field(name="Model", value=model)',
        'discord.ui.Button(label="Again", custom_id="g1:again")',
        '@app_commands.command(name="show", description="Show it again")\nasync def f(): ...',
        'text = f"{count} pictures were made"',
        'x = "number " + "of them all"',
        'NAMES = {"attach_files": "Attach Files"}',
    ],
)
def test_a_planted_sentence_is_found(planted: str) -> None:
    assert list(sentences_in(ast.parse(planted)))


@pytest.mark.parametrize(
    "harmless",
    [
        '"""A docstring, with words."""',
        'log.warning("an answer did not reach its asker: %s", error)',
        'raise Unshowable("no way to delete the message")',
        'await tell(interaction, say("answer.kept"))',
        'discord.ui.Button(label=say("button.again"), custom_id="g1:again")',
        'embed.set_footer(text=f"{name} · {generation.id}")',
        'await webhook.send(notice, nonce="abc", ephemeral=True)',
    ],
)
def test_what_nobody_but_an_operator_reads_is_left_alone(harmless: str) -> None:
    assert list(sentences_in(ast.parse(harmless))) == []


# -- what is kept of a file ------------------------------------------------------------------------------


def test_what_is_made_of_a_file_is_kept_until_the_file_is_another_one(tmp_path: Path) -> None:
    file, made = tmp_path / "xx.po", list[str]()

    def make(source: Path) -> bytes:
        made.append(source.read_text())
        return source.read_bytes().upper()

    file.write_text("one")
    assert [kept(file, make) for _ in range(3)] == [b"ONE"] * 3
    file.write_text("another")
    assert kept(file, make) == b"ANOTHER"
    assert made == ["one", "another"]
    assert len([*(tmp_path / "__pycache__").iterdir()]) == 1


def test_where_nothing_can_be_written_it_is_made_each_time(tmp_path: Path) -> None:
    file = tmp_path / "xx.po"
    file.write_text("one")
    (tmp_path / "__pycache__").write_text("in the way")
    made = [kept(file, Path.read_bytes) for _ in range(2)]
    assert made == [b"one", b"one"]
