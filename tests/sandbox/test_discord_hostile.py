"""Nothing that a client can send breaks a rule: every body is either stored and shown, or refused."""

import copy
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.discord.answers import Answers
from sandbox.discord.checks import keys
from sandbox.discord.command_rules import check_bulk
from sandbox.discord.commands import Commands
from sandbox.discord.limits import CHANNEL_POST, check_choices, check_modal
from sandbox.discord.refusal import Refusal
from sandbox.discord.state import Message
from tests.sandbox.discord_stage import IMAGINE, Stage

Json = dict[str, Any]

WORDS = sorted(
    keys(
        "content embeds components attachments flags allowed_mentions message_reference nonce type "
        "id custom_id title description url image footer author fields name value text icon_url "
        "timestamp color label style options placeholder min_values max_values media items "
        "accessory component file emoji parse users roles choices required autocomplete min_value "
        "max_value contexts integration_types"
    )
)

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 20),
    st.sampled_from([1 << 15, 64, 1.5]),
    st.sampled_from(
        ["", "x", "attachment://a.png", "https://example.com", "users", "@everyone <@1>", "http://["]
    ),
)


def branches(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(children, max_size=3), st.dictionaries(st.sampled_from(WORDS), children, max_size=5)
    )


JSON = st.recursive(LEAVES, branches, max_leaves=12)
BODY = st.dictionaries(st.sampled_from(WORDS), JSON, max_size=6)
COMPONENTS = st.dictionaries(st.sampled_from(WORDS), st.one_of(LEAVES, JSON), min_size=1, max_size=6)


def _typed(kind: int, rest: Json) -> Json:
    return {**rest, "type": kind}


def _message(body: Json, components: list[Json], flags: int) -> Json:
    return {"content": "x", **body, "components": components, "flags": flags}


TYPED = st.builds(_typed, st.sampled_from([1, 2, 3, 4, 9, 10, 11, 12, 17, 18]), COMPONENTS)
MESSAGES = st.builds(_message, BODY, st.lists(TYPED, max_size=3), st.sampled_from([0, 64, 1 << 15]))


GOOD: Json = {
    "content": "x",
    "embeds": [
        {
            "title": "t",
            "description": "d",
            "url": "https://example.com",
            "color": 5,
            "fields": [{"name": "a", "value": "b", "inline": True}],
            "footer": {"text": "f"},
        }
    ],
    "components": [
        {"type": 1, "components": [{"type": 2, "style": 1, "label": "l", "custom_id": "c"}]},
    ],
    "allowed_mentions": {"parse": ["users"]},
    "flags": 0,
}


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in it."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = [*cast("Json", value).items()]
    elif isinstance(value, list):
        items = [*enumerate(cast("list[Any]", value))]
    return [place for key, one in items for place in ((*path, key), *_places(one, (*path, key)))]


def _spoiled(place: tuple[Any, ...], value: Any) -> Json:
    """A good message with one thing in it changed."""
    body = copy.deepcopy(GOOD)
    *way, last = place
    at: Any = body
    for key in way:
        at = at[key]
    at[last] = value
    return body


NEARLY_GOOD = st.builds(_spoiled, st.sampled_from(_places(GOOD)), LEAVES | JSON)


def test_a_good_message_is_stored_and_shown():
    stage = Stage()
    place = stage.world.channel("general")
    message = Message(stage.world.snowflake(), place.id, stage.world.bot, stage.clock.now())
    stage.acts.store.create(message, copy.deepcopy(GOOD), [], known=CHANNEL_POST, granted=-1)
    (shown,) = stage.seen()
    assert (shown["id"], shown["content"], len(shown["embeds"])) == (str(message.id), "x", 1)


@given(NEARLY_GOOD | MESSAGES | BODY)
@settings(max_examples=150)
def test_messages(body: Json):
    stage = Stage()
    place = stage.world.channel("general")
    message = Message(stage.world.snowflake(), place.id, stage.world.bot, stage.clock.now())
    refused: Refusal | None = None
    try:
        stage.acts.store.create(message, body, [], known=CHANNEL_POST, granted=-1)
        stage.acts.store.edit(message, body, [], known=CHANNEL_POST, granted=-1)
    except Refusal as refusal:
        refused = refusal
    if refused is None:
        assert [one["id"] for one in stage.seen()] == [str(message.id)]
    else:
        assert 400 <= refused.status < 500
        assert refused.body()["message"]
        # an edit that is refused leaves the message as it was; one that is not made is not there
        assert [one["id"] for one in stage.seen()] in ([], [str(message.id)])


@given(BODY, st.lists(TYPED, max_size=3))
@settings(max_examples=100)
def test_modals_and_suggestions(body: Json, components: list[Json]):
    check_modal({**body, "components": components})
    check_modal(body)
    check_choices(body, 3)


@given(st.lists(BODY, max_size=3), BODY)
@settings(max_examples=100)
def test_commands(bodies: list[Json], option: Json):
    commands = Commands("1", lambda: 0.0, lambda: "2")
    bodies.append(
        {"name": "a", "description": "b", "options": [{"type": 3, "name": "c", "description": "d", **option}]}
    )
    refusal = check_bulk(bodies)
    if refusal is None:
        assert len(commands.replace(None, bodies)) == len(bodies)


@given(BODY, st.integers(0, 10))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_answers(body: Json, kind: int):
    stage = Stage()
    stage.world.commands.replace(None, [IMAGINE])
    payload = await stage.ask()
    answers = Answers(stage.acts)
    try:
        answers.callback(payload["id"], payload["token"], {"type": kind, "data": body}, [])
    except Refusal:
        assert stage.acts.state(payload["id"]) == "sent"
    else:
        assert stage.acts.state(payload["id"]) in ("acknowledged", "answered", "modal")


async def test_hostile_prompts_come_back_as_they_went():
    async with Stage() as stage:
        await stage.sync(IMAGINE)
        for prompt in ("🦊" * 50, "\u202eolleh", "@everyone @here", "**a** `b`", "a\u200bb", "\\<@1>"):
            payload = await stage.ask(prompt=prompt)
            silent: Json = {"content": prompt, "allowed_mentions": {"parse": []}}
            assert (await stage.answer(payload, 4, silent)).status == 204
            assert stage.seen()[-1]["content"] == prompt
            assert not stage.seen()[-1]["mention_everyone"]


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"5", b'{"a": [[[]]]}', b"\xff", b"--"])
async def test_odd_bodies(body: bytes):
    async with Stage() as stage:
        route = f"/channels/{stage.world.channel('general').id}/messages"
        for kind in ("application/json", "multipart/form-data; boundary=x", "multipart/form-data", "x/y"):
            answer = await stage.call("POST", route, headers={"Content-Type": kind}, data=body)
            assert answer.status in (400, 429)
