"""Discord's limits as pure rules: the edge passes, one past it is refused with code and path."""

from typing import Any

import pytest

from sandbox.discord.command_rules import check_bulk, check_command
from sandbox.discord.components import V2
from sandbox.discord.limits import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    EPHEMERAL,
    SUBMIT,
    WEBHOOK_PATCH,
    File,
    Kept,
    check_callback,
    check_choices,
    check_defer,
    check_files,
    check_message,
    check_modal,
    check_present,
)

Json = dict[str, Any]


def button(**changes: Any) -> Json:
    return {"type": 2, "style": 1, "label": "Again", "custom_id": "g1:again:1", **changes}


def row(*components: Json) -> Json:
    return {"type": 1, "components": list(components)}


def select(**changes: Any) -> Json:
    return {"type": 3, "custom_id": "s", "options": [{"label": "A", "value": "a"}], **changes}


def options(count: int) -> list[Json]:
    return [{"label": str(n), "value": str(n)} for n in range(count)]


def embed(**changes: Any) -> Json:
    return {"title": "a fox", **changes}


GOOD: list[Json] = [
    {"content": "x" * 2000},
    {"content": None, "embeds": None, "components": None, "allowed_mentions": None},
    {"embeds": [embed()] * 10},
    {"embeds": [embed(title="x" * 256 + "   ")]},
    {"embeds": [embed(description="x" * 4096)]},
    {"embeds": [{"fields": [{"name": "n" * 256, "value": "v"}] * 20}]},
    {"embeds": [embed(footer={"text": "x" * 2048}, author={"name": "x" * 256}, color=0xFFFFFF)]},
    {"embeds": [embed(timestamp="2026-08-01T12:00:00.000Z", url="https://example.com")]},
    {"components": [row(*[button(custom_id=f"{r}{n}") for n in range(5)]) for r in range(5)]},
    {"components": [row(button(label="x" * 80, custom_id="x" * 100))]},
    {"components": [row(button(label=None, emoji={"name": "🦊"}))]},
    {"components": [row({"type": 2, "style": 5, "label": "Open", "url": "https://example.com/"})]},
    {"components": [row(select(options=options(25), max_values=25, placeholder="x" * 150))]},
    {"components": [row({"type": 5, "custom_id": "who"})]},
    {"allowed_mentions": {"parse": ["users"], "roles": ["1"], "replied_user": False}},
    {"flags": V2, "components": [{"type": 10, "content": "x" * 4000}]},
    {
        "flags": V2,
        "components": [
            {
                "type": 17,
                "accent_color": 5,
                "components": [
                    {
                        "type": 9,
                        "components": [{"type": 10, "content": "x"}],
                        "accessory": {"type": 11, "media": {"url": "https://example.com/a.png"}},
                    },
                    {"type": 14},
                    {"type": 12, "items": [{"media": {"url": "https://example.com/a.png"}}]},
                    row(button()),
                ],
            }
        ],
    },
]

