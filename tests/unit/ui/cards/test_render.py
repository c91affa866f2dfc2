"""Generation → message: within Discord's limits, and deaf to what a prompt would have it do."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import product
from typing import Any, cast

import discord
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.actions.actions import Action
from bot.catalogue import ModelFault
from bot.generation import failures
from bot.generation.card import CardState
from bot.generation.failures import FailureKind
from bot.generation.model import Fate, Generation, Output
from bot.generation.progress import CONFIRM, UNPRICED, Progress
from bot.request.ask import Ask, InputFile
from bot.schema.inputs import Constraint, Problem
from bot.ui.cards.finished import took
from bot.ui.cards.render import CardMessage, Press, render, render_plain
from bot.ui.exhibits.exhibit import Attachment, Exhibit, Part, Remark, Shape
from bot.ui.exhibits.texts import SHORT, fits_card
from bot.ui.speech.texts import known
from bot.vocabulary import Medium
from tests.support.builders import OWNER, a_failure, a_generation, alts_of, running
from tests.support.cards import facts_in
from tests.support.clock import START

PIECES = [
    *"*_`~|[]()<>@#:\\> \n-", "@everyone", "@here", "<@7>", "<@&7>", "<#7>", "[a](http://evil.example)",
    "https://evil.example", "‮", "⁧", "​", "‍", "👩‍👩‍👧", "🦊", "שלום", "x" * 500, "||", "```",
]  # fmt: skip
HOSTILE = st.text(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=40).map(
    lambda pieces: "".join(pieces)[:4000]
)


def attachment(filename: str, **changes: Any) -> Attachment:
    fields: dict[str, Any] = {"filename": filename, "data": b"x", "size": 1}
    return Attachment(**{**fields, **changes})


def exhibit(medium: Medium | None, form: str, *attachments: Attachment, **changes: Any) -> Exhibit:
    shape = Shape.WHOLE if attachments or "text" in changes else Shape.LEFT_OUT
    fields: dict[str, Any] = {"medium": medium, "format": form, "shape": shape, "attachments": attachments}
    return Exhibit(**{**fields, **changes})


def picture(number: int = 1, *, width: int = 1344, height: int = 768, **changes: Any) -> Exhibit:
    file = attachment(f"p-{number}.png", width=width, height=height)
    return exhibit(Medium.IMAGE, "PNG", file, **{"width": width, "height": height, **changes})


def done(count: int = 1, **changes: Any) -> Generation:
    fields: dict[str, Any] = {
        "fate": Fate.SUCCEEDED,
        "outputs": tuple(Output(asset_id=f"a{number}") for number in range(count)),
        "finished_at": START + timedelta(seconds=9),
    }
    return running(**{**fields, **changes})


def texts(embed: discord.Embed) -> Iterator[str]:
    yield embed.description or ""
    for field in embed.fields:
        yield field.value or ""


def check_limits(card: CardMessage) -> None:
    assert len(card.embeds) <= 10
    assert sum(len(embed) for embed in card.embeds) <= 6000
    for embed in card.embeds:
        assert len(embed.title or "") <= 256
        assert len(embed.description or "") <= 4096
        assert len(embed.footer.text or "") <= 2048
        assert len(embed.fields) <= 25
        for field in embed.fields:
            assert 1 <= len(field.name or "") <= 256
            assert 1 <= len((field.value or "").strip()) <= 1024
    assert all(1 <= len(alt) <= 1024 for alt in alts_of(card))
    assert len(card.presses) == len(set(card.presses)) <= 5


def check_harmless(card: CardMessage) -> None:
    """No mention but the asker's, no link, no timestamp but ours, no format that the prompt brought."""
    for embed in card.embeds:
        for text in texts(embed):
            # who asked stands alone in a field, or ends the quiet line, behind which nobody's words come
            ours = text.replace(f"<@{OWNER}>", "", 1) if text == f"<@{OWNER}>" else text
            ours = re.sub(rf"^(-# .*) · <@{OWNER}>$", r"\1", ours, count=1, flags=re.MULTILINE)
            ours = re.sub(r"<t:\d+:R>", "", ours)
            bare = re.sub(r"\\.", "", ours, flags=re.DOTALL)
            for mark in ("<@", "<#", "<:", "<t:", "@everyone", "@here", "](", "://", "||", "```"):
                assert mark not in bare, (mark, text)


