"""No refusal is a dead end: it names the kind, the rest, who can, and opens a form where a command cannot."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.catalogue import ModelFault
from bot.catalogue.tasks import Task, drives, needs
from bot.generation import failures
from bot.generation.learn import failure_of, missing
from bot.generation.model import Fate
from bot.refusals import InvalidInputs, ModelUnusable
from bot.request.ask import Ask, InputFile
from bot.request.compose import compose
from bot.request.drafts import ANY
from bot.scenario.api.errors import NotFound
from bot.scenario.api.records import Input
from bot.schema.inputs import Constraint, Problem
from bot.ui.cards.render import Press, render
from bot.ui.commands import params
from bot.ui.commands.requesting import make
from bot.ui.forms.flow import form_instead
from bot.ui.speech import refusals, words
from tests.support.bench import Bench, a_bench
from tests.support.builders import OWNER, PROMPT, a_generation, a_model

BATCH = Input(name="maxImages", type="number", min=1, max=15, step=1)
AUDIO = Input(name="audio", type="file", kind="audio", label="Audio", required={"always": True})
FRAME = Input(name="image", type="file", required={"always": True})


def said(rule: Constraint, **facts: Any) -> str:
    fields: dict[str, Any] = {"input": "x", "label": "X", "rule": rule, **facts}
    return words.problem(Problem(**fields), "Flux")


def nowhere(interaction: object) -> SimpleNamespace:
    del interaction
    return SimpleNamespace()


@pytest.mark.parametrize(
    ("rule", "facts", "told"),
    [
        (Constraint.ALLOWED, {"given": "z", "allowed": ("", *map(str, range(15)))}, "11, or 3 more."),
        (
            Constraint.TYPE,
            {"given": "many", "allowed": ("whole",), "minimum": 1.0, "maximum": 4.0},
            "a whole number from 1 to 4",
        ),
        (Constraint.TYPE, {"given": "z", "allowed": ("boolean",)}, "yes or no"),
        (Constraint.TYPE, {"given": "z", "allowed": ("object",), "nearest": ("text", "at")}, "text=… at=…"),
        (
            Constraint.AMBIGUOUS,
            {"given": 1, "allowed": ("modelSeed", "textureSeed")},
            "modelSeed or textureSeed",
        ),
        (Constraint.ELSEWHERE, {"given": "16:9", "allowed": ("resolution",)}, "Set the size with resolution"),
    ],
)
def test_a_refusal_says_what_would_do(rule: Constraint, facts: dict[str, Any], told: str) -> None:
    assert told in said(rule, **facts)
    assert "“”" not in said(rule, **facts)


@pytest.mark.parametrize(
    ("reason", "about"),
    [
        ("Model model_flux not found", None),
        ("Not found", None),
        ("HTTP 404 Not Found", None),
        ("", None),
        ("Asset asset_a1 not found", "file"),
        ("Image not found", "file"),
        ("Model model_ink not found", "style"),
        ("Collection not found for this project", "other"),
    ],
)
def test_a_404_is_about_what_it_names(reason: str, about: str | None) -> None:
    assert missing(reason, "model_flux") == about
    failure = failure_of(NotFound(reason, status=404), model_id="model_flux")
    assert isinstance(failure, failures.NotFound)
    assert failure.about == about
    told = words.failure(a_generation(fate=Fate.FAILED, failure=failure))
    assert ("this model" in told) is (about is None)


# -- pickers ----------------------------------------------------------------------------------------------


def asking(bench: Bench, **namespace: Any) -> Any:
    client = SimpleNamespace(service=bench.service, catalogue=bench.process.catalogue, forms=bench.forms)
    return SimpleNamespace(
        client=client, user=SimpleNamespace(id=OWNER), namespace=SimpleNamespace(**namespace)
    )


async def test_a_typed_name_is_found_and_says_what_it_needs() -> None:
    async with a_bench() as bench:
        bench.studio.catalogued |= {
            "model_text": a_model("model_text", name="Meshy Text", capabilities=("txt23d",)),
            "model_image": a_model("model_image", name="Meshy 7", capabilities=("img23d",)),
            "model_lips": a_model("model_lips", name="Lips", capabilities=("audio2video",)),
            "model_film": a_model("model_film", name="Film", capabilities=("txt2video",)),
        }
        await bench.process.catalogue.refresh()
        solid, film = params.complete_model(Task.THREE_D), params.complete_model(Task.VIDEO)
        text = "Meshy Text · 3D models · default"
        assert [one.name for one in await solid(asking(bench), "")] == [text]
        needing = "Meshy 7 · 3D models · needs a picture"
        assert [one.name for one in await solid(asking(bench), "Meshy 7")] == [needing]
        assert [one.name for one in await solid(asking(bench), "mes")] == [text, needing]
        # a suggestion's name that comes back means the model
        assert [one.value for one in await solid(asking(bench), needing)] == ["model_image"]
        given = asking(bench, image=object())
        assert [one.name for one in await solid(given, "meshy")] == [
            "Meshy 7 · 3D models · default",
            "Meshy Text · 3D models · takes no picture",
        ]
        assert [one.name for one in await film(asking(bench), "")] == ["Film · videos · default"]
        assert [one.name for one in await film(asking(bench), "lips")] == [
            "Lips · videos · needs a sound file: /generate"
        ]


def test_what_a_model_needs_is_read_off_its_schema() -> None:
    lips = a_model("model_lips", capabilities=("img2video",), inputs=(FRAME, AUDIO))
    assert needs(lips, Task.VIDEO) == "audio"
    assert not drives(lips, Task.VIDEO)
    assert drives(lips, Task.GENERATE)
    still = a_model("model_still", capabilities=("img2video",), inputs=(FRAME,))
    assert drives(still, Task.VIDEO)
    assert drives(still, Task.VIDEO, frozenset({"txt", "img"}))
    assert not drives(still, Task.VIDEO, frozenset({"txt"}))


# -- the form behind a refusal ----------------------------------------------------------------------------


async def test_a_model_that_the_command_cannot_drive_opens_its_form_with_the_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[tuple[str, Any]] = []

    async def give_back(interaction: object, text: str, typed: Sequence[str], *, view: Any = None) -> None:
        assert list(typed) == ["sing"]
        shown.append((text, view))

    monkeypatch.setattr("bot.ui.forms.flow.give_back", give_back)
    monkeypatch.setattr("bot.ui.commands.requesting.require_posting", nowhere)
    monkeypatch.setattr("bot.ui.commands.requesting.caller_of", nowhere)
    lips = a_model("model_lips", name="Lips", capabilities=("img2video",), inputs=(PROMPT, FRAME, AUDIO))
    async with a_bench() as bench:
        bench.studio.catalogued["model_lips"] = lips
        await bench.process.catalogue.refresh()
        await bench.process.catalogue.read("model_lips")

        async def refuse(*_: object, **__: object) -> None:
            raise InvalidInputs("Lips", (Problem(input="audio", label="Audio", rule=Constraint.REQUIRED),))

        monkeypatch.setattr(bench.service.asking, "request", refuse)
        asked = asking(bench)
        asked.id = 4321
        asked.type = discord.InteractionType.application_command
        asked.data = {"options": [{"type": 3, "name": "prompt", "value": "sing"}]}
        ask = Ask(
            prompt="sing", files=(InputFile(role="first_frame", filename="a.png", content_type="image/png"),)
        )
        await make(asked, Task.VIDEO, ask, model="Lips", private=True)
        ((text, view),) = shown
        assert "**Audio** is required. Nothing was charged." in text
        assert [child.custom_id for child in view.children] == ["f1:open:4321:0"]
        draft = await bench.forms.get("4321", OWNER)  # what a later process finds too
        assert (draft.model_id, draft.answers.values, draft.private) == (
            "model_lips",
            {"prompt": "sing"},
            True,
        )
        assert [one.filename for one in draft.answers.files["image"]] == ["a.png"]


async def test_the_words_of_a_request_wait_for_a_schema_that_is_not_known() -> None:
    text = Input(name="text", type="string", prompt=True)
    async with a_bench() as bench:
        bench.studio.catalogued["model_cold"] = a_model("model_cold", name="Cold", inputs=(text,))
        await bench.process.catalogue.refresh()
        model_id, answers = bench.forms.of_ask("model_cold", Ask(prompt="sing"))
        draft = await bench.forms.begin("9", OWNER, model_id, answers=answers)
        filled = bench.forms.look(draft, await bench.forms.read(model_id))
        assert (filled.ask.prompt, filled.problems) == ("sing", ())


def test_a_card_that_says_so_has_the_button_too() -> None:
    audio = Problem(input="audio", label="Audio", rule=Constraint.REQUIRED)
    needed = failures.Refused(model_name="Lips", problems=(audio,))
    card = render(a_generation(fate=Fate.FAILED, failure=needed), None)
    assert Press.FORM in card.presses
    number = Problem(input="x", label="X", rule=Constraint.TYPE, allowed=("number",))
    typed = failures.Refused(model_name="Lips", problems=(number,))
    assert Press.FORM not in render(a_generation(fate=Fate.FAILED, failure=typed), None).presses


async def test_a_draft_has_no_form_which_would_make_the_full_picture() -> None:
    audio = Problem(input="audio", label="Audio", rule=Constraint.REQUIRED)
    needed = failures.Refused(model_name="Lips", problems=(audio,))
    draft = a_generation(fate=Fate.FAILED, failure=needed, ask=Ask(prompt="sing", draft_of=ANY))
    assert Press.FORM not in render(draft, None).presses
    async with a_bench() as bench:
        refusal = InvalidInputs("Lips", (audio,))
        with pytest.raises(InvalidInputs):
            await form_instead(
                asking(bench), refusal, "Lips", Ask(prompt="sing", draft_of=ANY), private=False, spoiler=False
            )


def test_only_what_a_form_can_help_with_offers_one() -> None:
    assert refusals.form_helps(ModelUnusable("Lips", ModelFault.OTHER_TASK))
    assert not refusals.form_helps(ModelUnusable("Lips", ModelFault.PLAN))
    assert not refusals.form_helps(
        InvalidInputs("Lips", (Problem(input="x", label="X", rule=Constraint.MAX),))
    )
    no_words = Problem(input="prompt", label="prompt", rule=Constraint.REQUIRED)
    assert not refusals.form_helps(InvalidInputs("Lips", (no_words,)))


def test_a_picture_for_a_text_model_is_not_silently_its_texture() -> None:
    texture = Input(name="textureImage", type="file", label="Texture image")
    model = a_model("model_solid", capabilities=("txt23d",), inputs=(PROMPT, texture))
    told = compose(
        Ask(prompt="a fox", files=(InputFile(role="image", filename="a.png", content_type="image/png"),)),
        model,
        seed=None,
    )
    assert [(one.rule, one.allowed) for one in told.problems] == [(Constraint.NO_PLACE, ("Texture image",))]
