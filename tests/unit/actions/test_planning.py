"""What a card offers is what its models can do, and what a press asks for is what they take."""

from dataclasses import replace
from typing import Any

import pytest

from bot.actions.actions import EXPRESSIONS, Action, Place, built_on, place_named
from bot.actions.planning import KINDS, full, improved, offered, plan, words_of
from bot.catalogue import Catalogue
from bot.catalogue.tasks import Task
from bot.generation.model import Fate, Generation, Output
from bot.request.ask import Ask, InputFile
from bot.request.parts import prompts_of
from bot.scenario.api.prompting import DESCRIBE, HELPS, IMPROVE, model_of
from bot.scenario.api.records import Input, Model
from bot.vocabulary import Medium
from tests.support.builders import MODEL, PROMPT, SEED, a_generation, a_model
from tests.support.clock import HeldClock
from tests.support.studio import FakeStudio

PICTURE = Input(name="image", type="file", kind="image", parent=True)
NEEDED = replace(PICTURE, required={"always": True})
STRENGTH = Input(name="strength", type="number", min=0, max=1, step=0.01)
UPSCALER = a_model("model_up", name="Upscaler", capabilities=("img2img",), tags=("tool",), inputs=(NEEDED,))
CUTTER = a_model("model_cut", name="Remove BG", capabilities=("img2img",), tags=("tool",), inputs=(NEEDED,))
TRACER = a_model("model_svg", name="Vectorizer", capabilities=("img2img",), tags=("tool",), inputs=(NEEDED,))
FILMER = a_model("model_film", name="Filmer", capabilities=("img2video",), tags=(), inputs=(PROMPT, NEEDED))
SOLID = a_model("model_3d", name="Solid", capabilities=("img23d",), tags=(), inputs=(NEEDED,))
EDITOR = a_model("model_edit", name="Kontext", capabilities=("img2img",), tags=(), inputs=(PROMPT, NEEDED))
SOFT = a_model(
    "model_soft", name="Soft", capabilities=("txt2img", "img2img"), inputs=(PROMPT, SEED, PICTURE, STRENGTH)
)
FILM = Input(name="video", type="file", kind="video", required={"always": True})
SCORER = a_model("model_score", name="Scorer", capabilities=("video2audio",), tags=(), inputs=(PROMPT, FILM))
QUICK = a_model("model_quick", name="Flux Fast", tags=())
EVERY = (a_model(), QUICK, UPSCALER, CUTTER, TRACER, FILMER, SOLID, EDITOR, SOFT, SCORER, *HELPS)
OF_FILMS = frozenset({Action.EXTEND, Action.SOUND})
OF_SOUNDS = frozenset({Action.VOICE, Action.SOUNDBOARD})
WORDS = frozenset({Action.WORDS, Action.IMPROVE})
MADE = (Output(asset_id="asset_a"),)
GIVEN = InputFile(role="reference", asset_id="asset_a", content_type="image/*")


async def knowing(*models: Model) -> Catalogue:
    catalogue = Catalogue(FakeStudio(HeldClock(), *models), HeldClock())
    await catalogue.refresh()
    for model in models:
        await catalogue.read(model.id)
    return catalogue


def done(**changes: Any) -> Generation:
    fields: dict[str, Any] = {"fate": Fate.SUCCEEDED, "job_id": "job_1", "outputs": MADE}
    return a_generation(**{**fields, **changes})


async def test_a_card_offers_all_that_some_model_does() -> None:
    found = offered(await knowing(*EVERY), done(), Medium.IMAGE)
    others = {Action.SHARE, Action.FULL, Action.VOICE, *OF_FILMS, *EXPRESSIONS}
    assert found == frozenset(Action) - others