FAILED = {"fate": Fate.FAILED, "job_id": None}
FACES = [
    {"fate": Fate.REQUESTED, "job_id": None},
    {"fate": Fate.SUBMITTING, "job_id": None},
    {"fate": Fate.UNCERTAIN, "job_id": None},
    {"fate": Fate.RUNNING},
    {"fate": Fate.SUCCEEDED},
    {"fate": Fate.CANCELED},
    *({**FAILED, "kind": kind} for kind in FailureKind),
]


@settings(max_examples=80)
@given(
    face=st.sampled_from(FACES),
    prompt=HOSTILE,
    words=HOSTILE,
    count=st.integers(0, 4),
    spoiler=st.booleans(),
    ratio=st.none() | st.sampled_from(["16:9", "@everyone", "<@7>:1", "auto"]) | st.text(max_size=30),
)
@example(face=FACES[4], prompt="\\@everyone", words="Flux", count=1, spoiler=False, ratio=None)
@example(face=FACES[4], prompt="a", words="Flux", count=0, spoiler=False, ratio="@everyone")
@example(face=FACES[4], prompt="a", words="Flux", count=0, spoiler=False, ratio=" ")
@example(face=FACES[6], prompt="*" * 4000, words="*" * 4000, count=0, spoiler=False, ratio=None)
def test_no_prompt_breaks_a_limit_or_out_of_its_quotes(
    face: dict[str, Any], prompt: str, words: str, count: int, spoiler: bool, ratio: str | None
) -> None:
    fields = dict(face)
    kind = cast("FailureKind | None", fields.pop("kind", None))
    if kind is not None:
        problem = Problem(input=words, label=words, rule=Constraint.ALLOWED, given=words)
        facts: Mapping[FailureKind, dict[str, Any]] = {
            FailureKind.REFUSED: {"model_name": words, "problems": (problem,) * 9},
            FailureKind.UNUSABLE: {"model_name": words, "fault": ModelFault.PLAN, "detail": words},
            FailureKind.PLAN_LOCKED: {"required_plan": words},
            FailureKind.NO_MODEL: {"model_id": words},
        }
        fields["failure"] = a_failure(kind, reason=words, hint=words, **facts.get(kind, {}))
    generation = done(count, **{
        "ask": Ask(prompt=prompt, aspect_ratio=ratio), "model_name": words, "spoiler": spoiler, **fields
    })  # fmt: skip
    card = render(generation, Progress(phase=words[:60], fraction=0.4), [picture(n) for n in range(count)])
    check_limits(card)
    check_harmless(card)


@given(st.text(max_size=4000), st.text(max_size=200))
def test_alt_text_is_never_longer_than_discord_takes(prompt: str, model: str) -> None:
    card = render(done(4, ask=Ask(prompt=prompt), model_name=model), None, [picture(n) for n in range(4)])
    check_limits(card)


def test_the_same_facts_give_the_same_card() -> None:
    first, second = (render(done(), None, [picture()]) for _ in range(2))
    assert [embed.to_dict() for embed in first.embeds] == [embed.to_dict() for embed in second.embeds]


# -- while it runs ------------------------------------------------------------------------------------


def described(generation: Generation, progress: Progress | None = None) -> str:
    return render(generation, progress).embeds[0].description or ""


