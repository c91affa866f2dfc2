"""Which models do what, by the ids and tags that Scenario's catalogue really has."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from bot.catalogue.tasks import Task, does, liking, medium_of, taken
from bot.scenario.api.prompting import HELPS
from bot.scenario.api.records import WORKFLOW, Input, Model

ALL = frozenset(Task)
ANYTHING = {Task.GENERATE}
WORDS = frozenset({"txt"})
PICTURE = frozenset({"img"})


def model(model_id: str, capabilities: str = "", **changes: Any) -> Model:
    fields: dict[str, Any] = {"id": model_id, "name": model_id.removeprefix("model_").replace("-", " ")}
    fields |= {"capabilities": tuple(capabilities.split()), **changes}
    return Model(**fields)


def tasks(one: Model, sources: frozenset[str] | None = None) -> set[Task]:
    return {task for task in Task if does(one, task, sources)}


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (model("model_imagen4-ultra", "txt2img"), {Task.IMAGINE}),
        (model("model_google-gemini-3-1-flash", "txt2img img2img"), {Task.IMAGINE, Task.EDIT}),
        (model("model_flux-kontext-editing", "img2img"), {Task.IMAGINE, Task.EDIT}),
        (model("model_kling-v2-6-t2v-pro", "txt2video"), {Task.VIDEO}),
        (model("model_veo3-1", "txt2video img2video"), {Task.VIDEO}),
        (model("model_lyria-2", "txt2audio"), {Task.MUSIC}),
        (model("model_elevenlabs-music-v2", "txt2audio"), {Task.MUSIC}),
        (model("model_ace-step-1-5-turbo-text-to-music", "txt2audio"), {Task.MUSIC}),
        (model("model_elevenlabs-sound-effects-v2", "txt2audio"), {Task.SOUND}),
        (model("model_sonilo-v1-1-text-to-sound-effects", "txt2audio"), {Task.SOUND}),
        (model("model_elevenlabs-tts-v3", "txt2audio"), {Task.SPEECH}),
        (model("model_google-gemini-3-1-flash-tts", "txt2audio"), {Task.SPEECH}),
        (model("model_mystery", "txt2audio"), {Task.MUSIC, Task.SOUND, Task.SPEECH}),
        (model("model_hum", "txt2audio", description="Composes songs."), {Task.MUSIC}),
        (model("model_meshy-7-img23d", "img23d"), {Task.THREE_D}),
        (model("model_sc-upscale-v3", "img2img"), {Task.UPSCALE}),
        (model("model_real-esrgan", "img2img"), {Task.UPSCALE}),
        (model("model_crisp", "img2img", tags=("image-upscale",)), {Task.UPSCALE}),
        (model("model_topaz-video-upscaler", "video2video"), {Task.UPSCALE}),
        (model("model_bria-remove-background", "img2img"), {Task.CUTOUT}),
        (model("model_x", "img2img", name="Background Removal"), {Task.CUTOUT}),
        (model("model_recraft-vectorize", "img2img"), {Task.VECTORIZE}),
        (model("model_trace-to-svg-vectorize", "img2img", name="Magic"), {Task.VECTORIZE}),
        (model("model_recraft-v3-svg", "txt2img"), {Task.IMAGINE}),
        (model("model_scenario-smart-reframe", "img2img"), set[Task]()),
        (model("model_scenario-postprocessing-lut", "img2img"), set[Task]()),
        (model("model_grain", "img2img", tags=("tool",)), set[Task]()),
        (model("model_scenario-llm", "txt2txt"), set[Task]()),
        (model("model_unknown"), {Task.IMAGINE}),
        (model("model_unknown", "controlnet"), {Task.IMAGINE}),
    ],
    ids=lambda one: one.id if isinstance(one, Model) else "",
)
def test_what_a_model_is_for(one: Model, expected: set[Task]) -> None:
    if not one.capabilities or one.capabilities == ("controlnet",):
        expected = expected | {Task.EDIT}  # nothing is known against it
    assert tasks(one) == expected | ANYTHING


@pytest.mark.parametrize(
    ("capabilities", "task", "sources", "able"),
    [
        ("txt2img", Task.IMAGINE, "txt", True),
        ("img2img", Task.IMAGINE, "txt", False),
        ("txt2img", Task.IMAGINE, "txt img", False),
        ("txt2img img2img", Task.IMAGINE, "txt img", True),
        ("txt2video", Task.VIDEO, "txt", True),
        ("img2video", Task.VIDEO, "txt", False),
        ("img2video", Task.VIDEO, "txt img", True),
        ("img2video", Task.VIDEO, "img audio", False),
        ("txt2img", Task.EDIT, "txt", False),
        ("img2img", Task.EDIT, "txt", True),
        ("txt2img", Task.EDIT, "img", False),
        ("img23d", Task.THREE_D, "img", True),
        ("txt23d", Task.THREE_D, "img", False),
        ("txt2img_texture", Task.IMAGINE, "txt", True),
    ],
)
def test_what_is_given_must_be_taken(capabilities: str, task: Task, sources: str, able: bool) -> None:
    assert does(model("model_a", capabilities), task, frozenset(sources.split())) is able


def test_an_upscaler_of_films_takes_no_pictures() -> None:
    film = model("model_video-upscale", "video2video")
    assert does(film, Task.UPSCALE, frozenset({"video"}))
    assert not does(film, Task.UPSCALE, PICTURE)
    assert does(model("model_upscale"), Task.UPSCALE, PICTURE)


def test_a_schema_tells_what_capabilities_keep_silent_about() -> None:
    frame = Input(name="image", type="file", kind="image")
    film = model("model_film", "txt2video")
    assert not does(film, Task.VIDEO, PICTURE)
    film = replace(film, inputs=(frame, Input(name="song", type="file_array", kind="audio")))
    assert does(film, Task.VIDEO, PICTURE)
    assert taken(film) == {"img", "audio"}
    assert not does(film, Task.IMAGINE, PICTURE)


def test_a_workflow_is_for_one_command_only() -> None:
    assert tasks(model("wflow_a", "txt2img", type=WORKFLOW)) == {Task.WORKFLOW}


def test_an_endpoint_that_writes_words_does_nothing_else() -> None:
    for one, source in zip(HELPS, ("txt", "img"), strict=True):
        assert tasks(one) == {Task.PROMPT}
        assert does(one, Task.PROMPT, frozenset({source}))
    assert not does(HELPS[0], Task.PROMPT, frozenset({"img"}))
    assert not does(model("model_a", "txt2txt"), Task.PROMPT)


def test_what_its_maker_called_a_trained_model_says_nothing() -> None:
    style = model("model_a", "txt2img img2img", type="flux.1-lora", name="Cutout upscaled segmentation")
    assert tasks(style) == {Task.IMAGINE, Task.EDIT} | ANYTHING


def test_the_values_are_the_names_of_commands_and_every_task_has_a_medium() -> None:
    names = "imagine edit video music sound speech 3d upscale cutout vectorize generate workflow prompt"
    assert " ".join(Task) == names
    assert {medium_of(task) for task in ALL} == {"image", "video", "audio", "3d", "text"}


def first(found: Iterable[Model], task: Task) -> str:
    return min(found, key=lambda one: liking(one, task)).id


def test_what_is_taken_when_nobody_chose() -> None:
    featured = ("sc:featured",)
    strength = model("model_flux-1-dev", "txt2img img2img", tags=featured)
    instructed = model("model_qwen-image-edit-2511", "img2img")
    assert first([strength, instructed], Task.EDIT) == instructed.id
    assert first([replace(instructed, id="model_a", name="A"), strength], Task.EDIT) == strength.id
    assert first([model("model_mystery", "txt2audio"), model("model_lyria-2", "txt2audio")], Task.MUSIC) == (
        "model_lyria-2"
    )
    assert first([model("model_mute"), model("model_a", "txt2img")], Task.IMAGINE) == "model_a"


@pytest.mark.parametrize("task", Task)
def test_nothing_known_stands_against_nothing(task: Task) -> None:
    for source in ("txt", "img", "video", "audio", "3d", "smell"):
        does(model("model_a", "smell2img !2 img2"), task, frozenset({source}))