@pytest.mark.parametrize(
    ("missing", "action"),
    [
        (UPSCALER, Action.UPSCALE),
        (CUTTER, Action.CUTOUT),
        (TRACER, Action.VECTORIZE),
        (FILMER, Action.ANIMATE),
        (SOLID, Action.SOLID),
        (SOFT, Action.STRONG),
        (model_of(DESCRIBE), Action.DESCRIBE),
    ],
    ids=lambda one: getattr(one, "id", one),
)
async def test_what_no_model_does_is_not_offered(missing: Model, action: Action) -> None:
    catalogue = await knowing(*(one for one in EVERY if one.id != missing.id))
    assert action not in offered(catalogue, done(), Medium.IMAGE)
    assert plan(catalogue, action, done(), GIVEN) is None


async def test_what_is_offered_follows_a_schema_that_changed_since() -> None:
    demanding = replace(FILMER, inputs=(PROMPT, NEEDED, replace(FILM, name="guide")))
    studio = FakeStudio(HeldClock(), demanding)
    clock = HeldClock()
    catalogue = Catalogue(studio, clock)
    await catalogue.refresh()
    await catalogue.read(FILMER.id)
    assert Action.ANIMATE not in offered(catalogue, done(), Medium.IMAGE)
    studio.catalogued[FILMER.id] = FILMER
    clock.jump(86_400)
    await catalogue.read(FILMER.id)
    assert Action.ANIMATE in offered(catalogue, done(), Medium.IMAGE)
    catalogue.withdraw(FILMER.id)
    assert Action.ANIMATE not in offered(catalogue, done(), Medium.IMAGE)


async def test_better_words_are_offered_where_somebody_writes_them() -> None:
    catalogue = await knowing(*(one for one in EVERY if one.id != IMPROVE))
    assert Action.IMPROVE not in offered(catalogue, done(), Medium.IMAGE)
    assert improved(catalogue, done()) is None
    knows = improved(await knowing(*EVERY), done())
    assert knows is not None
    assert (knows.task, knows.model_id, knows.ask) == (Task.PROMPT, IMPROVE, Ask(prompt=done().ask.prompt))


@pytest.mark.parametrize(
    ("changes", "medium", "found"),
    [
        ({"outputs": (Output(url="https://x/y"),)}, Medium.IMAGE, {*WORDS, Action.DETAILS}),
        ({"medium": Medium.AUDIO}, Medium.AUDIO, {*WORDS, Action.DETAILS, *OF_SOUNDS}),
        (
            {"medium": Medium.AUDIO, "spoiler": True},
            Medium.AUDIO,
            {*WORDS, Action.DETAILS, Action.SOUNDBOARD},
        ),
        ({"medium": Medium.AUDIO, "guild_id": None}, Medium.AUDIO, {*WORDS, Action.DETAILS, Action.VOICE}),
        ({"medium": Medium.VIDEO}, Medium.VIDEO, {*WORDS, Action.DETAILS, *OF_FILMS}),
        (
            {"ask": Ask(), "medium": Medium.AUDIO, "command": "music"},
            Medium.AUDIO,
            {Action.DETAILS, *OF_SOUNDS},
        ),
        ({"command": "workflow", "medium": Medium.AUDIO, "own_app": True}, Medium.AUDIO, {Action.DETAILS}),
        (
            {"private": True, "medium": Medium.AUDIO},
            Medium.AUDIO,
            {*WORDS, Action.DETAILS, Action.SHARE, *OF_SOUNDS},
        ),
        ({"private": True, "guild_id": None}, Medium.TEXT, {*WORDS, Action.DETAILS}),
    ],
)
async def test_what_there_is_to_begin_with_decides(
    changes: dict[str, Any], medium: Medium, found: set[Action]
) -> None:
    assert offered(await knowing(*EVERY), done(**changes), medium) == found


async def test_a_draft_is_made_full_where_the_full_model_is() -> None:
    catalogue, draft = await knowing(*EVERY), done(model_id=QUICK.id)
    assert Action.FULL in offered(catalogue, draft, Medium.IMAGE)
    for changes in ({"model_id": MODEL}, {"inputs": {"prompt": "a cat"}}, {"command": "upscale"}):
        assert Action.FULL not in offered(catalogue, done(**{"model_id": QUICK.id, **changes}), Medium.IMAGE)
    assert Action.FULL not in offered(await knowing(QUICK, SOFT), draft, Medium.IMAGE)