@pytest.mark.parametrize(
    ("fate", "progress", "told"),
    [
        (Fate.REQUESTED, None, "Sending"),
        (Fate.REQUESTED, Progress(phase="waiting", position=3), "number 3"),
        (Fate.REQUESTED, Progress(phase="waiting"), "Waiting for a free slot"),
        (Fate.REQUESTED, Progress(phase="unreachable"), "can't be reached"),
        (Fate.SUBMITTING, None, "Sending"),
        (Fate.UNCERTAIN, None, "did not answer"),
        (Fate.RUNNING, None, "Queued"),
        (Fate.RUNNING, Progress(phase="in-progress"), "Drawing"),
        (Fate.RUNNING, Progress(phase="pondering"), "pondering"),
        (Fate.RUNNING, Progress(phase="*bold*"), "\\*bold\\*"),
    ],
)
def test_the_phase_is_told_in_words(fate: Fate, progress: Progress | None, told: str) -> None:
    text = described(a_generation(fate=fate), progress)
    assert told in text
    assert f"<t:{int(START.timestamp())}:R>" in text


@pytest.mark.parametrize(("fraction", "shown"), [(0.2, "20%"), (0.5, "50%"), (1.0, "100%")])
def test_the_bar_is_as_long_as_the_fraction(fraction: float, shown: str) -> None:
    text = described(running(), Progress(phase="in-progress", fraction=fraction))
    assert shown in text
    assert text.count("█") == round(12 * fraction)
    assert text.count("█") + text.count("░") == 12


def test_without_a_fraction_there_is_no_bar() -> None:
    assert "░" not in described(running(), Progress(phase="in-progress"))
    assert "░" not in described(running(), Progress(phase="queued", fraction=0.0))


# -- done ---------------------------------------------------------------------------------------------


def field_values(card: CardMessage) -> dict[str, str]:
    return facts_in(card.embeds[0].description or "")


def test_a_picture_stands_in_the_embed_with_its_alt_text_and_its_facts() -> None:
    card = render(done(cu=4.25), None, [picture()])
    assert card.embeds[0].image.url == "attachment://p-1.png"
    image = cast("dict[str, Any]", card.embeds[0].to_dict())["image"]
    assert image["description"] == alts_of(card)[0]
    facts = field_values(card)
    assert facts["Model"] == "Flux"
    assert facts["Seed"] == "`1001`"
    assert facts["Cost"] == "4.25 CU"
    assert facts["Asked by"] == f"<@{OWNER}>"
    assert facts["Took"] == "9 s"
    assert facts["Size"] == "7:4 · 1344 × 768"
    assert "a cat" in alts_of(card)[0]


@pytest.mark.parametrize(
    ("cu", "told"), [(None, "cost not reported by Scenario"), (12345678.0, "12,345,678 CU")]
)
def test_the_cost_is_written_out(cu: float | None, told: str) -> None:
    assert field_values(render(done(cu=cu), None, [picture()]))["Cost"] == told


@pytest.mark.parametrize("count", [2, 3, 4])
def test_several_pictures_make_one_gallery(count: int) -> None:
    card = render(done(count), None, [picture(number) for number in range(count)])
    assert len(card.embeds) == count
    assert len({embed.url for embed in card.embeds}) == 1
    assert len({embed.image.url for embed in card.embeds}) == count
    assert len(set(alts_of(card))) == count


def test_eight_pictures_make_two_galleries_of_four() -> None:
    card = render(done(8), None, [picture(number) for number in range(8)])
    links = [embed.url for embed in card.embeds]
    assert links[:4] == links[:1] * 4
    assert links[4:] == links[4:5] * 4
    assert links[0] != links[4]
    assert len({embed.image.url for embed in card.embeds}) == 8
    check_limits(card)


def test_a_spoiler_stands_beside_the_embed_and_never_inside() -> None:
    card = render(done(spoiler=True), None, [picture()])
    assert card.spoiler
    assert card.embeds[0].image.url is None
    assert len(card.attachments) == 1


def described_done(*exhibits: Exhibit, count: int | None = None) -> str:
    return render(done(len(exhibits) if count is None else count), None, exhibits).embeds[0].description or ""


VIDEO = exhibit(Medium.VIDEO, "MP4", attachment("p-1.mp4"), width=1280, height=720, duration=5.04)
GLB = exhibit(
    Medium.THREE_D,
    "GLB",
    attachment("p-1.glb"),
    attachment("p-1-preview.png", width=512, height=512, part=Part.PREVIEW),
)


