"""What Discord is told while a form is filled in, on a bench."""

from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.forms import Draft
from bot.generation.card import CardState
from bot.generation.model import Fate
from bot.generation.ports import Guard
from bot.refusals import CannotPost, UnknownModel
from bot.request.ask import UPLOAD, Ask, InputFile
from bot.scenario.api.records import Input
from bot.service.service import Policy
from bot.ui.forms import flow as forms
from bot.ui.forms.modals import submitted
from bot.ui.interactions.asking import AnyInteraction
from tests.support.bench import Bench, a_bench
from tests.support.builders import CHANNEL, OWNER, PROMPT, SEED, STRANGER, a_model
from tests.support.discord_client import http_error
from tests.support.faulty import FaultyStore
from tests.support.interactions import interaction_fields

IMAGE = Input(name="image", type="file", required={"always": True})
SMALL = a_model(inputs=(PROMPT, SEED))
LARGE = a_model(inputs=(PROMPT, IMAGE, *(Input(name=f"n{n}", type="number") for n in range(6))))
ATTACHMENT = {
    "id": "5",
    "filename": "fox.png",
    "url": "https://cdn.test/fox.png",
    "content_type": "image/png",
    "size": 12,
    "width": 3,
    "height": 4,
}


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    async with a_bench() as made:
        yield made


async def know(bench: Bench, model: Any) -> None:
    bench.studio.catalogued["model_flux"] = model
    await bench.process.catalogue.refresh()
    await bench.process.catalogue.read("model_flux")


class Told:
    """An interaction, and everything that it was answered with."""

    def __init__(self, bench: Bench, **changes: Any) -> None:
        self.how: list[str] = []
        self.parts: dict[str, Any] = {}
        self.modal: Any = None
        self.retired: list[int] = []
        fields = interaction_fields(
            id=2002,
            type=discord.InteractionType.component,
            data={},
            message=None,
            channel_id=CHANNEL,
            client=SimpleNamespace(
                service=bench.service, catalogue=bench.process.catalogue, forms=bench.forms
            ),
            response=self,
            followup=SimpleNamespace(delete_message=self._retire, send=self.send_message),
            edit_original_response=self._edit_original,
        )
        self.interaction = cast("AnyInteraction", SimpleNamespace(**{**fields, **changes}))

    def is_done(self) -> bool:
        return bool(self.how)

    async def send_modal(self, modal: discord.ui.Modal) -> None:
        assert modal.is_finished(), "the library would keep it"
        self.how.append("modal")
        self.modal = modal.to_dict()

    async def defer(self, *, ephemeral: bool = False, thinking: bool = False) -> Any:
        self.how.append(f"defer{' privately' if ephemeral else ''}{' thinking' if thinking else ''}")
        return SimpleNamespace(message_id=80_000, is_ephemeral=lambda: ephemeral)

    async def send_message(self, content: Any = None, **parts: Any) -> None:
        assert parts.pop("ephemeral")
        self.how.append("message")
        self.parts = {"content": content, **parts}

    async def edit_message(self, **parts: Any) -> None:
        self.how.append("update")
        self.parts = parts

    async def _edit_original(self, **parts: Any) -> None:
        self.how.append("edit")
        self.parts = parts

    async def _retire(self, message_id: int) -> None:
        self.retired.append(message_id)

    @property
    def text(self) -> str:
        embed = self.parts.get("embed")
        return str(embed.description) if embed else str(self.parts.get("content"))

    @property
    def buttons(self) -> list[str]:
        return [one.split(":")[1] for one in self.ids]

    @property
    def ids(self) -> list[str]:
        view: Any = self.parts["view"]
        return [part["custom_id"] for row in view.to_components() for part in row["components"]]


def text_part(name: str, value: str) -> Any:
    return {"type": 18, "component": {"type": 4, "custom_id": name, "value": value}}


def upload(name: str, *ids: str) -> Any:
    return {"type": 18, "component": {"type": 19, "custom_id": name, "values": list(ids)}}


def message(custom_id: str) -> Any:
    rows = [SimpleNamespace(children=[SimpleNamespace(custom_id=custom_id)])]
    return SimpleNamespace(id=444, components=rows, flags=SimpleNamespace(ephemeral=True))


async def kept(bench: Bench) -> Draft:
    """The form that `open_` began."""
    draft = await bench.drafts.get("1")
    assert draft is not None
    return draft


