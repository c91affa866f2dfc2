"""Buttons: their ids, their templates, their views; and what an interaction says of itself."""

import re
from itertools import combinations
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

from bot.cards.ports import Unshowable
from bot.generation.ports import Delayed
from bot.refusals import AlreadyRecorded, CannotPost, TooLate
from bot.service.service import NotAcknowledged
from bot.ui.cards import buttons
from bot.ui.cards.render import Press
from bot.ui.interactions.asking import AnyInteraction, actor_of, caller_of, deferral, require_posting
from bot.ui.interactions.funnel import answer_error
from bot.ui.interactions.host import host_of
from bot.ui.speech import refusals
from bot.ui.speech.texts import say
from bot.workflow_gates.gates import Gate
from tests.support.builders import GUILD, OWNER, a_generation
from tests.support.interactions import interaction_fields

SNOWFLAKE = "9" * 20


AnyButton = type[buttons.CardButton] | type[buttons.PickMenu]
GATE = Gate(number=99, node_id="x" * 200, choosing=True, asset_ids=("asset_1", "asset_2"), least=1, most=1)


def template(button: AnyButton) -> re.Pattern[str]:
    return button.__discord_ui_compiled_template__


def made(button: AnyButton) -> str:
    if issubclass(button, buttons.PickMenu):
        custom_id = button.of(SNOWFLAKE, GATE).custom_id
    elif issubclass(button, buttons.GateButton):
        custom_id = button(SNOWFLAKE, GATE.number).custom_id
    else:
        custom_id = button(SNOWFLAKE).custom_id
    assert custom_id is not None
    return custom_id


@pytest.mark.parametrize("button", buttons.ALL)
async def test_a_custom_id_fits_and_leads_back_to_its_button(button: AnyButton) -> None:
    assert len(made(button)) <= 100
    match = template(button).fullmatch(made(button))
    assert match is not None
    assert match["id"] == SNOWFLAKE


@pytest.mark.parametrize(("one", "other"), list(combinations(buttons.ALL, 2)))
async def test_no_custom_id_fits_two_templates(one: AnyButton, other: AnyButton) -> None:
    # the library matches from the start only, and takes whichever template it finds first
    assert template(other).match(made(one)) is None
    assert template(one).match(made(other)) is None


@pytest.mark.parametrize("custom_id", ["g1:again:", "g1:again:x", "g2:again:1", "again:1"])
async def test_a_foreign_custom_id_fits_no_template(custom_id: str) -> None:
    assert not any(template(button).match(custom_id) for button in buttons.ALL)


async def test_every_press_has_a_button_in_a_fresh_view_that_never_times_out() -> None:
    generation = a_generation()
    first, second = (buttons.view_of(generation, tuple(Press)) for _ in range(2))
    assert first is not None
    assert first is not second
    assert first.timeout is None
    assert len(first.children) == len(Press)
    assert buttons.view_of(generation, ()) is None


# -- what an interaction says of itself ---------------------------------------------------------------


def interaction(**changes: Any) -> AnyInteraction:
    fields = interaction_fields(
        guild_locale=discord.Locale.german,
        locale=discord.Locale.french,
        token="aW50ZXJhY3Rpb24",
        permissions=discord.Permissions(),
        type=discord.InteractionType.application_command,
        client=object(),
    )
    return cast("AnyInteraction", SimpleNamespace(**{**fields, **changes}))


def test_a_place_speaks_the_servers_language_else_the_members() -> None:
    assert caller_of(interaction()).origin.locale == "de"
    assert caller_of(interaction(guild_locale=None)).origin.locale == "fr"


def test_a_place_names_everything_and_shows_no_token() -> None:
    place = caller_of(interaction())
    assert (place.origin.interaction_id, place.origin.owner_id, place.origin.guild_id) == (
        "1001",
        OWNER,
        GUILD,
    )
    assert place.token not in repr(place)


@pytest.mark.parametrize(
    ("guild", "manages", "moderator"), [(GUILD, True, True), (GUILD, False, False), (None, True, False)]
)
def test_a_moderator_manages_messages_in_a_server(guild: int | None, manages: bool, moderator: bool) -> None:
    pressed = interaction(guild_id=guild, permissions=discord.Permissions(manage_messages=manages))
    assert actor_of(pressed).moderator is moderator


@pytest.mark.parametrize("missing", ["attach_files", "embed_links"])
def test_a_channel_where_a_picture_cannot_be_posted_is_refused_by_name(missing: str) -> None:
    allowed = discord.Permissions(attach_files=True, embed_links=True)
    allowed.update(**{missing: False})
    with pytest.raises(CannotPost) as caught:
        require_posting(interaction(app_permissions=allowed))
    assert caught.value.missing == (missing,)


def test_a_direct_message_needs_no_permissions() -> None:
    require_posting(interaction(guild_id=None, app_permissions=discord.Permissions()))