async def test_what_is_made_full_is_one_picture_with_its_words_and_its_seed() -> None:
    draft = done(model_id=QUICK.id, ask=Ask(prompt="a {cat}", count=4, seed=3, draft_of=MODEL))
    found = full(await knowing(*EVERY), draft, Place("1001", 3), "a {cat, dog}", 5)
    assert found is not None
    wanted = Ask(prompt="a {cat, dog}", pattern=r"a \{cat, dog\}", seed=5, full_of="1001-3")
    assert (found.task, found.model_id, found.ask) == (Task.IMAGINE, MODEL, wanted)
    assert built_on(found.ask) == "1001"
    assert full(await knowing(*EVERY), draft, Place("1001"), "a cat", None) is None


async def test_a_film_is_upscaled_where_a_model_takes_films() -> None:
    model = a_model(
        "model_topaz", name="Topaz Upscale", capabilities=("video2video",), tags=("tool",), inputs=(FILM,)
    )
    assert Action.UPSCALE in offered(await knowing(model), done(medium=Medium.VIDEO), Medium.VIDEO)
    assert Action.UPSCALE not in offered(await knowing(model), done(), Medium.IMAGE)


@pytest.mark.parametrize(("missing", "action"), [(FILMER, Action.EXTEND), (SCORER, Action.SOUND)])
async def test_a_film_is_extended_and_heard_where_a_model_does_that(missing: Model, action: Action) -> None:
    film = done(medium=Medium.VIDEO)
    assert action in offered(await knowing(*EVERY), film, Medium.VIDEO)
    catalogue = await knowing(*(one for one in EVERY if one.id != missing.id))
    assert action not in offered(catalogue, film, Medium.VIDEO)


async def test_a_cut_out_of_a_server_can_be_its_emoji_and_its_sticker() -> None:
    catalogue, both = await knowing(*EVERY), {Action.EMOJI, Action.STICKER}
    assert both <= offered(catalogue, done(command="cutout"), Medium.IMAGE)
    for changes in ({"guild_id": None}, {"own_app": True}, {"command": "imagine"}):
        found = offered(catalogue, done(**{"command": "cutout", **changes}), Medium.IMAGE)
        assert not found & set(EXPRESSIONS), changes


async def test_the_sound_of_a_film_is_made_by_a_model_that_takes_films() -> None:
    catalogue = await knowing(*EVERY, a_model("model_sfx", name="SFX", capabilities=("txt2audio",), tags=()))
    given = InputFile(role="video", asset_id="asset_a", content_type="video/*")
    found = plan(catalogue, Action.SOUND, done(medium=Medium.VIDEO), given, "rain")
    assert found is not None
    assert (found.task, found.model_id, found.ask.prompt) == (Task.SOUND, SCORER.id, "rain")
    alone = catalogue.default_for(Task.SOUND, frozenset({"txt"}))
    assert alone is not None
    assert alone.id == "model_sfx"  # words alone are no film


async def test_while_no_models_are_known_all_is_offered_and_the_default_taken() -> None:
    catalogue = Catalogue(FakeStudio(HeldClock()), HeldClock())
    others = {Action.SHARE, Action.FULL, Action.VOICE, *OF_FILMS, *EXPRESSIONS}
    assert offered(catalogue, done(), Medium.IMAGE) == frozenset(Action) - others
    found = plan(catalogue, Action.UPSCALE, done(), GIVEN)
    assert found is not None
    assert (found.task, found.model_id) == (Task.UPSCALE, None)


