"""A message with several pictures, none of them ours: which one a form begins with.

They are kept as a form is, so that the question outlives a restart: ids are `a1:from:<draft>:<number>`.
"""

import re
from collections.abc import Sequence
from typing import Final, Self, cast

import discord

from bot import discord_limits
from bot.catalogue.tasks import Task
from bot.forms import Answers
from bot.request.ask import Ask, InputFile
from bot.scenario.api.prompting import names_help
from bot.ui.forms.flow import open_form
from bot.ui.interactions.asking import AnyInteraction, caller_of, deferral, require_posting, retire, tell
from bot.ui.interactions.host import host_of
from bot.ui.interactions.pressing import AnsweringButton
from bot.ui.speech.texts import say

_PICTURES: Final = ""
"""Where the pictures wait in the draft: no model has an input of that name."""


class FromButton(AnsweringButton, template=r"a1:from:(?P<id>[0-9]+):(?P<number>[0-9]+)"):
    """Begins with the picture of that number."""

    def __init__(self, draft_id: str, number: int) -> None:
        self.draft_id, self.number = draft_id, number
        super().__init__(discord.ui.Button(label=str(number), custom_id=f"a1:from:{draft_id}:{number}"))

    @classmethod
    async def from_custom_id(
        cls, interaction: AnyInteraction, item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        del interaction, item
        return cls(match["id"], int(match["number"]))

    async def press(self, interaction: AnyInteraction) -> None:
        draft = await host_of(interaction).forms.get(self.draft_id, interaction.user.id)
        picture = draft.answers.files[_PICTURES][self.number - 1]
        await _begin(interaction, draft.model_id, picture, draft_id=self.draft_id)
        await retire(interaction)


async def begin_with(interaction: AnyInteraction, model_id: str, pictures: Sequence[InputFile]) -> None:
    """Begin with the picture, or where there are several, ask which. May raise a Refusal."""
    if len(pictures) == 1:
        await _begin(interaction, model_id, pictures[0])
        return
    require_posting(interaction)
    offered = tuple(pictures[: discord_limits.BUTTONS])
    draft = await host_of(interaction).forms.begin(
        str(interaction.id), interaction.user.id, model_id, answers=Answers(files={_PICTURES: offered})
    )
    view = discord.ui.View(timeout=None)
    for number in range(1, len(offered) + 1):
        view.add_item(cast("discord.ui.Item[discord.ui.View]", FromButton(draft.id, number)))
    await tell(interaction, say("action.which_picture", count=len(offered)), view=view)


async def _begin(
    interaction: AnyInteraction, model_id: str, picture: InputFile, *, draft_id: str | None = None
) -> None:
    """Open the form with the picture; what is only to be described needs none, and is asked for at once.

    draft_id: the question that was answered: it becomes one request, however often it is pressed.
    """
    ask = Ask(files=(picture,))
    if not names_help(model_id):
        await open_form(interaction, model_id, ask=ask)
        return
    require_posting(interaction)
    acknowledge = deferral(interaction, private=True)
    asking = host_of(interaction).service.asking
    await asking.request(
        caller_of(interaction),
        ask,
        acknowledge,
        task=Task.PROMPT,
        model_id=model_id,
        private=True,
        draft_id=draft_id,
    )


ALL: tuple[type[FromButton], ...] = (FromButton,)
"""What the client registers at start."""
