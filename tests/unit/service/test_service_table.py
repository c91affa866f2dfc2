"""The table of a finished card: each button and entry × who presses × in which state × one picture, or the
third of four. Every cell says what comes of it, on the real service and the real store."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any, Final

import pytest

from bot.actions.actions import RECIPES, Action, Place
from bot.generation.card import CardState, Removal
from bot.generation.model import Fate, Generation, Membership, Output, key_of
from bot.generation.ports import Guard
from bot.refusals import (
    AlreadyAsked,
    Lacking,
    NoPicture,
    NoSuchGeneration,
    NoSuchResult,
    NotAllowed,
    NotDone,
    Public,
    Refusal,
    Removed,
    ScenarioSilent,
    WhichResult,
)
from bot.request.ask import Ask
from bot.scenario.api.errors import Unavailable
from bot.service.caller import Actor, Caller
from bot.service.results import as_file
from bot.vocabulary import Medium
from tests.support.bench import Bench, a_bench
from tests.support.builders import GUILD, MODEL, MODERATOR, OWNER, STRANGER, a_caller, a_card, a_generation
from tests.unit.actions.test_planning import EVERY, OF_FILMS, QUICK

CARD: Final = "1001"
ONE: Final = ("asset_1",)
FOUR: Final = ("asset_1", "asset_2", "asset_3", "asset_4")
WHO: Final = {"owner": OWNER, "stranger": STRANGER, "moderator": MODERATOR}
STATES: Final = ("fresh", "restarted", "twice", "deleted by its owner", "deleted by a moderator", "gone")
"""Gone: somebody deleted the message in Discord, of which nobody was told."""

MADE: Final = None
"""What was asked for is done, for whoever pressed."""
Outcomes = Mapping[tuple[str, str], type[Refusal] | None]

NEW: Final[Outcomes] = {
    **{(who, state): MADE for who in WHO for state in ("fresh", "restarted", "twice")},
    ("owner", "deleted by its owner"): MADE,
    ("stranger", "deleted by its owner"): NoSuchGeneration,
    ("moderator", "deleted by its owner"): NoSuchGeneration,
    ("owner", "deleted by a moderator"): Removed,
    ("stranger", "deleted by a moderator"): NoSuchGeneration,
    ("moderator", "deleted by a moderator"): MADE,
    ("owner", "gone"): MADE,
    ("stranger", "gone"): NoSuchGeneration,
    ("moderator", "gone"): MADE,
}
"""Of everything that makes or tells something: it is open to whoever sees the card."""
AGAIN: Final[Outcomes] = {**NEW, ("stranger", "gone"): MADE}
"""Again is pressed on the card itself, which is there as long as it can be pressed."""
MINE: Final[Outcomes] = {
    (who, state): NotAllowed if who == "stranger" else MADE for who in WHO for state in STATES
}
"""Delete: of a card that is gone it changes nothing any more, and says so to nobody."""
SHARED: Final[Outcomes] = {
    (who, state): MADE if who == "owner" else NotAllowed for who in WHO for state in STATES
}


async def _everything(channel_id: int) -> bool:
    del channel_id
    return True


def caller(who: str, id_: str) -> Caller:
    return a_caller(
        id_, owner_id=WHO[who], guild_id=GUILD, moderates=lambda: who == "moderator", sees=_everything
    )


async def ready(assets: tuple[str, ...], state: str, bench: Bench, **changes: Any) -> Generation:
    """A finished card in this state."""
    removed = {"deleted by its owner": Removal.OWNER, "deleted by a moderator": Removal.MODERATOR}.get(state)
    fields: dict[str, Any] = {
        "fate": Fate.SUCCEEDED,
        "job_id": "job_1",
        "cu": 4.0,
        "ask": Ask(prompt="a cat", seed=5),
        "outputs": tuple(Output(asset_id=one) for one in assets),
        "card": CardState.KEPT if removed else CardState.SETTLED,
        "removed": removed,
    }
    generation = await bench.put(a_generation(**{"id": CARD, **fields, **changes}))
    if state == "gone":
        bench.delivery.gone.add(generation.card.message_id)
    for model in EVERY:
        bench.studio.catalogued[model.id] = model
    if state == "restarted":
        bench.reborn()
    await bench.process.catalogue.refresh()
    for model in EVERY:
        await bench.process.catalogue.read(model.id)
    return generation


def films(bench: Bench, *assets: str) -> None:
    bench.studio.kinds |= dict.fromkeys(assets, "video")
    bench.studio.last_frames |= {one: f"{one}{LAST}" for one in assets}


async def build(bench: Bench, action: Action, who: str, number: int | None, id_: str) -> None:
    """Press the button of the question, which is another message than the card."""
    building, asker, place = bench.service.building, caller(who, id_), Place(CARD, number)
    source, planned = await building.plan(asker, action, place, "in snow", message_id=80_000)
    await building.build(asker, action, place, source, planned, bench.acknowledge, private=False)


async def press(bench: Bench, what: str, who: str, number: int | None, id_: str) -> None:
    service, asker = bench.service, caller(who, id_)
    actor = Actor(id=WHO[who], moderator=who == "moderator")
    match what:
        case "again":
            await service.asking.again(asker, CARD, bench.acknowledge, private=False)
        case "original":
            await service.showing.originals(CARD, asker)
        case "delete":
            await service.acting.deletable(CARD, actor)
            await service.acting.delete(CARD, actor)
        case Action.DETAILS:
            await service.showing.pressed(CARD, asker, message_id=80_000)
        case Action.SHARE:
            await service.sharing.share(CARD, asker, bench.acknowledge)
        case (
            Action.EMOJI | Action.STICKER | Action.SOUNDBOARD
        ):  # the right to add it is the interface's to check
            basis = await service.building.basis(asker, Action(what), CARD, message_id=80_000)
            assert as_file(basis.generation, basis.made, number, "image").asset_id == f"asset_{number or 1}"
        case Action.VOICE:  # and so is the right to send it
            building, place = service.building, Place(CARD, number)
            basis = await building.basis(asker, Action.VOICE, CARD, message_id=80_000)
            async with building.once(asker, Action.VOICE, place):
                given = as_file(basis.generation, basis.made, number, "audio")
                assert given.asset_id == f"asset_{number or 1}"
        case _:
            await build(bench, Action(what), who, number, id_)


async def outcome(bench: Bench, what: str, who: str, number: int | None, id_: str) -> type[Refusal] | None:
    try:
        await press(bench, what, who, number, id_)
    except Refusal as refusal:
        return type(refusal)
    return MADE


OUTCOMES: Final[Mapping[str, Outcomes]] = {
    "again": AGAIN,
    "original": NEW,
    "delete": MINE,
    **dict.fromkeys(Action, NEW),
    Action.SHARE: SHARED,
}
MAKERS: Final = (*RECIPES, Action.WORDS, Action.IMPROVE, Action.FULL)
LAST: Final = "_last"
"""Behind the id of a film: the asset that its last picture is."""


@pytest.mark.parametrize("number", [None, 3], ids=["one", "third of four"])
@pytest.mark.parametrize("what", OUTCOMES)
async def test_each_cell(what: str, number: int | None) -> None:
    told = OUTCOMES[what]
    assert set(told) == set(product(WHO, STATES))
    for (who, state), expected in told.items():
        async with a_bench() as bench:
            changes: dict[str, Any] = {"private": what == Action.SHARE}
            if what in OF_FILMS:
                films(bench, *FOUR)
                changes["medium"] = Medium.VIDEO
            if what in {Action.SOUNDBOARD, Action.VOICE}:
                bench.studio.kinds |= dict.fromkeys(FOUR, "audio")
                changes["medium"] = Medium.AUDIO
            if what == Action.FULL:
                changes |= {"model_id": QUICK.id, "inputs": {"prompt": "a cat", "seed": 5}}
                bench.studio.seeds |= {one: str(20 + at) for at, one in enumerate(FOUR, start=1)}
            await ready(FOUR if number else ONE, state, bench, **changes)
            found = await outcome(bench, what, who, number, "2001")
            assert found is expected, (what, who, state)
            made = await bench.store.get("2001")
            if what in MAKERS or what == "again":
                assert (made is not None) is (expected is MADE), (what, who, state)
            else:
                assert made is None
            if made is not None:
                assert (made.origin.owner_id, made.parent_id) == (WHO[who], CARD)
                begins = what in RECIPES or what == Action.FULL
                assert made.built_on == (CARD if begins else None), (what, who, state)
                begun = [one.asset_id for one in made.ask.files]
                expects = f"asset_{number or 1}{LAST if what == Action.EXTEND else ''}"
                assert begun == ([expects] if what in RECIPES else []), (what, who, state)
                if what == Action.FULL:
                    assert (made.model_id, made.ask.prompt) == (MODEL, "a cat"), (who, state)
                    of = (21, CARD) if number is None else (23, f"{CARD}-3")
                    assert (made.ask.seed, made.ask.full_of) == of, (who, state)
            if state == "twice":
                await second(bench, what, who, number)


async def second(bench: Bench, what: str, who: str, number: int | None) -> None:
    """The other press of a double click makes nothing more."""
    found = await outcome(bench, what, who, number, "2002")
    assert await bench.store.get("2002") is None
    match what:
        case "delete" | Action.DETAILS | Action.EMOJI | Action.STICKER | Action.SOUNDBOARD:
            assert found is (NotAllowed if what == "delete" and who == "stranger" else MADE)
        case Action.SHARE:
            assert found is (Public if who == "owner" else NotAllowed)
        case _:
            assert found is AlreadyAsked, (what, who)


async def test_what_was_refused_may_be_tried_again_at_once() -> None:
    async with a_bench() as bench:
        await ready(ONE, "fresh", bench)
        bench.service.asking.close()
        assert await outcome(bench, Action.UPSCALE, "owner", None, "2001") is not MADE
        assert await outcome(bench, Action.UPSCALE, "owner", None, "2002") is not AlreadyAsked


async def test_a_private_card_is_nobody_elses_start() -> None:
    async with a_bench() as bench:
        await ready(ONE, "fresh", bench, private=True)
        for who, expected in (
            ("stranger", NoSuchGeneration),
            ("moderator", NoSuchGeneration),
            ("owner", MADE),
        ):
            assert await outcome(bench, Action.UPSCALE, who, None, f"200{len(who)}") is expected


async def test_what_is_gone_at_scenario_is_counted_by_nobody() -> None:
    async with a_bench() as bench:
        await ready(FOUR, "fresh", bench)
        bench.studio.gone.add("asset_2")
        assert await outcome(bench, Action.UPSCALE, "owner", 2, "2001") is MADE
        made = await bench.get("2001")
        assert [one.asset_id for one in made.ask.files] == ["asset_3"]  # the second that is seen
        assert made.ask.files[0].filename == "1001-2"


async def test_the_pictures_are_counted_among_what_else_a_job_gave() -> None:
    async with a_bench() as bench:
        await ready(("asset_note", "asset_1", "asset_2"), "fresh", bench)
        bench.studio.kinds["asset_note"] = "json"
        assert await outcome(bench, Action.CUTOUT, "owner", 2, "2001") is MADE
        assert [one.asset_id for one in (await bench.get("2001")).ask.files] == ["asset_2"]


@pytest.mark.parametrize(("outputs", "number", "told"), [(ONE, None, MADE), (FOUR, 3, ScenarioSilent)])
async def test_while_scenario_does_not_say_what_is_there_only_a_picture_alone_is_sure_to_be_meant(
    outputs: tuple[str, ...], number: int | None, told: type[Refusal] | None
) -> None:
    """If one of several is gone the others are counted otherwise: a press would buy something of another."""
    async with a_bench() as bench:
        await ready(outputs, "fresh", bench)
        bench.studio.forever["assets"] = Unavailable("silence")
        assert await outcome(bench, Action.CUTOUT, "owner", number, "2001") is told
        assert (await bench.store.get("2001") is None) is (told is not MADE)


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({"fate": Fate.RUNNING, "outputs": ()}, Lacking.NOT_YET),
        ({"fate": Fate.FAILED, "outputs": ()}, Lacking.NOTHING),
        ({"medium": Medium.VIDEO}, Lacking.OTHER),
    ],
)
async def test_where_there_is_no_picture_it_says_why(changes: dict[str, Any], lacking: Lacking) -> None:
    async with a_bench() as bench:
        await ready(ONE, "fresh", bench, **changes)
        with pytest.raises(NoPicture) as refused:
            await build(bench, Action.ANIMATE, "owner", None, "2001")
        assert refused.value.lacking is lacking


async def test_which_one_must_be_said_and_must_be_there() -> None:
    async with a_bench() as bench:
        await ready(FOUR, "fresh", bench)
        assert await outcome(bench, Action.UPSCALE, "owner", None, "2001") is WhichResult
        assert await outcome(bench, Action.UPSCALE, "owner", 5, "2002") is NoSuchResult
        assert (
            await outcome(bench, Action.WORDS, "owner", None, "2003") is MADE
        )  # of the request, not a picture


async def test_on_a_sheet_the_numbers_are_those_that_stand_there() -> None:
    async with a_bench() as bench:
        await ready(ONE, "fresh", bench, id="1000")  # another card: the models are known from here on
        jobs = [
            a_generation(
                key_of(CARD, number),
                interaction_id=CARD,
                on_card=a_card(CARD),
                membership=Membership(group_id=CARD, number=number, size=3),
                ask=Ask(prompt=f"{color} fox", pattern="{red, blue, green} fox"),
                fate=Fate.FAILED if color == "blue" else Fate.SUCCEEDED,
                job_id=f"job_{color}",
                outputs=() if color == "blue" else (Output(asset_id=f"asset_{color}"),),
            )
            for number, color in enumerate(("red", "blue", "green"), start=1)
        ]
        await bench.store.record(jobs[0], Guard(), siblings=jobs[1:])
        with pytest.raises(WhichResult) as which:
            await build(bench, Action.UPSCALE, "owner", None, "2001")
        assert which.value.numbers == (1, 3)
        assert await outcome(bench, Action.UPSCALE, "owner", 2, "2001") is NoSuchResult
        assert await outcome(bench, Action.VARY, "owner", 3, "2001") is MADE
        made = await bench.get("2001")
        assert [(one.asset_id, one.filename) for one in made.ask.files] == [("asset_green", "1001-3")]
        assert made.ask.prompt == "green fox"


async def test_what_no_model_does_any_more_is_told() -> None:
    async with a_bench() as bench:
        await bench.put(a_generation(CARD, fate=Fate.SUCCEEDED, outputs=(Output(asset_id="asset_1"),)))
        await bench.process.catalogue.refresh()  # one model, which takes words only
        assert await outcome(bench, Action.UPSCALE, "owner", None, "2001") is NotDone


async def test_the_same_words_again_are_another_picture_and_other_words_keep_the_seed() -> None:
    async with a_bench() as bench:
        source = await ready(ONE, "fresh", bench)
        asker, building = caller("owner", "2001"), bench.service.building
        for words, seed in ((" a cat ", None), ("a dog", 5)):
            _, planned = await building.plan(asker, Action.WORDS, Place(CARD), words, message_id=70_000)
            assert (planned.ask.seed, planned.ask.prompt) == (seed, words)
        assert source.ask.seed == 5
        await bench.put(replace(a_generation("1002"), ask=Ask()))
        with pytest.raises(NotDone):
            await building.plan(asker, Action.WORDS, Place("1002"), "a dog", message_id=70_000)


# -- drafts -----------------------------------------------------------------------------------------------


async def test_of_several_drafts_one_whose_seed_nobody_tells_is_not_made_full() -> None:
    async with a_bench() as bench:
        await ready(FOUR, "fresh", bench, model_id=QUICK.id)
        bench.studio.seeds = {"asset_1": "21", "asset_2": "none"}
        for number in (2, 3):
            with pytest.raises(NoPicture) as refused:
                await build(bench, Action.FULL, "owner", number, f"200{number}")
            assert refused.value.lacking is Lacking.SEED
        assert await outcome(bench, Action.FULL, "owner", 1, "2004") is MADE


@pytest.mark.parametrize(("told", "seed"), [({"asset_1": "21"}, 21), ({"asset_1": "none"}, 5), ({}, 5)])
async def test_the_seed_of_a_result_is_the_one_that_its_asset_names_else_the_one_that_was_sent(
    told: dict[str, str], seed: int
) -> None:
    async with a_bench() as bench:
        await ready(ONE, "fresh", bench, model_id=QUICK.id, inputs={"prompt": "a cat", "seed": 5})
        bench.studio.seeds = told
        assert await outcome(bench, Action.FULL, "owner", None, "2001") is MADE
        assert (await bench.get("2001")).ask.seed == seed


async def test_what_is_no_draft_is_not_made_full() -> None:
    async with a_bench() as bench:
        await ready(ONE, "fresh", bench)
        assert await outcome(bench, Action.FULL, "owner", None, "2001") is NotDone


async def test_again_and_other_words_are_no_longer_what_a_draft_showed() -> None:
    async with a_bench() as bench:
        await ready(ONE, "fresh", bench, ask=Ask(prompt="a cat", seed=5, full_of="900"))
        asker, building = caller("owner", "2001"), bench.service.building
        _, planned = await building.plan(asker, Action.WORDS, Place(CARD), "a dog", message_id=70_000)
        assert (planned.ask.seed, planned.ask.full_of) == (5, None)
        assert await outcome(bench, "again", "owner", None, "2002") is MADE
        assert (await bench.get("2002")).ask.full_of is None


# -- films ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("silent", [False, True])
async def test_a_film_without_a_last_picture_is_not_extended_and_nobody_is_asked_for_words(
    silent: bool,
) -> None:
    async with a_bench() as bench:
        await ready(ONE, "fresh", bench, medium=Medium.VIDEO)
        films(bench, *ONE)
        if silent:
            bench.studio.forever["assets"] = Unavailable("silence")
        else:
            bench.studio.last_frames.clear()
        with pytest.raises(ScenarioSilent if silent else NoPicture) as refused:
            await bench.service.building.basis(
                caller("owner", "2001"), Action.EXTEND, CARD, message_id=70_000
            )
        lacking = refused.value.lacking if isinstance(refused.value, NoPicture) else None
        assert lacking is (None if silent else Lacking.LAST_FRAME)


async def test_of_several_films_only_the_one_without_a_last_picture_is_not_extended() -> None:
    async with a_bench() as bench:
        await ready(("asset_1", "asset_2"), "fresh", bench, medium=Medium.VIDEO)
        films(bench, "asset_1", "asset_2")
        del bench.studio.last_frames["asset_1"]
        assert await outcome(bench, Action.EXTEND, "owner", 1, "2001") is NoPicture
        assert await outcome(bench, Action.EXTEND, "owner", 2, "2002") is MADE
        assert [one.content_type for one in (await bench.get("2002")).ask.files] == ["image/*"]


async def test_a_film_that_is_named_as_a_first_frame_is_gone_on_with() -> None:
    async with a_bench() as bench:
        await ready(ONE, "fresh", bench, medium=Medium.VIDEO)
        films(bench, *ONE)
        given = await bench.service.showing.given(Place(CARD), caller("owner", "2001"), "first_frame")
        assert (given.asset_id, given.content_type, given.filename) == ("asset_1_last", "image/*", CARD)
        whole = await bench.service.showing.given(Place(CARD), caller("owner", "2002"), "video")
        assert (whole.asset_id, whole.content_type) == ("asset_1", "video/*")