async def test_a_variation_keeps_the_model_that_made_it_where_that_takes_pictures() -> None:
    asked = Ask(prompt="a cat", seed=7, count=4, negative_prompt="dogs", aspect_ratio="21:9")
    source = done(model_id=SOFT.id, ask=asked)
    catalogue = await knowing(*EVERY)
    weak, strong = (plan(catalogue, action, source, GIVEN) for action in (Action.VARY, Action.STRONG))
    assert weak is not None
    assert strong is not None
    assert weak.model_id == strong.model_id == SOFT.id
    # it has neither ratios nor a negative prompt: what it does not take is left out
    assert (weak.ask.prompt, weak.ask.seed, weak.ask.count, weak.ask.files) == ("a cat", None, None, (GIVEN,))
    assert weak.ask.model_settings == {"strength": 0.45}
    assert strong.ask.model_settings == {"strength": 0.85}


async def test_a_variation_by_a_model_that_takes_no_pictures_is_anothers() -> None:
    found = plan(await knowing(*EVERY), Action.STRONG, done(), GIVEN)
    assert found is not None
    assert found.model_id == SOFT.id


async def test_a_model_that_is_told_by_a_switch_that_it_begins_with_a_picture_is_told() -> None:
    switch = Input(name="inferenceType", type="string", allowed_values=("txt2img", "img2img"))
    model = replace(SOFT, inputs=(PROMPT, switch, PICTURE, STRENGTH))
    found = plan(await knowing(model), Action.VARY, done(model_id=model.id), GIVEN)
    assert found is not None
    assert found.ask.model_settings == {"inferenceType": "img2img", "strength": 0.45}


async def test_a_variation_of_what_had_no_words_has_those_of_what_it_was_made_from() -> None:
    upscaled = done(ask=Ask(files=(replace(GIVEN, filename="9-3", subject="a red fox"),)), command="upscale")
    assert words_of(upscaled) == "a red fox"
    found = plan(await knowing(*EVERY), Action.VARY, upscaled, GIVEN)
    assert found is not None
    assert found.ask.prompt == "a red fox"


async def test_words_that_were_written_go_with_what_asks_for_them_only() -> None:
    catalogue = await knowing(*EVERY)
    for action, prompt in ((Action.EDIT, "in snow"), (Action.ANIMATE, "in snow"), (Action.UPSCALE, "")):
        found = plan(catalogue, action, done(), GIVEN, "in snow")
        assert found is not None
        assert found.ask.prompt == prompt


def test_a_place_is_read_as_people_type_it() -> None:
    assert place_named(" #1234-3 ") == Place("1234", 3)
    assert place_named("1234 - 3") == Place("1234", 3)
    assert place_named("1234") == Place("1234")
    for other in ("", "a fox", "12-3-4", "-3", "1234-", "1234-3 foxes"):
        assert place_named(other) is None
    assert (str(Place("1234", 3)), str(Place("1234"))) == ("1234-3", "1234")


def test_a_request_is_built_on_the_card_that_its_file_names() -> None:
    assert built_on(Ask(files=(replace(GIVEN, filename="1234-3"),))) == "1234"
    assert built_on(Ask(files=(InputFile(role="image", filename="1234", url="https://x/1234"),))) is None
    assert built_on(Ask(files=(replace(GIVEN, filename="fox.png"),))) is None
    assert KINDS[Medium.THREE_D] == "model"


async def test_words_that_are_kept_are_no_choice_whatever_braces_they_hold() -> None:
    asked = Ask(prompt="a {red, blue} cat", pattern="a \\{red, blue\\} cat")
    source = done(model_id=SOFT.id, ask=asked)
    found = plan(await knowing(*EVERY), Action.VARY, source, GIVEN)
    assert found is not None
    assert found.ask.prompt == "a {red, blue} cat"
    assert [one.prompt for one in prompts_of(found.ask, found.task)] == ["a {red, blue} cat"]


async def test_the_words_of_a_film_or_of_a_form_are_kept_as_they_are() -> None:
    found = plan(await knowing(*EVERY), Action.UPSCALE, done(ask=Ask(prompt="{a, b}")), GIVEN)
    assert found is not None
    assert found.ask.pattern is None
