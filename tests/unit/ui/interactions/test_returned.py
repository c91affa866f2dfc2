"""A member's words under a refusal: whole, as they were, and never a reason to say nothing."""

from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.request.ask import Ask
from bot.ui.interactions.asking import AnyInteraction, retire
from bot.ui.interactions.returned import CONTENT, give_back, returned, words_of, words_of_ask

STRING, SUBCOMMAND, TEXT = 3, 1, 4


def interaction(type_: discord.InteractionType, data: Any, **more: Any) -> AnyInteraction:
    return cast("AnyInteraction", SimpleNamespace(type=type_, data=data, **more))


def option(name: str, value: str) -> dict[str, Any]:
    return {"type": STRING, "name": name, "value": value}


def test_short_words_stand_in_blocks_of_their_own() -> None:
    told = returned("No.", ["a *red* fox", "", "  ", "la la"])
    assert told.content == "No.\nYour words:\n```\na *red* fox\n```\n```\nla la\n```"
    assert told.attached is None


def test_without_words_there_is_the_sentence_alone() -> None:
    assert returned("No.", []).content == "No."
    assert len(returned("No. " * 1000, []).content) <= CONTENT


@pytest.mark.parametrize("words", ["w" * 4000, "one ``` two", "```"])
def test_what_a_block_cannot_hold_comes_in_a_file_whole(words: str) -> None:
    told = returned("No.", [words, "and more"])
    assert told.file == f"{words}\n\nand more".encode()
    assert len(told.content) <= CONTENT
    assert told.content.count("```") == 2
    cut = returned("No.", [words], files=False)
    assert cut.file is None
    assert "The beginning of your words" in cut.content


@given(st.text(max_size=2500), st.lists(st.text(max_size=2500), max_size=3))
def test_no_words_break_a_limit_or_out_of_their_block(text: str, words: list[str]) -> None:
    for files in (True, False):
        told = returned(text, words, files=files)
        assert len(told.content) <= CONTENT
        if told.file is not None:
            assert told.file.decode() == "\n\n".join(one for one in words if one.strip())


def test_of_a_command_what_takes_a_while_to_write_is_given_back() -> None:
    options = [option("model", "flux"), option("negative_prompt", "fog"), option("prompt", "a fox")]
    asked = interaction(discord.InteractionType.application_command, {"options": options})
    assert words_of(asked) == ("a fox", "fog")
    inside = {"options": [{"type": SUBCOMMAND, "name": "run", "options": [option("text", "words")]}]}
    assert words_of(interaction(discord.InteractionType.application_command, inside)) == ("words",)


def test_of_a_modal_what_is_more_than_a_number_is_given_back() -> None:
    rows = [
        {"type": 18, "component": {"type": TEXT, "custom_id": "a", "value": "a fox"}},
        {"type": 1, "components": [{"type": TEXT, "custom_id": "b", "value": "30"}]},
        {"type": 1, "components": [{"type": TEXT, "custom_id": "c", "value": "in snow"}]},
        {"type": 18, "component": {"type": 3, "custom_id": "d", "values": ["x"]}},
    ]
    assert words_of(interaction(discord.InteractionType.modal_submit, {"components": rows})) == (
        "a fox",
        "in snow",
    )


def test_a_button_takes_nobodys_words() -> None:
    assert words_of(interaction(discord.InteractionType.component, {"custom_id": "x"})) == ()
    assert words_of(interaction(discord.InteractionType.application_command, None)) == ()


def test_of_what_is_on_record_the_words_are_those_that_were_typed() -> None:
    ask = Ask(
        prompt="red fox",
        pattern="{red, blue} fox",
        negative_prompt="fog",
        options={"lyrics": "la", "duration": 4},
        model_settings={"text1": "a long line", "style": "oil", "steps": 3},
    )
    assert words_of_ask(ask) == ("{red, blue} fox", "la", "fog", "a long line")
    assert words_of_ask(Ask()) == ()


class Answers:
    """Takes no file, or nothing at all."""

    def __init__(self, *, takes_files: bool = True, done: bool = False) -> None:
        self.takes_files = takes_files
        self.done = done
        self.sent: list[dict[str, Any]] = []

    def is_done(self) -> bool:
        return self.done

    async def send(self, content: str, **options: Any) -> None:
        if "file" in options and not self.takes_files:
            raise discord.Forbidden(cast("Any", SimpleNamespace(status=403, reason="")), "no files")
        self.sent.append({"content": content, **options})

    send_message = send


@pytest.mark.parametrize("done", [True, False])
async def test_where_no_file_is_taken_the_beginning_is_told(done: bool) -> None:
    for takes_files in (True, False):
        answers = Answers(takes_files=takes_files, done=done)
        asked = interaction(discord.InteractionType.component, {}, response=answers, followup=answers)
        await give_back(asked, "No.", ["w" * 3000])
        (told,) = answers.sent
        assert told["ephemeral"] is True
        assert ("file" in told) is takes_files


async def test_a_refusal_that_cannot_be_changed_any_more_is_no_error() -> None:
    class Gone:
        async def delete_message(self, *_: object, **__: object) -> None:
            raise aiohttp.ClientError

    await retire(interaction(discord.InteractionType.component, {}, followup=Gone(), message=None))
    message = SimpleNamespace(id=1)
    await retire(interaction(discord.InteractionType.component, {}, followup=Gone(), message=message))