def test_a_video_stands_beside_the_embed_where_discord_plays_it() -> None:
    card = render(done(ask=Ask(prompt="a wave")), None, [VIDEO])
    assert card.embeds[0].image.url is None
    assert alts_of(card) == ("Video: a wave (made with Flux)",)
    facts = field_values(card)
    assert (facts["Size"], facts["Duration"], facts["Format"]) == ("16:9 · 1280 × 720", "5 s", "MP4")
    assert card.presses == (Press.AGAIN, Press.DELETE)


def test_a_model_in_3d_shows_its_preview_in_the_embed_and_its_file_beside_it() -> None:
    card = render(done(), None, [GLB])
    assert card.embeds[0].image.url == "attachment://p-1-preview.png"
    assert [one.filename for one in card.attachments] == ["p-1.glb", "p-1-preview.png"]
    assert [alt.partition(":")[0] for alt in alts_of(card)] == ["3D model", "Preview picture"]
    assert "Size" not in field_values(card)


def test_a_poster_stands_for_a_video_that_is_too_large() -> None:
    poster = attachment("p-1-preview.jpg", width=64, height=36, part=Part.PREVIEW)
    card = render(done(), None, [exhibit(Medium.VIDEO, "MP4", poster, shape=Shape.LEFT_OUT)])
    assert card.embeds[0].image.url == "attachment://p-1-preview.jpg"
    assert "too large to attach here" in (card.embeds[0].description or "")
    assert Press.ORIGINAL in card.presses


def test_a_source_beside_its_picture_is_told_apart_from_it() -> None:
    png = attachment("p-1.png", width=8, height=8)
    card = render(done(), None, [exhibit(Medium.IMAGE, "SVG", png, attachment("p-1.svg", part=Part.SOURCE))])
    assert "SVG file" in alts_of(card)[1]
    assert field_values(card)["Format"] == "SVG"
    assert Press.ORIGINAL not in card.presses


def test_words_stand_in_an_embed_of_their_own_and_format_nothing() -> None:
    card = render(done(), None, [exhibit(Medium.TEXT, "TXT", text="# *one*\n\n@everyone two")])
    assert card.embeds[1].description == "> \\# \\*one\\*\n\n> \\@everyone two"
    assert card.attachments == ()
    assert "could not" not in (card.embeds[0].description or "")


@given(prompt=HOSTILE, text=HOSTILE)
@settings(max_examples=60)
def test_no_result_in_words_breaks_a_limit_or_out_of_its_quotes(prompt: str, text: str) -> None:
    fitting = text if fits_card(text, SHORT) else "short"
    card = render(done(ask=Ask(prompt=prompt)), None, [exhibit(Medium.TEXT, "TXT", text=fitting)])
    check_limits(card)
    check_harmless(card)


def test_several_of_one_medium_are_numbered_and_one_of_another_is_not() -> None:
    sound = exhibit(Medium.AUDIO, "MP3", attachment("p-3.mp3"))
    card = render(done(3), None, [VIDEO, VIDEO, sound])
    assert [alt.partition(":")[0] for alt in alts_of(card)] == ["Video 1 of 2", "Video 2 of 2", "Audio"]


def test_what_fits_nowhere_is_left_out_and_told() -> None:
    assert "1 of 2" in described_done(picture(1), exhibit(Medium.THREE_D, "GLB"))
    assert "too large to attach here" in described_done(exhibit(Medium.AUDIO, "WAV"))
    assert "Only 1 of 3 files could be fetched" in described_done(picture(), count=3)


def test_no_file_at_all_is_told() -> None:
    assert "could not be fetched" in (render(done()).embeds[0].description or "")


def test_a_smaller_copy_is_told() -> None:
    assert "smaller copy" in described_done(picture(shape=Shape.REDUCED))


def test_a_converted_picture_names_the_format_to_ask_for() -> None:
    assert "EXR file" in described_done(picture(shape=Shape.CONVERTED, format="EXR"))