async def open_(bench: Bench, **options: Any) -> Told:
    told = Told(bench, id=1)
    await forms.open_form(told.interaction, "Flux", **options)
    return told


async def submit(bench: Bench, *parts: Any, page: int = 0, **changes: Any) -> Told:
    data = {
        "custom_id": f"f1:page:1:{page}",
        "components": list(parts),
        "resolved": {"attachments": {"5": ATTACHMENT}},
    }
    told = Told(bench, **{"type": discord.InteractionType.modal_submit, "data": data, **changes})
    await forms.answer_modal(told.interaction)
    return told


async def press(bench: Bench, button: type[forms.FormButton], page: int = 0, **changes: Any) -> Told:
    told = Told(bench, **{"message": message("f1:go:1:0"), **changes})
    await button("1", page).callback(told.interaction)
    return told


# -- opening --------------------------------------------------------------------------------------------


async def test_a_schema_in_memory_is_a_modal_at_once_with_no_network(bench: Bench) -> None:
    await know(bench, SMALL)
    bench.studio.calls.clear()
    told = await open_(bench)
    assert told.how == ["modal"]
    assert told.modal["custom_id"] == "f1:page:1:0"
    assert bench.studio.calls == []


async def test_a_schema_that_must_be_read_is_waited_for_and_opened_by_a_button(bench: Bench) -> None:
    bench.studio.catalogued["model_flux"] = SMALL
    await bench.process.catalogue.refresh()
    told = await open_(bench)
    assert told.how == ["defer privately thinking", "edit"]
    assert told.buttons == ["open", "drop"]
    assert (await press(bench, forms.OpenButton)).how == ["modal"]


async def test_a_schema_of_two_pages_that_must_be_read_begins_with_the_first(bench: Bench) -> None:
    bench.studio.catalogued["model_flux"] = LARGE
    await bench.process.catalogue.refresh()
    told = await open_(bench)
    assert told.ids[0] == "f1:open:1:0"
    for page in (0, 1):
        assert (await press(bench, forms.OpenButton, page)).modal["custom_id"] == f"f1:page:1:{page}"


async def test_a_refusal_comes_before_anything_is_kept(bench: Bench) -> None:
    await know(bench, SMALL)
    told = Told(bench)
    with pytest.raises(UnknownModel):
        await forms.open_form(told.interaction, "no such")
    mute = Told(bench, app_permissions=discord.Permissions())
    with pytest.raises(CannotPost):
        await forms.open_form(mute.interaction, "Flux")
    assert await bench.drafts.get("2002") is None


async def test_an_earlier_request_opens_with_its_answers(bench: Bench) -> None:
    await know(bench, SMALL)
    told = await open_(bench, ask=Ask(prompt="a fox"), parent_id="77")
    assert told.modal["components"][0]["component"]["value"] == "a fox"
    await submit(bench, text_part("prompt", "a red fox"))
    asked = await bench.get("2002")
    assert (asked.ask.prompt, asked.parent_id) == ("a red fox", "77")


async def test_an_earlier_request_whose_schema_must_be_read_has_its_first_page_filled_in(
    bench: Bench,
) -> None:
    bench.studio.catalogued["model_flux"] = LARGE
    await bench.process.catalogue.refresh()
    told = await open_(bench, ask=Ask(prompt="a fox"))
    assert [one for one in told.ids if "open" in one] == ["f1:open:1:1", "f1:open:1:0"]  # more, and change
    bench.reborn()
    await bench.process.catalogue.refresh()
    again = await press(bench, forms.OpenButton, page=1)
    assert [one for one in again.ids if "open" in one] == ["f1:open:1:0"]  # where something is missing


# -- filling in -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("private", [True, False])
async def test_the_only_page_is_the_request(bench: Bench, private: bool) -> None:
    await know(bench, SMALL)
    await open_(bench, private=private, spoiler=True)
    told = await submit(bench, text_part("prompt", "a fox"), text_part("seed", "5"))
    assert told.how == ["defer privately thinking" if private else "defer thinking"]
    asked = await bench.get("2002")
    assert asked.ask == Ask(prompt="a fox", model_settings={"seed": "5"})
    assert asked.inputs == {"prompt": "a fox", "seed": 5}
    assert (asked.command, asked.card.private, asked.spoiler) == ("generate", private, True)
    assert asked.card_state is CardState.LIVE
    assert await bench.drafts.get("1") is None


