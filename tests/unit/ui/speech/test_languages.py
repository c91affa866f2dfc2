"""English and French say the same things, Discord takes the names, and no sentence lives anywhere else."""

import ast
import asyncio
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

import cogs
from bot.client import ImagineBot
from bot.generation.model import FailureKind, Fate
from bot.generation.progress import Progress
from bot.refusals import NoSuchGeneration, Refusal
from bot.ui.cards.buttons import view_of
from bot.ui.cards.render import CardMessage, render
from bot.ui.exhibits.exhibit import Attachment, Exhibit, Shape
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.interactions.funnel import answer_error
from bot.ui.speech import refusals
from bot.ui.speech.texts import LANGUAGES, language_of, say, speak, speaking
from bot.ui.speech.translation import SentenceTranslator, word
from bot.vocabulary import Medium
from cogs.pictures import MENUS
from tests.support.builders import a_generation, alts_of, running
from tests.unit.ui.speech.test_texts import FACTS, REFUSALS, SECTIONS, failed

ROOT = Path(__file__).parents[4]
ENGLISH, FRENCH = LANGUAGES["en"], LANGUAGES["fr"]
COMMANDS = (
    *("imagine", "edit", "video", "music", "sound", "speech", "3d", "upscale", "cutout", "vectorize"),
    *("generate", "workflow", "show", "jobs", "models", "help", "about"),
)
SAME_IN_BOTH = {
    "jobs.row",
    *(f"node.{state}" for state in ("done", "now", "waiting", "failed")),
    "about.title",
    "card.field.size",
    "card.field.format",
    "card.alt_other",
    "button.original",
    "took.seconds",
    "took.minutes",
    "cost.cu",
    "failure.refused",
}
"""Keys whose two sentences may be equal: places and units only, or a word that both languages have."""


# -- the two languages ------------------------------------------------------------------------------------


def facts_of(text: str) -> Counter[tuple[str, str, str | None]]:
    """The places of a sentence: name, format and conversion."""
    parsed = string.Formatter().parse(text)
    return Counter((name, spec or "", how) for _, name, spec, how in parsed if name is not None)


def test_both_languages_have_the_same_keys() -> None:
    assert set(LANGUAGES) == {"en", "fr"}
    assert set(ENGLISH) ^ set(FRENCH) == set()


@pytest.mark.parametrize("section", SECTIONS)
def test_a_sentence_tells_the_same_facts_in_both_languages(section: str) -> None:
    for key in SECTIONS[section]:
        assert facts_of(FRENCH[key]) == facts_of(ENGLISH[key]), key
        assert all(spec == "" and how is None for _, spec, how in facts_of(FRENCH[key])), key


@pytest.mark.parametrize("section", SECTIONS)
def test_a_french_sentence_reads_like_one(section: str) -> None:
    for key in SECTIONS[section]:
        text, english = FRENCH[key], ENGLISH[key]
        assert text, key
        assert text == text.strip(), key
        assert "  " not in text, key
        assert "'" not in text, f"{key}: French has its own apostrophe"
        assert not re.search(r"[^\s\u00a0\u202f][?!»]|«[^\s\u00a0\u202f]", text), f"{key}: a space is missing"
        assert (text[-1] in ".?") == (english[-1] in ".?"), key
        assert text.count("\n") == english.count("\n"), key
        assert text.count("**") == english.count("**"), key


@pytest.mark.parametrize("section", SECTIONS)
def test_french_is_not_english_that_was_left_standing(section: str) -> None:
    for key in SECTIONS[section]:
        if FRENCH[key] == ENGLISH[key] and key not in SAME_IN_BOTH:
            words_left = re.sub(r"\{\w+\}", "", FRENCH[key]).strip()
            assert re.fullmatch(r"[{}\w ·*:]*", words_left) is not None, key
            assert " " not in words_left, key


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_sentence_names_commands_options_and_buttons_as_that_language_has_them(language: str) -> None:
    texts = LANGUAGES[language]
    names = {text for key, text in texts.items() if key.startswith("name.")}
    buttons = {text for key, text in texts.items() if key.startswith("button.")}
    for key in ("help.imagine", "help.media", "help.others", "help.buttons", "about.privacy"):
        for quoted in re.findall(r"`/?([^`]+)`|(?<!\w)/(\w+)", texts[key]):
            assert {said.split()[0] for said in quoted if said} & names, (key, quoted)
    assert set(re.findall(r"\*\*([^*]+)\*\*", texts["help.buttons"])) <= buttons
    assert texts["button.again"] in texts["failure.try_again"]
    assert texts["button.again"] in texts["failure.maybe_charged"]
    for name in ("prompt", "count", "seed", "aspect_ratio", "negative_prompt"):
        assert texts[f"label.{name}"] == texts[f"name.{name}"]


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("en-US", "en"),
        ("en-GB", "en"),
        ("fr", "fr"),
        ("fr-CA", "fr"),
        ("de", "en"),
        ("pt-BR", "en"),
        (None, "en"),
        ("", "en"),
    ],
)
def test_a_locale_is_spoken_to_in_its_language_or_in_english(locale: str | None, language: str) -> None:
    assert language_of(locale) == language