def test_a_picture_that_a_png_shows_as_well_has_no_note_but_its_original() -> None:
    card = render(done(), None, [picture(shape=Shape.CONVERTED, format="WEBP")])
    assert "Press" not in (card.embeds[0].description or "")
    assert Press.ORIGINAL in card.presses


@pytest.mark.parametrize("shape", Shape)
def test_only_what_is_not_shown_whole_has_an_original_to_ask_for(shape: Shape) -> None:
    presses = render(done(), None, [picture(shape=shape)]).presses
    assert (Press.ORIGINAL in presses) is (shape is not Shape.WHOLE)


def test_what_could_not_be_fetched_has_an_original_and_words_without_a_file_have_none() -> None:
    assert Press.ORIGINAL in render(done(2), None, [picture()]).presses
    assert Press.ORIGINAL in render(done(), None, []).presses
    words = done(outputs=(Output(text="a"),))
    assert Press.ORIGINAL not in render(words, None, []).presses


def test_an_empty_prompt_leaves_an_alt_text_that_reads_well() -> None:
    assert alts_of(render(done(ask=Ask()), None, [picture()])) == ("Picture (made with Flux)",)


@pytest.mark.parametrize(
    ("command", "given", "alt"),
    [
        ("cutout", {"filename": "shoe.png"}, "Background removed from shoe.png (picture made with Flux)"),
        ("upscale", {"filename": "shoe.png"}, "Enlarged copy of shoe.png (picture made with Flux)"),
        ("vectorize", {"filename": "shoe.png"}, "Drawing made from shoe.png (picture made with Flux)"),
        ("video", {"filename": "shoe.png"}, "Made from shoe.png (picture made with Flux)"),
        (
            "cutout",
            {"filename": "1573329485070073856", "asset_id": "a"},
            "Background removed from an earlier result (picture made with Flux)",
        ),
        ("cutout", {"filename": "picture"}, "Background removed from a picture (picture made with Flux)"),
        (
            "cutout",
            {"filename": "a\nb\u202e.png"},
            "Background removed from a b.png (picture made with Flux)",
        ),
    ],
)
def test_what_was_made_without_words_is_told_by_what_was_done_to_what(
    command: str, given: dict[str, Any], alt: str
) -> None:
    ask = Ask(files=(InputFile(role="image", **given),))
    assert alts_of(render(done(ask=ask, command=command), None, [picture()])) == (alt,)


# -- what is not seen as it is --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("remark", "sentence", "original"),
    [
        (Remark.STILL, "This is a still from a moving picture. Press Original for the one that moves.", True),
        (
            Remark.WEB,
            "Shown without the pictures that it loads from the web. Press Original for the complete file.",
            True,
        ),
        (Remark.HTML, "Shown without the HTML inside it. Press Original for the complete file.", True),
        (
            Remark.COLORS,
            "Some of its colors are shown as black here. Press Original for the complete file.",
            True,
        ),
        (
            Remark.WORDS,
            "Shown without its text, for which there is no font here. Press Original for the complete file.",
            True,
        ),
        (
            Remark.CUT,
            "This PNG file is damaged: it ends too early, and part of the picture is missing.",
            False,
        ),
        (Remark.PIXELS, "This picture is too large for a preview. Press Original for the file.", True),
        (Remark.UNREAD, "No preview could be made of this PNG file.", False),
        (Remark.UNPLAYED, "Discord can't play this PNG file. Open it in another player.", False),
    ],
)
def test_each_remark_has_its_sentence_and_its_button(remark: Remark, sentence: str, original: bool) -> None:
    card = render(done(), None, [picture(remarks=(remark,))])
    assert (card.embeds[0].description or "").endswith(f"\n\n{sentence}")
    assert (Press.ORIGINAL in card.presses) == original
    french = render(done(locale="fr"), None, [picture(remarks=(remark,))])
    assert sentence not in (french.embeds[0].description or "")


def test_every_remark_is_tried_above() -> None:
    assert all(known(f"remark.{remark}") for remark in Remark)