async def test_between_two_pages_stands_a_private_message(bench: Bench) -> None:
    await know(bench, LARGE)
    await open_(bench)
    told = await submit(bench, text_part("prompt", "a *fox*"), upload("image", "5"), text_part("n0", "x"))
    assert told.how == ["message"]
    assert "a \\*fox\\*" in told.text
    assert "fox.png" in told.text
    assert "**n0**" in told.text
    assert told.buttons == ["open", "open", "new", "drop"]
    told = await submit(bench, text_part("n0", "1"), message=message("f1:open:1:0"))
    assert told.how == ["update"]
    assert told.buttons == ["go", "open", "open", "new", "drop"]


async def test_a_file_is_asked_for_by_its_inputs_name(bench: Bench) -> None:
    await know(bench, LARGE)
    await open_(bench)
    await submit(bench, text_part("prompt", "a fox"), upload("image", "5"))
    await press(bench, forms.GenerateButton)
    asked = await bench.get("2002")
    assert asked.ask.files == (
        InputFile(
            role="image",
            filename="fox.png",
            url="https://cdn.test/fox.png",
            content_type="image/png",
            size=12,
            width=3,
            height=4,
        ),
    )
    assert asked.inputs is not None
    assert asked.inputs["image"] == f"{UPLOAD}0"


async def test_a_form_on_a_card_leaves_the_card_alone(bench: Bench) -> None:
    await know(bench, LARGE)
    await open_(bench)
    told = await submit(bench, text_part("prompt", "a fox"), message=message("g1:edit:1001"))
    assert told.how == ["message"]


async def test_after_a_restart_a_modal_is_kept_before_its_schema_is_read(bench: Bench) -> None:
    await know(bench, LARGE)
    await open_(bench)
    bench.reborn()
    told = await submit(bench, text_part("prompt", "a fox"))
    assert told.how == ["defer privately thinking", "edit"]
    assert "a fox" in told.text
    bench.reborn()
    told = await submit(bench, text_part("n4", "4"), page=1, message=message("f1:open:1:1"))
    assert told.how == ["defer privately", "edit"]
    assert "a fox" in told.text


async def test_an_answer_is_not_lost_while_scenario_is_silent(bench: Bench) -> None:
    await know(bench, SMALL)
    await open_(bench)
    bench.reborn()
    del bench.studio.catalogued["model_flux"]
    told = await submit(bench, text_part("prompt", "a fox"))
    assert "message" in told.how
    assert (await kept(bench)).answers.values == {"prompt": "a fox"}


async def test_a_page_that_is_no_longer_there_is_the_last_one(bench: Bench) -> None:
    await know(bench, SMALL)
    await open_(bench)
    told = await press(bench, forms.OpenButton, page=7)
    assert told.modal["custom_id"] == "f1:page:1:0"


# -- buttons --------------------------------------------------------------------------------------------


async def test_generate_asks_publicly_once_and_takes_the_forms_buttons_away(bench: Bench) -> None:
    await know(bench, LARGE)
    await open_(bench)
    await submit(bench, text_part("prompt", "a fox"), upload("image", "5"))
    told = await press(bench, forms.GenerateButton)
    assert told.how == ["defer thinking"]
    assert told.retired == [444]
    again = await press(bench, forms.GenerateButton, id=2003)
    assert again.how == ["message"]
    assert "used" in again.text
    assert await bench.store.get("2003") is None


@pytest.mark.parametrize("alone", [True, False])
async def test_a_form_whose_generate_discord_did_not_take_is_there_to_be_pressed_again(
    bench: Bench, alone: bool
) -> None:
    async def late(**_: Any) -> None:
        raise http_error(404, 10062)

    await know(bench, SMALL if alone else LARGE)
    await open_(bench)
    if not alone:
        await submit(bench, text_part("prompt", "a fox"), upload("image", "5"))
    response = SimpleNamespace(defer=late, is_done=lambda: False)
    if alone:
        lost = await submit(bench, text_part("prompt", "a fox"), response=response)
    else:
        lost = await press(bench, forms.GenerateButton, response=response)
    assert lost.retired == []
    assert (await bench.get("2002")).fate is Fate.CANCELED
    assert (await kept(bench)).answers.values == {"prompt": "a fox"}
    told = await press(bench, forms.GenerateButton, id=2003)
    assert told.how == ["defer thinking"]
    assert (await bench.get("2003")).ask.prompt == "a fox"
    assert await bench.drafts.get("1") is None


