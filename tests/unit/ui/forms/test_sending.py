"""What was refused is kept with all that was said, sent again by its owner alone, and once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.catalogue.tasks import Task
from bot.forms import Refused
from bot.forms.draft import LIFE
from bot.generation.ports import Guard
from bot.refusals import AlreadyAsked, Crowded, Limit, LimitReached, NoSuchForm, NotAllowed, Restarting
from bot.request.ask import Ask, InputFile, TrainedModel
from bot.service.service import Policy
from bot.ui.commands.requesting import make
from bot.ui.forms import sending
from bot.ui.forms.sending import SendAgainButton
from tests.support.bench import Bench, a_bench
from tests.support.builders import MODEL, OWNER, STRANGER
from tests.support.interactions import interaction_fields

ASK = Ask(
    prompt="a {red fox",
    count=2,
    seed=7,
    options={"duration": 4},
    model_settings={"steps": 3},
    files=(InputFile(role="reference", filename="a.png", url="https://cdn.example/a.png"),),
    trained_models=(TrainedModel(model_id="model_ink", name="Ink", scale=0.5),),
)
FULL = Policy(guard=Guard(member_in_flight=0))


class Answers:
    """The answers to one interaction, and what is done to its message."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.edited: list[dict[str, Any]] = []
        self.deleted: list[int] = []
        self.modals: list[discord.ui.Modal] = []
        self.deferred = False

    def is_done(self) -> bool:
        return self.deferred

    async def send_message(self, content: str, **options: Any) -> None:
        self.sent.append({"content": content, **options})

    send = send_message

    async def edit_message(self, *_: object, **options: Any) -> None:
        self.edited.append(options)

    async def delete_message(self, message_id: int) -> None:
        self.deleted.append(message_id)

    async def send_modal(self, modal: discord.ui.Modal) -> None:
        self.modals.append(modal)

    async def defer(self, **_: object) -> None:
        self.deferred = True


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench() as one:
        await one.process.catalogue.refresh()
        await one.process.catalogue.read(MODEL)
        yield one


def interaction(bench: Bench, *, id_: int = 4321, user: int = OWNER, **more: Any) -> Any:
    answers = Answers()
    fields = interaction_fields(
        id=id_,
        user=SimpleNamespace(id=user),
        permissions=discord.Permissions(),
        context=SimpleNamespace(dm_channel=False),
        message=SimpleNamespace(id=1),
        response=answers,
        followup=answers,
        data={"options": [{"type": 3, "name": "prompt", "value": ASK.prompt}]},
        client=cast(
            "Any",
            SimpleNamespace(service=bench.service, catalogue=bench.process.catalogue, forms=bench.forms),
        ),
    )
    return SimpleNamespace(**{**fields, **more})


def custom_ids(view: Any) -> list[str]:
    return [] if view is discord.utils.MISSING else [str(child.custom_id) for child in view.children]


async def refused(bench: Bench, error: Exception, ask: Ask = ASK) -> dict[str, Any]:
    """What is told of a command that the service refuses with this."""

    async def refuse(*_: object, **__: object) -> None:
        raise error

    asked = interaction(bench)
    bench.service.asking.request = refuse  # type: ignore[method-assign]
    await make(asked, Task.IMAGINE, ask, model="Flux", private=True, spoiler=True)
    (told,) = asked.response.sent
    del bench.service.asking.request
    return told


LIMIT = LimitReached(Limit.MEMBER_IN_FLIGHT, 1, used=1)


@pytest.mark.parametrize("error", [LIMIT, Restarting()])
async def test_everything_that_was_said_is_kept(bench: Bench, error: Exception) -> None:
    told = await refused(bench, error)
    assert f"```\n{ASK.prompt}\n```" in told["content"]
    assert told["ephemeral"] is True
    assert custom_ids(told["view"]) == ["w1:send:4321"]
    draft = await bench.forms.get("4321", OWNER)
    assert draft.refused == Refused(command="imagine", ask=ASK)
    assert (draft.model_id, draft.private, draft.spoiler) == ("Flux", True, True)


async def test_where_the_store_has_no_time_the_words_are_given_back_and_nothing_is_kept(bench: Bench) -> None:
    told = await refused(bench, Crowded())
    assert f"```\n{ASK.prompt}\n```" in told["content"]
    assert custom_ids(told["view"]) == []
    with pytest.raises(NoSuchForm):
        await bench.forms.get("4321", OWNER)


async def test_where_the_store_is_in_trouble_the_words_are_given_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(bench.drafts, "add", full)
    told = await refused(bench, LIMIT)
    assert f"```\n{ASK.prompt}\n```" in told["content"]
    assert custom_ids(told["view"]) == []


async def test_a_store_that_does_not_answer_is_not_waited_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(sending, "KEPT_WITHIN", 0.01)
    monkeypatch.setattr(bench.drafts, "add", never)
    assert custom_ids((await refused(bench, LIMIT))["view"]) == []


# -- to send it again -----------------------------------------------------------------------------------


async def kept(bench: Bench) -> SendAgainButton:
    simple = replace(ASK, files=(), trained_models=(), options={}, model_settings={}, count=1)
    await bench.forms.keep(
        "4321", OWNER, Refused(command="imagine", ask=simple), model=MODEL, private=False, spoiler=True
    )
    return SendAgainButton("4321")


async def test_it_becomes_the_request_that_it_was(bench: Bench) -> None:
    button = await kept(bench)
    pressed = interaction(bench, id_=5555)
    await button.press(pressed)
    made = await bench.get("5555")
    assert (made.ask.prompt, made.ask.seed, made.spoiler) == (ASK.prompt, 7, True)
    assert len(pressed.response.deleted) == 1  # what was sent leaves nothing behind
    with pytest.raises(NoSuchForm):
        await button.press(interaction(bench, id_=5556))


async def test_pressed_twice_at_once_it_is_one_request(bench: Bench) -> None:
    button = await kept(bench)
    presses = [button.press(interaction(bench, id_=5555 + number)) for number in range(2)]
    ended = await asyncio.gather(*presses, return_exceptions=True)
    (late,) = [one for one in ended if one is not None]
    assert isinstance(late, AlreadyAsked | NoSuchForm)
    assert len(await bench.store.of_owner(OWNER)) == 1


async def test_nobody_else_sends_it(bench: Bench) -> None:
    button = await kept(bench)
    with pytest.raises(NotAllowed):
        await button.press(interaction(bench, id_=5555, user=STRANGER))


async def test_a_day_later_it_is_gone(bench: Bench) -> None:
    button = await kept(bench)
    bench.clock.jump((LIFE + timedelta(seconds=1)).total_seconds())
    with pytest.raises(NoSuchForm):
        await button.press(interaction(bench, id_=5555))
    assert await bench.forms.erase() == 1


async def test_what_is_refused_again_stays_where_it_is(bench: Bench) -> None:
    button = await kept(bench)
    bench.reborn(policy=FULL)
    pressed = interaction(bench, id_=5555)
    await button.press(pressed)
    (edit,) = pressed.response.edited
    assert f"```\n{ASK.prompt}\n```" in edit["content"]
    assert custom_ids(edit["view"]) == ["w1:send:4321"]
    assert pressed.response.sent == []
    bench.reborn(policy=Policy())
    await button.press(interaction(bench, id_=5556))
    assert (await bench.get("5556")).ask.seed == 7


async def test_a_form_is_not_sent_by_this_button(bench: Bench) -> None:
    await bench.forms.begin("77", OWNER, MODEL)
    with pytest.raises(NoSuchForm):
        await SendAgainButton("77").press(interaction(bench, id_=5555))
