"""Every button of a card, pressed: what becomes of the generation, and what the presser alone reads."""

from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.generation.card import CardState
from bot.generation.model import Fate, Output
from bot.generation.progress import Progress
from bot.request.ask import Ask
from bot.scenario.api.errors import Unavailable
from bot.scenario.api.records import JobState, Node
from bot.ui.cards import buttons
from bot.workflow_gates.gates import APPROVAL, SELECTION
from tests.support.bench import Bench, a_bench
from tests.support.builders import CHANNEL, MODERATOR, OWNER, STRANGER, a_generation, a_job, running
from tests.support.interactions import interaction_fields


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    async with a_bench() as made:
        await made.process.catalogue.refresh()
        await made.process.catalogue.read("model_flux")
        yield made


class Pressed:
    """An interaction of a press, and everything that it was answered with."""

    def __init__(self, bench: Bench, who: int, **changes: Any) -> None:
        self.how: list[str] = []
        self.retired: list[int] = []
        self.said: list[str] = []
        self.embeds: list[Any] = []
        self.views: list[Any] = []
        manages = who == MODERATOR
        fields = interaction_fields(
            id=2002,
            type=discord.InteractionType.component,
            data={},
            message=SimpleNamespace(id=70_000, flags=SimpleNamespace(ephemeral=False)),
            channel_id=CHANNEL,
            user=SimpleNamespace(id=who),
            permissions=discord.Permissions(manage_messages=manages),
            client=SimpleNamespace(
                service=bench.service, catalogue=bench.process.catalogue, forms=bench.forms
            ),
            response=self,
            followup=SimpleNamespace(send=self.send_message, delete_message=self._retire),
            edit_original_response=self._edit,
        )
        self.interaction = cast("Any", SimpleNamespace(**{**fields, **changes}))

    def is_done(self) -> bool:
        return bool(self.how)

    async def defer(self, *, ephemeral: bool = False, thinking: bool = False) -> Any:
        self.how.append("private" if ephemeral else ("thinking" if thinking else "update"))
        assert thinking or not ephemeral
        return SimpleNamespace(message_id=80_000, is_ephemeral=lambda: ephemeral)

    async def send_modal(self, modal: discord.ui.Modal) -> None:
        self.how.append("modal")

    async def send_message(self, content: Any = None, **parts: Any) -> None:
        assert parts["ephemeral"]
        assert parts["allowed_mentions"].to_dict() == {"parse": []}
        self.how.append("told")
        self._keep(content, parts)

    async def _retire(self, message_id: int) -> None:
        self.retired.append(message_id)

    async def _edit(self, *, content: Any, view: Any) -> None:
        self.how.append("edited")
        self._keep(content, {"view": view})

    def _keep(self, content: Any, parts: dict[str, Any]) -> None:
        if isinstance(content, str):
            self.said.append(content)
        if isinstance(parts.get("embed"), discord.Embed):
            self.embeds.append(parts["embed"])
        self.views.append(parts.get("view"))


async def press(bench: Bench, custom_id: str, *, who: int = OWNER, **changes: Any) -> Pressed:
    """As the client does it: the first template that the id fits is asked."""
    pressed = Pressed(bench, who, **changes)
    for kind in buttons.ALL:
        match = kind.__discord_ui_compiled_template__.fullmatch(custom_id)
        if match is not None:
            item = cast("Any", discord.ui.Button(custom_id=custom_id))
            made = await kind.from_custom_id(pressed.interaction, item, match)
            await made.callback(pressed.interaction)
            return pressed
    raise AssertionError(custom_id)


# -- cancel, confirm, again ---------------------------------------------------------------------------


async def test_cancel_of_what_is_not_bought_ends_it(bench: Bench) -> None:
    await bench.put(a_generation())
    pressed = await press(bench, "g1:cancel:1001")
    assert (pressed.how, pressed.said) == (["private", "told"], ["Canceled. Nothing was charged."])
    after = await bench.get()
    assert (after.fate, after.canceled_by) == (Fate.CANCELED, OWNER)


async def test_cancel_of_a_running_job_is_asked_for(bench: Bench) -> None:
    bench.studio.put(a_job("job_1001"))
    await bench.put(running())
    pressed = await press(bench, "g1:cancel:1001", who=MODERATOR)
    assert pressed.said == ["Canceling. The card shows what comes of it."]
    assert bench.studio.world["job_1001"].state is JobState.CANCELED


@pytest.mark.parametrize("what", ["cancel", "confirm", "delete", "delete-yes", "approve", "reject"])
async def test_a_stranger_is_told_whose_it_is_and_nothing_happens(bench: Bench, what: str) -> None:
    await bench.put(before := running())
    bench.studio.calls.clear()
    tail = ":0" if what in {"approve", "reject"} else ""
    pressed = await press(bench, f"g1:{what}:1001{tail}", who=STRANGER)
    assert pressed.said == [f"Only <@{OWNER}> or a moderator can do this."]
    assert pressed.how[-1] == "told"
    assert await bench.get() == before
    assert bench.studio.calls == []