async def test_a_form_is_not_lost_when_the_database_fails(bench: Bench) -> None:
    bench.store = faulty = FaultyStore(bench.store)
    bench.reborn()
    await know(bench, LARGE)
    await open_(bench)
    await submit(bench, text_part("prompt", "a fox"), upload("image", "5"))
    faulty.fail("record", OSError("disk full"))
    told = await press(bench, forms.GenerateButton)
    assert "Nothing was charged" in told.text
    told = await press(bench, forms.GenerateButton, id=2003)
    assert told.how == ["defer thinking"]
    assert (await bench.get("2003")).ask.prompt == "a fox"


async def test_a_form_whose_acknowledgement_nobody_is_sure_of_comes_back_when_it_is_dropped(
    bench: Bench,
) -> None:
    async def broken(**_: Any) -> None:
        raise ConnectionResetError

    await know(bench, LARGE)
    await open_(bench)
    await submit(bench, text_part("prompt", "a fox"), upload("image", "5"))
    await press(bench, forms.GenerateButton, response=SimpleNamespace(defer=broken, is_done=lambda: False))
    assert await bench.drafts.get("1") is None
    await bench.step("2002")
    assert (await bench.get("2002")).fate is Fate.CANCELED
    assert (await kept(bench)).answers.values == {"prompt": "a fox"}


async def test_what_is_missing_is_named_and_nothing_is_asked(bench: Bench) -> None:
    await know(bench, LARGE)
    await open_(bench)
    await submit(bench, text_part("prompt", "a fox"))
    told = await press(bench, forms.GenerateButton)
    assert told.how == ["update"]
    assert "**image** is required" in told.text
    assert await bench.store.get("2002") is None


async def test_what_the_guards_refuse_stays_a_form_with_the_reason(bench: Bench) -> None:
    bench.reborn(policy=Policy(guard=Guard(member_in_flight=0)))
    await know(bench, SMALL)
    await open_(bench)
    told = await submit(bench, text_part("prompt", "a fox"))
    assert told.how == ["message"]
    assert "Nothing was charged" in told.text
    assert told.buttons == ["go", "open", "new", "drop"]
    assert (await kept(bench)).answers.values == {"prompt": "a fox"}


async def test_a_stranger_presses_and_submits_in_vain(bench: Bench) -> None:
    await know(bench, SMALL)
    await open_(bench)
    begun = await kept(bench)
    stranger = SimpleNamespace(id=STRANGER)
    for button in forms.ALL:
        told = await press(bench, button, user=stranger)
        assert f"<@{OWNER}>" in told.text
    told = await submit(bench, text_part("prompt", "a fox"), user=stranger)
    assert f"<@{OWNER}>" in told.text
    assert await kept(bench) == begun


async def test_starting_over_and_discarding(bench: Bench) -> None:
    await know(bench, LARGE)
    await open_(bench)
    await submit(bench, text_part("prompt", "a fox"))
    told = await press(bench, forms.StartOverButton)
    assert told.how == ["update"]
    assert told.buttons == ["open", "drop"]
    told = await press(bench, forms.DiscardButton)
    assert told.parts["view"] is None
    assert await bench.drafts.get("1") is None
    told = await press(bench, forms.OpenButton)
    assert "Start again" in told.text


async def test_other_modals_are_not_answered(bench: Bench) -> None:
    data: dict[str, Any] = {"custom_id": "f2:page:1:0", "components": []}
    told = Told(bench, type=discord.InteractionType.modal_submit, data=data)
    await forms.answer_modal(told.interaction)
    press_of_ours = Told(bench, data={"custom_id": "f1:page:1:0"})
    await forms.answer_modal(press_of_ours.interaction)
    assert told.how == press_of_ours.how == []


def test_every_shape_of_a_submitted_modal_is_read() -> None:
    values, files = submitted(
        {
            "components": [
                {"type": 10, "content": "words"},
                {"type": 1, "components": [{"type": 4, "custom_id": "a", "value": "x"}]},
                {"type": 18, "component": {"type": 3, "custom_id": "b", "values": ["1", "2"]}},
                upload("c", "5", "404"),
            ],
            "resolved": {"attachments": {"5": ATTACHMENT}},
        }
    )
    assert values == {"a": "x", "b": ["1", "2"]}
    assert [one.filename for one in files["c"]] == ["fox.png"]