def test_a_client_that_is_not_ours_is_our_mistake() -> None:
    with pytest.raises(TypeError):
        host_of(interaction())


# -- the acknowledgement, and the funnel --------------------------------------------------------------


class Answers:
    """Discord's side of an interaction's first answers."""

    def __init__(self, *, error: Exception | None = None, answer: Any = None, answered: bool = False) -> None:
        self.error = error
        self.answer = answer
        self.answered = answered
        self.sent: list[str] = []

    async def defer(self, *, ephemeral: bool, thinking: bool) -> Any:
        assert thinking
        if self.error is not None:
            raise self.error
        return self.answer

    def is_done(self) -> bool:
        return self.answered

    async def send_message(self, text: str, **options: Any) -> None:
        assert options["ephemeral"]
        if self.error is not None:
            raise self.error
        self.sent.append(text)

    async def send(self, text: str, **options: Any) -> None:
        await self.send_message(f"followup: {text}", **options)


def http_error(status: int, code: int) -> discord.HTTPException:
    response = cast("aiohttp.ClientResponse", SimpleNamespace(status=status, reason="?"))
    return discord.HTTPException(response, {"code": code, "message": "?"})


@pytest.mark.parametrize(
    ("error", "sure"),
    [
        (http_error(404, 10062), True),
        (http_error(400, 40060), False),
        (http_error(500, 0), False),
        (aiohttp.ClientError(), False),
        (TimeoutError(), False),
        (OSError(), False),
    ],
)
async def test_only_discords_own_word_makes_a_missing_acknowledgement_sure(
    error: Exception, sure: bool
) -> None:
    acknowledge = deferral(interaction(response=Answers(error=error)), private=False)
    with pytest.raises(NotAcknowledged) as caught:
        await acknowledge()
    assert caught.value.sure is sure


@pytest.mark.parametrize(("asked", "forced"), [(False, False), (True, False), (False, True)])
async def test_an_acknowledgement_is_private_when_asked_or_forced(asked: bool, forced: bool) -> None:
    answer = SimpleNamespace(message_id=5, is_ephemeral=lambda: forced)
    got = await deferral(interaction(response=Answers(answer=answer)), private=asked)()
    assert (got.message_id, got.ephemeral) == (5, asked or forced)


async def told(raised: BaseException, **changes: Any) -> list[str]:
    answers = Answers(**changes)
    await answer_error(interaction(response=answers, followup=answers), raised)
    return answers.sent


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TooLate(), refusals.refusal(TooLate())),
        (Unshowable("x"), say("answer.cannot_delete")),
        (Delayed("x"), say("answer.error")),
        (RuntimeError("secret"), say("answer.error")),
    ],
)
async def test_every_error_is_answered_privately_in_our_words(error: Exception, text: str) -> None:
    assert await told(error) == [text]
    assert await told(error, answered=True) == [f"followup: {text}"]


async def test_a_replayed_interaction_is_answered_by_nobody() -> None:
    assert await told(AlreadyRecorded("1")) == []


async def test_an_expired_interaction_is_no_error() -> None:
    assert await told(TooLate(), error=http_error(404, 10062)) == []


async def test_an_autocomplete_is_never_answered_with_an_error() -> None:
    answers = Answers()
    kind = discord.InteractionType.autocomplete
    await answer_error(interaction(response=answers, followup=answers, type=kind), RuntimeError())
    assert answers.sent == []


@pytest.mark.parametrize(
    ("agreed", "custom_id"), [(57.75, "g1:confirm:1001"), (40.0, "g1:confirm:1001:57.75")]
)
def test_a_yes_to_a_price_that_rose_names_it(agreed: float, custom_id: str) -> None:
    view = buttons.view_of(a_generation(price=57.75, agreed=agreed), [Press.CONFIRM])
    assert view is not None
    (button,) = view.children
    assert cast("Any", button).custom_id == custom_id


@pytest.mark.parametrize(
    ("custom_id", "price"),
    [("g1:confirm:1001", None), ("g1:confirm:1001:1e+22", "1e+22"), ("g1:confirm:1001:57.75", "57.75")],
)
async def test_cards_of_older_versions_name_none(custom_id: str, price: str | None) -> None:
    match = buttons.ConfirmButton.__discord_ui_compiled_template__.fullmatch(custom_id)
    assert match is not None
    button = await buttons.ConfirmButton.from_custom_id(interaction(), cast("Any", None), match)
    assert (button.generation_id, button.price, button.custom_id) == ("1001", price, custom_id)


@pytest.mark.parametrize(
    ("user", "guild", "own"),
    [(True, False, True), (True, True, False), (False, True, False), (False, False, False)],
)
def test_whose_install_a_request_came_by(user: bool, guild: bool, own: bool) -> None:
    asked = interaction(is_user_integration=lambda: user, is_guild_integration=lambda: guild)
    assert caller_of(asked).origin.own_app is own