async def test_a_yes_to_the_price_is_on_record(bench: Bench) -> None:
    await bench.put(a_generation())
    pressed = await press(bench, "g1:confirm:1001")
    assert (pressed.how, pressed.said) == (["update"], [])  # the card says that it goes on
    assert (await bench.get()).confirmed_by == OWNER


@pytest.mark.parametrize("ephemeral", [True, False, None])
async def test_again_is_as_private_as_the_message_it_stands_on(bench: Bench, ephemeral: bool | None) -> None:
    asked = Ask(prompt="a cat", seed=5)
    await bench.put(running(fate=Fate.SUCCEEDED, spoiler=True, ask=asked, outputs=(Output(asset_id="a"),)))
    message = None
    if ephemeral is not None:
        message = SimpleNamespace(id=70_000, flags=SimpleNamespace(ephemeral=ephemeral))
    pressed = await press(bench, "g1:again:1001", who=STRANGER, message=message)
    again = await bench.get("2002")
    assert (again.card.private, again.spoiler, again.origin.owner_id) == (bool(ephemeral), True, STRANGER)
    assert (again.ask, again.parent_id) == (Ask(prompt="a cat"), "1001")
    assert pressed.how == ["private" if ephemeral else "thinking"]


async def test_the_form_of_what_could_not_be_asked_for_knows_what_that_began_with(bench: Bench) -> None:
    await bench.put(a_generation(fate=Fate.FAILED, ask=Ask(prompt="a cat"), parent_id="77", spoiler=True))
    assert (await press(bench, "g1:form:1001")).how == ["modal"]
    draft = await bench.forms.get("2002", OWNER)
    assert (draft.answers.values, draft.answers.parent_id) == ({"prompt": "a cat"}, "77")
    assert (draft.model_id, draft.spoiler) == ("model_flux", True)


async def test_again_is_refused_where_nothing_can_be_posted(bench: Bench) -> None:
    await bench.put(running(fate=Fate.SUCCEEDED))
    pressed = await press(bench, "g1:again:1001", app_permissions=discord.Permissions(attach_files=True))
    assert "Nothing was charged" in pressed.said[0]
    assert await bench.store.get("2002") is None


async def test_what_is_not_there_is_told_in_the_pressers_language(bench: Bench) -> None:
    english = await press(bench, "g1:cancel:404")
    french = await press(bench, "g1:cancel:404", locale=discord.Locale.french)
    assert english.said != french.said
    assert len(english.said) == len(french.said) == 1


# -- original -----------------------------------------------------------------------------------------


async def test_originals_are_linked_for_the_pressers_eyes(bench: Bench) -> None:
    bench.studio.put(a_job("job_1001", state=JobState.SUCCEEDED, asset_ids=("asset_a",)))
    await bench.put(running(fate=Fate.SUCCEEDED, outputs=(Output(asset_id="asset_a"),)))
    pressed = await press(bench, "g1:original:1001", who=STRANGER)
    assert pressed.how == ["private", "told"]
    assert "https://cdn.scenario.com/original/asset_a" in pressed.said[0]


async def test_a_link_that_is_longer_than_a_message_stands_in_an_embed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.put(running(fate=Fate.SUCCEEDED, outputs=(Output(asset_id="asset_a"),)))
    long = "https://cdn.scenario.com/" + "x" * 2500

    async def original(asset_id: str) -> str:
        return long

    monkeypatch.setattr(bench.studio, "original", original)
    pressed = await press(bench, "g1:original:1001")
    (embed,) = pressed.embeds
    assert long in embed.description
    assert all(len(one) <= 2000 for one in pressed.said)


async def test_originals_that_scenario_does_not_tell_are_told_as_its_silence(bench: Bench) -> None:
    await bench.put(running(fate=Fate.SUCCEEDED, outputs=(Output(asset_id="asset_a"),)))
    bench.studio.forever["assets"] = bench.studio.forever["original"] = Unavailable("502")
    pressed = await press(bench, "g1:original:1001")
    assert len(pressed.said) == 1
    assert "https://" not in pressed.said[0]