BAD: list[tuple[Json, str]] = [
    ({"content": "x" * 2001}, "content"),
    ({"content": 5}, "content"),
    ({"contents": "typo"}, "contents"),
    ({"embeds": [embed()] * 11}, "embeds"),
    ({"embeds": [embed(description="x" * 3000)] * 2}, "embeds"),
    ({"embeds": [embed(title="x" * 257)]}, "embeds.0.title"),
    ({"embeds": [embed(), embed(description="x" * 4097)]}, "embeds.1.description"),
    ({"embeds": [embed(fields=[{"name": "a", "value": "b"}] * 26)]}, "embeds.0.fields"),
    ({"embeds": [embed(fields=[{"name": "", "value": "b"}])]}, "embeds.0.fields.0.name"),
    ({"embeds": [embed(fields=[{"name": "a", "value": "x" * 1025}])]}, "embeds.0.fields.0.value"),
    ({"embeds": [embed(footer={"text": "x" * 2049})]}, "embeds.0.footer.text"),
    ({"embeds": [embed(author={"name": "x" * 257})]}, "embeds.0.author.name"),
    ({"embeds": [embed(color=0x1000000)]}, "embeds.0.color"),
    ({"embeds": [embed(timestamp="yesterday")]}, "embeds.0.timestamp"),
    ({"embeds": [embed(url="javascript:1")]}, "embeds.0.url"),
    ({"embeds": [embed(image={"url": "attachment://no.png"})]}, "embeds.0.image.url"),
    ({"embeds": [embed(colour=1)]}, "embeds.0.colour"),
    ({"embeds": [{}]}, "embeds.0.description"),
    ({"embeds": ["x"]}, "embeds.0"),
    ({"components": [row(button())] * 6}, "components"),
    ({"components": [row(*[button(custom_id=str(n)) for n in range(6)])]}, "components.0.components"),
    ({"components": [row(button(), button())]}, "components"),
    ({"components": [row(button(custom_id="x" * 101))]}, "components.0.components.0.custom_id"),
    ({"components": [row(button(custom_id=""))]}, "components.0.components.0.custom_id"),
    ({"components": [row(button(label="x" * 81))]}, "components.0.components.0.label"),
    ({"components": [row(button(label=None))]}, "components.0.components.0.label"),
    ({"components": [row(button(style=5))]}, "components.0.components.0.url"),
    ({"components": [row(button(url="https://example.com"))]}, "components.0.components.0.url"),
    (
        {"components": [row({"type": 2, "style": 5, "label": "x", "url": "https://e.com/" + "x" * 512})]},
        "components.0.components.0.url",
    ),
    ({"components": [row(select(options=options(26)))]}, "components.0.components.0.options"),
    ({"components": [row(select(options=[]))]}, "components.0.components.0.options"),
    ({"components": [row(select(placeholder="x" * 151))]}, "components.0.components.0.placeholder"),
    ({"components": [row(select(max_values=2))]}, "components.0.components.0.max_values"),
    ({"components": [row(select(), button())]}, "components.0.components"),
    ({"components": [button()]}, "components.0.type"),
    ({"components": [{"type": 10, "content": "x"}]}, "components.0.type"),
    ({"flags": V2, "content": "x", "components": [{"type": 10, "content": "x"}]}, "content"),
    ({"flags": V2, "embeds": [embed()]}, "embeds"),
    ({"flags": V2, "components": [{"type": 10, "content": "x"}] * 41}, "components"),
    ({"flags": V2, "components": [{"type": 10, "content": "x" * 2001}] * 2}, "components"),
    ({"allowed_mentions": {"parse": ["users"], "users": ["1"]}}, "allowed_mentions"),
    ({"allowed_mentions": {"parse": ["here"]}}, "allowed_mentions.parse.0"),
    ({"allowed_mentions": {"users": [str(n) for n in range(101)]}}, "allowed_mentions.users"),
    ({"nonce": "x" * 26}, "nonce"),
    ({"attachments": [{"id": "5"}]}, "attachments.0.id"),
]


@pytest.mark.parametrize("body", GOOD)
def test_what_a_message_may_be(body: Json):
    refusal = check_message(body)
    assert refusal is None, refusal and refusal.body()


@pytest.mark.parametrize(("body", "path"), BAD)
def test_what_a_message_may_not_be(body: Json, path: str):
    refusal = check_message(body)
    assert refusal is not None
    assert (refusal.status, refusal.code, refusal.path) == (400, 50035, path)
    node: Any = refusal.body()["errors"]
    for step in path.split("."):
        node = node[step]
    assert node["_errors"]


def test_files_and_their_descriptions():
    file = File(0, "a.png", b"")
    good: Json = {"attachments": [{"id": 0, "filename": "a.png", "description": "x" * 1024}]}
    assert check_message(good, [file]) is None
    bad: Json = {"attachments": [{"id": 0, "description": "x" * 1025}]}
    refusal = check_message(bad, [file])
    assert refusal is not None
    assert refusal.path == "attachments.0.description"
    assert check_message({}, [File(n, f"{n}.png", b"") for n in range(10)]) is None
    assert check_message({}, [File(n, f"{n}.png", b"") for n in range(11)]) is not None
    assert check_message({"attachments": []}, [file]) is not None
    shown: Json = {"embeds": [{"image": {"url": "attachment://b.png"}}]}
    assert check_message(shown, kept=[Kept("9", "b.png")], known=WEBHOOK_PATCH) is None
    assert check_message({**shown, "attachments": []}, kept=[Kept("9", "b.png")]) is not None


