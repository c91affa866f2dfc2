"""Members and servers of two languages: the card speaks its place's, every answer its asker's."""

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest_asyncio

from tests.e2e.acting import fate, pressed, says, set_scenario, tidy, vanished
from tests.e2e.stage import ON_A_PICTURE, Json, Stage, images, labels, stage, text_of

FRENCH_SERVER = "guild2/general"


@pytest_asyncio.fixture
async def two() -> AsyncGenerator[Stage]:
    """camille speaks French and everybody else English; so do the second server and the first."""
    async with stage(MEMBER_IN_FLIGHT="2", MEMBER_WAITING="0") as one:
        await one.post("/members", member="camille", locale="fr")
        await one.post("/guilds", guild="Second Server", locale="fr")
        async with tidy(one):
            yield one


async def told(one: Stage, name: str, *, member: str, channel: str = "general", **options: Any) -> Json:
    """What a command answers, privately."""
    body: Json = {"member": member, "channel": channel, "name": name, "options": options}
    answer = await one.answer(
        str((await one.call("POST", "/command", json=body))["interaction_id"]), member=member, channel=channel
    )
    assert answer["ephemeral"]
    return answer


async def test_a_french_member_of_an_english_server_is_answered_in_french_on_an_english_card(
    two: Stage,
) -> None:
    generation = await two.imagine("un renard", member="camille")
    card = await two.settled(generation, member="camille")
    assert "seed `" in text_of(card)
    assert labels(card) == ON_A_PICTURE
    question = await two.answer(await two.press(card, "Delete", member="camille"), member="camille")
    assert question["content"] == "Supprimer cette carte pour tout le monde\u00a0?"
    assert labels(question) == ["La supprimer", "La garder"]
    await two.press(question, "La garder", member="camille")
    await vanished(two, question, member="camille")
    assert (await pressed(two, card, "Delete", member="bob")).startswith("Only <@")


async def test_refusals_before_and_after_the_record_are_in_the_askers_language(two: Stage) -> None:
    at_once = await two.imagine("x", member="camille", model="zzzzqqqq")
    answer = await two.answer(at_once, member="camille")
    why, _, given_back = answer["content"].partition("\n")
    assert why == "Aucun modèle ne s’appelle «\u00a0zzzzqqqq\u00a0». Rien n’a été facturé."
    assert given_back == "Vos mots\u00a0:\n```\nx\n```"
    later = await two.imagine("x", member="camille", model="model_not-there")

    async def alone() -> Json | None:
        found = await two.answers(later, member="camille")
        return found[0] if len(found) == 1 and found[0]["content"] else None

    withdrawn = await two.until(alone, "the refusal that came later")
    assert withdrawn["ephemeral"]
    assert "Scenario ne connaît pas ce modèle" in withdrawn["content"]
    assert "Rien n’a été facturé." in withdrawn["content"]
    unknown = await told(two, "show", member="camille", id="404")
    assert unknown["content"] == "Cette demande n’existe pas, ou vous ne pouvez pas la voir."


async def test_an_english_member_of_a_french_server_is_answered_in_english_on_a_french_card(
    two: Stage,
) -> None:
    generation = await two.imagine("a fox", channel=FRENCH_SERVER)
    card = await two.settled(generation, channel=FRENCH_SERVER)
    assert "graine `" in text_of(card)
    assert labels(card) == ["Encore", "Varier", "Agrandir", "Animer", "Supprimer"]
    question = await two.answer(await two.press(card, "Supprimer"), channel=FRENCH_SERVER)
    assert question["content"] == "Delete this card for everyone?"
    again = await two.settled(await two.press(card, "Encore"), channel=FRENCH_SERVER)
    assert labels(again) == ["Encore", "Varier", "Agrandir", "Animer", "Supprimer"]