# -- delete -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("private", "question"), [(False, "Delete this card for everyone?"), (True, "Delete this card?")]
)
async def test_delete_asks_first(bench: Bench, private: bool, question: str) -> None:
    await bench.put(running(private=private))
    pressed = await press(bench, "g1:delete:1001")
    assert (pressed.how, pressed.said) == (["told"], [question])
    (view,) = pressed.views
    parts = [part for row in view.to_components() for part in row["components"]]
    assert [(one["label"], one["custom_id"], one["style"]) for one in parts] == [
        ("Delete it", "g1:delete-yes:1001", discord.ButtonStyle.danger.value),
        ("Keep it", "g1:delete-no:1001", discord.ButtonStyle.secondary.value),
    ]
    assert view.timeout is None
    assert bench.delivery.erased == []


async def test_a_yes_deletes_and_a_no_keeps(bench: Bench) -> None:
    await bench.put(running())
    question = SimpleNamespace(id=80_001, flags=SimpleNamespace(ephemeral=True))
    kept = await press(bench, "g1:delete-no:1001", message=question)
    assert (kept.how, kept.said, kept.retired) == (["update"], [], [80_001])
    assert bench.delivery.erased == []
    gone = await press(bench, "g1:delete-yes:1001")
    assert (gone.how, gone.said, gone.views) == (
        ["update", "edited"],
        ["Deleted. /show can bring it back."],
        [None],
    )
    assert bench.delivery.erased == ["1001"]
    assert (await bench.get()).card_state is CardState.KEPT


# -- gates --------------------------------------------------------------------------------------------


async def waiting(bench: Bench, type_: str) -> None:
    """The gate is the second node."""
    nodes = (
        Node(id="draw", type="custom-model", status="success", asset_ids=("asset_1", "asset_2", "asset_3")),
        Node(id="ask", type=type_, status="pending", depends_on=("draw",)),
    )
    bench.studio.put(a_job("job_1001", flow=nodes))
    await bench.put(running(model_id="wflow_1"))
    bench.process.board.put("1001", Progress(phase="processing", nodes=nodes))


@pytest.mark.parametrize(
    ("what", "yes", "told"),
    [
        ("approve", True, "Approved. The workflow continues."),
        ("reject", False, "Rejected. The workflow ends here."),
    ],
)
async def test_a_gate_is_answered_by_its_number(bench: Bench, what: str, yes: bool, told: str) -> None:
    await waiting(bench, APPROVAL)
    assert (await press(bench, f"g1:{what}:1001:0")).said == [
        "This is over already; there is nothing left to cancel."
    ]
    assert bench.studio.gate_answers == []
    pressed = await press(bench, f"g1:{what}:1001:1", who=MODERATOR)
    assert (pressed.how, pressed.said) == (["private", "told"], [told])
    assert bench.studio.gate_answers == [("job_1001", "ask", yes)]


@pytest.mark.parametrize(("values", "picks"), [(["2"], (1,)), (["3", "1"], (2, 0)), (["1", "x"], (0,))])
async def test_a_choice_counts_from_zero_at_scenario(
    bench: Bench, values: list[str], picks: tuple[int, ...]
) -> None:
    await waiting(bench, SELECTION)
    pressed = await press(bench, "g1:pick:1001:1", data={"values": values})
    assert (pressed.how, pressed.said) == (["private", "told"], ["Chosen. The workflow continues."])
    assert bench.studio.gate_answers == [("job_1001", "ask", picks)]


async def test_a_choice_of_a_strangers_is_refused_in_their_language(bench: Bench) -> None:
    await waiting(bench, SELECTION)
    english = await press(bench, "g1:pick:1001:1", who=STRANGER, data={"values": ["1"]})
    french = await press(
        bench, "g1:pick:1001:1", who=STRANGER, data={"values": ["1"]}, locale=discord.Locale.french
    )
    assert english.said == [f"Only <@{OWNER}> or a moderator can do this."]
    assert french.said != english.said
    assert bench.studio.gate_answers == []


# -- the views ----------------------------------------------------------------------------------------


def test_every_button_looks_as_it_should() -> None:
    """What invites is colored, what destroys is red, the rest is gray."""
    trained_models = {
        kind.what: kind.style.name for kind in buttons.ALL if issubclass(kind, buttons.CardButton)
    }
    assert trained_models == {
        "approve": "success",
        "reject": "danger",
        "cancel": "secondary",
        "confirm": "success",
        "again": "primary",
        "form": "primary",
        "original": "secondary",
        "delete": "secondary",
        "delete-yes": "danger",
        "delete-no": "secondary",
        "use-words": "success",
        "keep-words": "secondary",
    }


async def test_every_listed_generation_has_a_numbered_cancel() -> None:
    view = buttons.cancel_view([a_generation("11"), a_generation("12")])
    parts = [part for row in view.to_components() for part in cast("Any", row)["components"]]
    assert [(one["label"], one["custom_id"]) for one in parts] == [
        ("Cancel 1", "g1:cancel:11"),
        ("Cancel 2", "g1:cancel:12"),
    ]
    assert view.timeout is None