def test_the_size_of_a_file():
    assert check_files([File(0, "a", b"xx")], 2) is None
    refusal = check_files([File(0, "a", b"xxx")], 2)
    assert refusal is not None
    assert (refusal.status, refusal.code) == (413, 40005)


def test_an_empty_message():
    assert check_present(content="", embeds=1, attachments=0, components=0) is None
    refusal = check_present(content="  \n", embeds=0, attachments=0, components=0)
    assert refusal is not None
    assert (refusal.status, refusal.code) == (400, 50006)


LEGAL = [(COMMAND, {4, 5, 9}), (COMPONENT, {4, 5, 6, 7, 9}), (AUTOCOMPLETE, {8}), (SUBMIT, {4, 5, 6, 7})]


@pytest.mark.parametrize(("kind", "legal"), LEGAL)
def test_which_answers_fit(kind: int, legal: set[int]):
    found = {
        answer for answer in range(13) if check_callback({"type": answer}, kind, on_message=True) is None
    }
    assert found == legal


def test_a_modal_of_a_command_has_no_message_to_update():
    assert check_callback({"type": 7}, SUBMIT, on_message=False) is not None


def test_a_deferred_answer_says_nothing_but_ephemeral():
    assert check_defer({"flags": EPHEMERAL}) is None
    assert check_defer({"flags": 4}) is not None
    assert check_defer({"content": "x"}) is not None


def test_suggestions():
    assert check_choices({"choices": [{"name": "x" * 100, "value": "y" * 100}] * 25}, 3) is None
    assert check_choices({"choices": [{"name": "a", "value": "b"}] * 26}, 3) is not None
    assert check_choices({"choices": [{"name": "a", "value": "y" * 101}]}, 3) is not None
    assert check_choices({"choices": [{"name": "a", "value": ""}]}, 3) is not None
    assert check_choices({"choices": [{"name": "a", "value": "5"}]}, 4) is not None
    assert check_choices({"choices": [{"name": "a", "value": 5}]}, 4) is None


def modal(*components: Json, **changes: Any) -> Json:
    return {"custom_id": "m", "title": "Edit", "components": list(components), **changes}


def typed(**changes: Any) -> Json:
    return {"type": 4, "custom_id": "t", "style": 1, **changes}


def labeled(component: Json, **changes: Any) -> Json:
    return {"type": 18, "label": "Prompt", "component": component, **changes}


@pytest.mark.parametrize(
    "data",
    [
        modal(row(typed(label="Prompt", max_length=4000, value="x" * 4000))),
        modal(labeled(typed()), labeled(select()), labeled({"type": 19, "custom_id": "f", "max_values": 10})),
        modal(labeled(typed()), {"type": 10, "content": "hello"}, title="x" * 45),
    ],
)
def test_what_a_modal_may_be(data: Json):
    refusal = check_modal(data)
    assert refusal is None, refusal and refusal.body()


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (modal(labeled(typed()), title="x" * 46), "data.title"),
        (modal(), "data.components"),
        (modal(*[labeled(typed(custom_id=str(n))) for n in range(6)]), "data.components"),
        (modal(row(typed())), "data.components.0.components.0.label"),
        (modal(row(typed(label="x", max_length=4001))), "data.components.0.components.0.max_length"),
        (modal(labeled(typed(label="x"))), "data.components.0.component.label"),
        (modal(labeled(typed(), label="x" * 46)), "data.components.0.label"),
        (modal(labeled(typed(), description="x" * 101)), "data.components.0.description"),
        (modal(labeled(typed(placeholder="x" * 101))), "data.components.0.component.placeholder"),
        (modal(labeled(button())), "data.components.0.component.type"),
        (
            modal(labeled({"type": 19, "custom_id": "f", "max_values": 11})),
            "data.components.0.component.max_values",
        ),
        (modal(labeled(typed()), labeled(typed())), "data.components"),
    ],
)
def test_what_a_modal_may_not_be(data: Json, path: str):
    refusal = check_modal(data)
    assert refusal is not None
    assert (refusal.code, refusal.path) == (50035, path)