async def test_a_direct_message_is_french_throughout(two: Stage) -> None:
    generation = await two.imagine("un chat", member="camille", channel="dm:camille")
    card = await two.settled(generation, member="camille", channel="dm:camille")
    assert "graine `" in text_of(card)
    assert labels(card) == ["Encore", "Varier", "Agrandir", "Animer", "Supprimer"]


async def test_jobs_help_and_about_are_french_for_a_french_member(two: Stage) -> None:
    await set_scenario(two, parallel=0)
    generation = await two.imagine("en attente", member="camille")
    await says(two, generation, "Waiting for a free slot", member="camille")
    listed = await told(two, "jobs", member="camille")
    assert "Vos demandes en cours" in text_of(listed)
    assert "En attente d’une place, numéro 1 dans la file" in text_of(listed)
    assert labels(listed) == ["Annuler 1"]
    second = await two.imagine("en attente aussi", member="camille")
    await fate(two, second, "requested")
    third = await two.imagine("de trop", member="camille")
    full = await two.answer(third, member="camille")
    assert full["content"].startswith("Vous avez 2 tâches en cours ou en attente\u00a0; la limite est de 2.")
    shown = await told(two, "show", member="camille", id=generation)
    assert shown["content"].startswith("Cette demande est encore en cours. Sa carte\u00a0: https://")
    answer = await pressed(two, listed, "Annuler 1", member="camille")
    assert answer == "Demande annulée. Rien n’a été facturé."
    await two.settled(generation, member="camille")
    assert "Canceled" in text_of((await two.answers(generation, member="camille"))[0])
    assert "`/imaginer`" in text_of(await told(two, "help", member="camille"))
    assert "2 demandes à la fois" in text_of(await told(two, "help", member="camille"))
    assert "Logiciel libre" in text_of(await told(two, "about", member="camille"))
    assert "Open source" in text_of(await told(two, "about", member="bob"))


async def test_two_members_at_the_same_time_are_each_answered_in_their_language(two: Stage) -> None:
    members = ("camille", "bob") * 5
    answers = await asyncio.gather(*(told(two, "jobs", member=member) for member in members))
    contents = [answer["content"] for answer in answers]
    assert contents == ["Vous n’avez aucune demande en cours.", "You have no requests in progress."] * 5


async def test_a_french_picture_brought_back_after_a_restart_keeps_its_language(two: Stage) -> None:
    generation = await two.imagine("un phare", channel=FRENCH_SERVER)
    await two.settled(generation, channel=FRENCH_SERVER)
    await two.kill_bot()
    await two.start_bot()
    body: Json = {"member": "alice", "channel": FRENCH_SERVER, "name": "show", "options": {"id": generation}}
    interaction = str((await two.call("POST", "/command", json=body))["interaction_id"])
    card = await two.answer(interaction, channel=FRENCH_SERVER)
    assert len(images(card)) == 1
    assert "graine `" in text_of(card)
    assert labels(card) == ["Encore", "Varier", "Agrandir", "Animer"]


async def test_discord_has_every_command_in_french(two: Stage) -> None:
    address = f"{two.addresses['discord_base_url']}/applications/{two.addresses['application_id']}/commands"
    headers = {"Authorization": f"Bot {two.addresses['discord_token']}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(address, params={"with_localizations": "true"}) as reply,
    ):
        commands: list[Json] = await reply.json()
    french = {one["name"]: one["name_localizations"]["fr"] for one in commands}
    some = {"imagine": "imaginer", "show": "montrer", "jobs": "encours", "help": "aide", "about": "apropos"}
    some |= {"edit": "modifier", "video": "vidéo", "speech": "voix", "3d": "3d", "Animate": "Animer"}
    assert french.items() >= some.items()
    typed = [one for one in commands if one["type"] == 1]
    for part in [*typed, *(option for one in typed for option in one["options"])]:
        assert re.fullmatch(r"[-_'\w]{1,32}", part["name_localizations"]["fr"])
        assert 1 <= len(part["description_localizations"]["fr"]) <= 100