@pytest.mark.parametrize("locale", list(discord.Locale))
def test_every_locale_of_discords_has_a_language(locale: discord.Locale) -> None:
    assert language_of(locale.value) in LANGUAGES


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
        assert {menu.name for menu in menus} == {ENGLISH[name] for name, _, _ in MENUS}
        for menu in menus:
            assert (await menu.get_translated_payload(bot.tree, translator))["name_localizations"]["fr"]
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


async def test_every_name_and_description_is_told_in_french_and_within_the_limits(
    payloads: list[dict[str, Any]],
) -> None:
    for part in every_part(payloads):
        assert set(part["name_localizations"]) == set(part["description_localizations"]) == {"fr"}
        assert well_named(part["name"])
        assert well_named(named(part, "fr")), part["name"]
        for description in (part["description"], part["description_localizations"]["fr"]):
            assert 1 <= len(description) <= 100
            assert description != "…"
            assert description == description.strip()


@pytest.mark.parametrize("locale", ["en-US", "fr"])
async def test_no_two_names_are_alike(payloads: list[dict[str, Any]], locale: str) -> None:
    for group in (payloads, *(part.get("options", []) for part in every_part(payloads))):
        seen = [named(part, locale) for part in group]
        assert len(set(seen)) == len(seen)
        # Discord finds a command by its English name too, so that one must not be another's French one
        for part in group:
            assert named(part, locale) not in {other["name"] for other in group if other is not part}


async def test_a_command_with_its_longest_translations_is_within_discords_8000_characters(
    payloads: list[dict[str, Any]],
) -> None:
    for command in payloads:
        parts = every_part([command])
        length = sum(
            max(len(part[key]), len(part[f"{key}_localizations"]["fr"]))
            for part in parts
            for key in ("name", "description")
        )
        assert length <= 8000


def test_a_word_is_a_sentence_and_knows_its_key() -> None:
    with pytest.raises(KeyError):
        word("no.such.key")
    assert word("name.show").message == "show"


@pytest.mark.parametrize("key", sorted(key for key in FRENCH if key.startswith(("button.", "jobs.cancel"))))
def test_a_french_button_fits_discords_eighty_characters(key: str) -> None:
    assert 1 <= len(FRENCH[key]) <= 80


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
        assert any(text in everything_on(cards["en-US"]) for text in ("Asked by", "started"))
        assert any(text in everything_on(cards["fr"]) for text in ("Demandée par", "commencée"))


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: type(one).__name__)
def test_every_refusal_is_told_in_french_with_the_same_facts(refusal: Refusal) -> None:
    english = refusals.refusal(refusal)
    with speaking("fr"):
        french = refusals.refusal(refusal)
    assert french != english
    assert "{" not in french
    assert "None" not in french
    assert sorted(re.findall(r"\d+", french)) == sorted(re.findall(r"\d+", english))
    assert not english_words(french)


UNUSABLE: Mapping[str, Any] = {"model": "Flux", "fault": "deprecated", "detail": "Flux 2"}


@pytest.mark.parametrize("kind", list(FailureKind))
@pytest.mark.parametrize("bought", [True, False])
def test_every_failure_is_told_in_french_with_the_same_facts(kind: FailureKind, bought: bool) -> None:
    changes: dict[str, Any] = {"job_id": "j", "cu": 4.0, "refunded": True} if bought else {}
    facts = dict(UNUSABLE) if kind is FailureKind.UNUSABLE else FACTS.get(kind, {})
    english = failed(kind, facts=facts, **changes)
    with speaking("fr"):
        french = failed(kind, facts=facts, **changes)
    assert french != english
    assert sorted(re.findall(r"\d+", french)) == sorted(re.findall(r"\d+", english))
    assert not english_words(french.replace("the reason", "").replace("the hint", ""))


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


@pytest.mark.parametrize(("locale", "text"), [("fr", FRENCH), ("en-GB", ENGLISH), ("ja", ENGLISH)])
async def test_a_refusal_is_told_privately_in_the_askers_language(
    locale: str, text: Mapping[str, str]
) -> None:
    answers = Answers()
    asker = SimpleNamespace(
        type=discord.InteractionType.application_command, response=answers, followup=answers
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

LANGUAGE_FILES = {"english.py", "french.py"}
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
    if source.name not in LANGUAGE_FILES
)


@pytest.mark.parametrize("source", SPEAKERS, ids=lambda one: str(one.relative_to(ROOT)))
def test_no_sentence_lives_outside_of_the_two_languages(source: Path) -> None:
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