def option(**changes: Any) -> Json:
    return {"type": 3, "name": "prompt", "description": "What", **changes}


def command(*given: Json, **changes: Any) -> Json:
    return {"name": "imagine", "description": "Draw", "options": list(given), **changes}


@pytest.mark.parametrize(
    "body",
    [
        command(
            option(required=True, max_length=6000),
            option(name="ratio", choices=[{"name": "a", "value": "b"}]),
        ),
        command(*[option(name=f"o{n}") for n in range(25)]),
        command(name="x" * 32, description="x" * 100, contexts=[0, 1, 2], integration_types=[0, 1]),
        command(option(type=1, name="run", options=[option()]), option(type=2, name="g", options=[])),
        {"type": 3, "name": "Remix This"},
        command(name="画像", name_localizations={"fr": "imagine"}),
        command(
            option(type=4, min_value=1, max_value=4), option(type=11, name="f"), option(type=3, name="z")
        ),
        command(option(type=11, file_types=["image", "video", "audio", ".svg", ".tar.gz"])),
        command(option(type=11, file_types=[])),
    ],
)
def test_what_a_command_may_be(body: Json):
    refusal = check_command(body)
    assert refusal is None, refusal and refusal.body()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (command(name="Imagine"), "name"),
        (command(name="two words"), "name"),
        (command(name="x" * 33), "name"),
        (command(description=""), "description"),
        (command(description="x" * 101), "description"),
        ({"name": "imagine"}, "description"),
        ({"type": 2, "name": "x", "description": "y"}, "description"),
        (command(*[option(name=f"o{n}") for n in range(26)]), "options"),
        (command(option(), option(name="b", required=True)), "options.1"),
        (command(option(), option()), "options.1.name"),
        (command(option(choices=[{"name": "a", "value": "b"}] * 26)), "options.0.choices"),
        (command(option(choices=[{"name": "a", "value": "x" * 101}])), "options.0.choices.0.value"),
        (command(option(type=4, choices=[{"name": "a", "value": "b"}])), "options.0.choices.0.value"),
        (command(option(autocomplete=True, choices=[{"name": "a", "value": "b"}])), "options.0.autocomplete"),
        (command(option(type=5, autocomplete=True)), "options.0.autocomplete"),
        (command(option(min_value=1)), "options.0.min_value"),
        (command(option(type=4, max_length=3)), "options.0.max_length"),
        (command(option(type=11, file_types=["picture"])), "options.0.file_types.0"),
        (command(option(type=11, file_types=["image", 5])), "options.0.file_types.1"),
        (command(option(type=11, file_types=[".png"] * 11)), "options.0.file_types"),
        (command(option(file_types=["image"])), "options.0.file_types"),
        (command(option(type=12)), "options.0.type"),
        (command(option(type=1, name="a", options=[option(type=1, name="b")])), "options.0.options.0.type"),
        (command(option(type=1, name="a"), option(name="b")), "options"),
        (command(contexts=[3]), "contexts.0"),
        (command(integration_types=[]), "integration_types"),
        (command(colour=1), "colour"),
        (
            command(
                *[
                    option(name=f"o{n}", choices=[{"name": "x" * 99, "value": "y" * 99}] * 20)
                    for n in range(3)
                ]
            ),
            "",
        ),
    ],
)
def test_what_a_command_may_not_be(body: Json, path: str):
    refusal = check_command(body)
    assert refusal is not None
    assert (refusal.status, refusal.code, refusal.path) == (400, 50035, path)


def test_lists_of_commands():
    assert check_bulk([command(name=f"c{n}") for n in range(100)]) is None
    many = check_bulk([command(name=f"c{n}") for n in range(101)])
    assert many is not None
    assert many.code == 30032
    twice = check_bulk([command(), command()])
    assert twice is not None
    assert twice.path == "1"
    second = check_bulk([command(), command(name="Bad")])
    assert second is not None
    assert second.body()["errors"]["1"]["name"]["_errors"]