def test_a_still_is_not_called_a_smaller_copy_too() -> None:
    card = render(done(), None, [picture(shape=Shape.REDUCED, remarks=(Remark.STILL,))])
    assert "smaller copy" not in (card.embeds[0].description or "")


@pytest.mark.parametrize(
    ("asked", "size", "told"),
    [
        ("16:9", (1344, 768), "16:9 · 1344 × 768"),
        (None, (1024, 1024), "1:1 · 1024 × 1024"),
        (None, (1365, 768), "16:9 · 1365 × 768"),
    ],
)
def test_the_shape_is_the_one_asked_for_else_the_pictures(
    asked: str | None, size: tuple[int, int], told: str
) -> None:
    one = picture(width=size[0], height=size[1])
    card = render(done(ask=Ask(prompt="a", aspect_ratio=asked)), None, [one])
    assert field_values(card)["Size"] == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "1 s"), (59.4, "59 s"), (60, "1 min 0 s"), (125, "2 min 5 s")]
)
def test_a_span_is_told_in_minutes_and_seconds(seconds: float, told: str) -> None:
    assert took(timedelta(seconds=seconds)) == told


# -- buttons ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fate", "card"), list(product(Fate, [CardState.LIVE, CardState.KEPT])))
def test_a_card_carries_the_buttons_that_can_do_something(fate: Fate, card: CardState) -> None:
    presses = render(done(fate=fate, card=card), None, [picture()]).presses
    assert presses == ((Press.AGAIN, Press.DELETE) if fate.final else (Press.CANCEL,))


def test_a_card_names_its_generation_so_that_a_later_process_finds_it() -> None:
    for fate in Fate:
        assert (render(done(fate=fate)).embeds[0].footer.text or "").endswith("1001")


# -- what it costs ------------------------------------------------------------------------------------


def told(generation: Generation, progress: Progress | None = None, *exhibits: Exhibit) -> str:
    return "\n".join(text for embed in render(generation, progress, exhibits).embeds for text in texts(embed))


def test_a_price_that_rose_is_asked_with_both_prices() -> None:
    asked = Progress(phase=CONFIRM)
    first = a_generation(price=60.0, agreed=60.0)
    assert "This costs 60 CU. Press Generate" in told(first, asked)
    risen = a_generation(price=900.0, agreed=60.0)
    assert "The price rose from 60 to 900 CU. Press Generate" in told(risen, asked)
    assert render(risen, asked).presses == (Press.CONFIRM, Press.CANCEL)


def test_who_waits_for_anothers_charge_is_told_so() -> None:
    assert "which will show what this model costs" in told(a_generation(), Progress(phase=UNPRICED))


@pytest.mark.parametrize(("cu", "surprise"), [(10.0, False), (11.0, False), (11.1, True), (900.0, True)])
def test_a_charge_beyond_what_was_foretold_is_told(cu: float, surprise: bool) -> None:
    words = f"Scenario quoted 10 CU and charged {cu:g} CU"
    assert (words in told(done(price=10.0, cu=cu), None, picture())) is surprise
    failed = done(price=10.0, cu=cu, fate=Fate.FAILED, failure=failures.Simple(kind=FailureKind.FAILED))
    assert (words in told(failed)) is surprise
    running_on = told(running(price=10.0, cu=cu))
    assert f"about {cu if surprise else 10:g} CU" in running_on


@pytest.mark.parametrize(("prompt", "keep"), [("a fox", True), ("", False)])
def test_new_words_that_discord_does_not_take_are_used_all_the_same(prompt: str, keep: bool) -> None:
    """They are paid for, and another Again would be paid for too."""
    written = a_generation(
        command="prompt", fate=Fate.SUCCEEDED, ask=Ask(prompt=prompt), outputs=(Output(text="a fox in fog"),)
    )
    plain = render_plain(written, actions=frozenset({Action.DETAILS}))
    assert plain.presses == (Press.USE_WORDS, *((Press.KEEP_WORDS,) if keep else ()), Press.AGAIN)
    assert plain.actions == frozenset()
    assert "fox" not in str(plain.embeds[0].to_dict())
