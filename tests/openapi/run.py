"""A rich run: one bot does most of what it can do, while the sandbox keeps every body."""

from typing import Any

from tests.e2e.acting import all_known, modal, says, set_scenario, through_the_button
from tests.e2e.stage import Json, Stage, labels
from tests.e2e.things import picture

KEPT = 20_000
"""Records; a run has about a tenth of it."""

GEMINI = "model_google-gemini-3-1-flash"
POSTER = "wflow_Poster8s2kQm4nVb7x"
PLACES = ("dm:alice", "away:alice", "hushed:alice", "private:alice", "guild2/general")


async def play(one: Stage) -> list[Json]:
    """What crossed the wire, from before the bot's start; the stage has no bot yet."""
    await one.post("/settings", wire={"bodies": True, "kept": KEPT})
    await one.start_bot(MEMBER_IN_FLIGHT="0", CONFIRM_ABOVE_CU="11")
    await all_known(one)
    await set_scenario(one, seconds=0)
    for part in (_pictures, _media, _words, _forms, _menus, _threads, _trouble):
        await part(one)
    records: list[Json] = (await one.get("/wire"))["records"]
    assert len(records) < KEPT, "the first ones are lost"
    return records


async def _pictures(one: Stage) -> None:
    card = await one.settled(await one.imagine("a red fox", spoiler=True))
    again = await one.settled(await one.press(card, "Again"))
    question = await one.answer(await one.press(again, "Delete"))
    await one.press(question, "Delete it")
    await one.settled(await one.imagine("after a drawing", reference=picture(), private=True))
    dear = await one.imagine("two dear ones", model=GEMINI, count=2)
    await one.press(await says(one, dear, "This costs"), "Cancel")
    await one.settled(dear)
    for place in PLACES:
        await one.settled(await one.imagine("somewhere else", channel=place), channel=place)
    with_file: dict[str, Any] = {"prompt": "a", "reference": picture()}
    await one.post("/autocomplete", **_asked("imagine"), options=with_file, focused="model")


async def _media(one: Stage) -> None:
    orders: dict[str, Json] = {
        "edit": {"prompt": "at night", "image": picture()},
        "video": {"prompt": "a fox walks"},
        "music": {"prompt": "a slow waltz"},
        "speech": {"text": "Good morning."},
        "3d": {"image": picture()},
        "upscale": {"image": picture()},
        "cutout": {"image": picture()},
        "vectorize": {"image": picture()},
    }
    for name, options in orders.items():
        await _bought(one, await _command(one, name, **options))


async def _words(one: Stage) -> None:
    for name in ("help", "about", "jobs", "models"):
        await one.answer(await _command(one, name))
    await one.post("/members", member="bob", locale="fr")
    await one.answer(await _command(one, "help", member="bob"), member="bob")
    await one.answer(await one.imagine("no such thing", model="nothing of that name"))


async def _forms(one: Stage) -> None:
    form = await through_the_button(one, await _command(one, "generate", model="model_bfl-flux-1-dev"))
    first_page = await one.answer(await _submit(one, form, prompt="by a form"))
    await _bought(one, await one.press(first_page, "Generate"))
    run = await through_the_button(one, await _command(one, "workflow run", workflow=POSTER))
    await one.press(await says(one, await _submit(one, run, text1="a poster"), "This costs"), "Generate")


async def _menus(one: Stage) -> None:
    said = await one.post("/say", member="bob", channel="general", content="look", files=[picture()])
    for menu in ("Edit", "Use as reference", "Animate", "Make 3D"):
        await modal(one, await _command(one, menu, target=said["message_id"]))


async def _threads(one: Stage) -> None:
    await one.post("/channels", channel="ideas", forum=True)
    post = await one.post("/threads", member="alice", channel="ideas", name="foxes", content="more foxes")
    thread = await one.post("/threads", member="alice", channel="general", name="quiet", private=True)
    for place in (str(post["channel_id"]), str(thread["channel_id"])):
        await one.settled(await one.imagine("in a thread", channel=place), channel=place)
        await one.post("/thread", member="mod", channel=place, archived=True)
        await one.settled(await one.imagine("and again", channel=place), channel=place)


async def _trouble(one: Stage) -> None:
    """Answers that are no success: a limit, a message that is gone, a place without a right."""
    await one.fault(half="discord", kind="rate_limit", method="PATCH", path="/webhooks/*", retry_after=0.1)
    await one.settled(await one.imagine("after a limit"))
    await one.post("/permissions", channel="brainstorm", deny=["ATTACH_FILES", "EMBED_LINKS"])
    await one.answer(
        await one.imagine("where nothing may be shown", channel="brainstorm"), channel="brainstorm"
    )
    await set_scenario(one, seconds=2)
    lost = await one.imagine("to be deleted meanwhile")
    card = await one.answer(lost)
    await one.post("/delete", member="mod", message_id=card["id"])
    await one.settled(lost, card="kept")


async def _bought(one: Stage, generation: str) -> None:
    """To the end, with a yes where the card asks for one."""

    async def over() -> bool:
        card = one.record(generation).get("card")
        found = await one.answers(generation)
        if found and "Generate" in labels(found[-1]):
            await one.press(found[-1], "Generate")
        return card == "settled"

    await one.until(over, f"{generation} to be settled")


async def _submit(one: Stage, form: str, **values: object) -> str:
    answer = await one.post("/submit", member="alice", interaction_id=form, values=values)
    return str(answer["interaction_id"])


def _asked(name: str, member: str = "alice") -> Json:
    return {"member": member, "channel": "general", "name": name}


async def _command(one: Stage, name: str, *, member: str = "alice", **options: Any) -> str:
    answer = await one.post("/command", **_asked(name, member), options=options)
    return str(answer["interaction_id"])
