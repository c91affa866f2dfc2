"""What was refused, to be sent again: kept with all that was said, for a button that outlives a restart."""

import asyncio
import logging
import re
from typing import Final, Self, cast

import discord

from bot.catalogue.tasks import Task
from bot.endings import ENDINGS
from bot.forms import Draft, Refused
from bot.generation.model import Fate
from bot.refusals import AlreadyAsked, Crowded, LimitReached, NoSuchForm, Refusal, Restarting
from bot.ui.interactions.asking import AnyInteraction, caller_of, deferral, require_posting, retire
from bot.ui.interactions.host import host_of
from bot.ui.interactions.pressing import AnsweringButton
from bot.ui.interactions.returned import give_back, returned, words_of, words_of_ask
from bot.ui.models.suggestions import model_named
from bot.ui.speech import refusals
from bot.ui.speech.texts import say

log = logging.getLogger(__name__)

PASSING: Final = (LimitReached, Restarting, Crowded)
"""Refusals that say nothing against the request: the same may be taken in a while."""
KEPT_WITHIN: Final = 1.0
"""Seconds that keeping it may take of the three in which Discord wants its answer."""
MOST_AT_ONCE: Final = 8
"""Of a crowd that is refused, the others have their words to copy: to turn somebody away costs nothing."""

_keeping = asyncio.Semaphore(MOST_AT_ONCE)


async def give_back_to_send(
    interaction: AnyInteraction,
    refusal: Refusal,
    refused: Refused,
    *,
    model: str,
    private: bool,
    spoiler: bool,
) -> None:
    """Tell a refusal with the member's words and, if it can be kept, a button that sends the same again.

    model: as it was named.
    """
    kept = await _kept(interaction, refusal, refused, model=model, private=private, spoiler=spoiler)
    view = None if kept is None else view_of(kept)
    await give_back(interaction, refusals.refusal(refusal), words_of(interaction), view=view)


async def _kept(
    interaction: AnyInteraction,
    refusal: Refusal,
    refused: Refused,
    *,
    model: str,
    private: bool,
    spoiler: bool,
) -> Draft | None:
    """None where the store itself is what has no time, or is in trouble: then there are the words."""
    if isinstance(refusal, Crowded) or _keeping.locked():
        return None
    forms = host_of(interaction).forms
    try:
        async with _keeping, asyncio.timeout(KEPT_WITHIN):
            return await forms.keep(
                str(interaction.id),
                interaction.user.id,
                refused,
                model=model,
                private=private,
                spoiler=spoiler,
            )
    except ENDINGS:
        raise
    except BaseException as error:
        log.warning("what was refused is not kept: %s", type(error).__name__)
        return None


class SendAgainButton(AnsweringButton, template=r"w1:send:(?P<id>[0-9]+)"):
    """Sends what was refused once more, as it was."""

    def __init__(self, draft_id: str) -> None:
        self.draft_id = draft_id
        super().__init__(
            discord.ui.Button(
                label=say("button.send_again"),
                style=discord.ButtonStyle.primary,
                custom_id=f"w1:send:{draft_id}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: AnyInteraction, item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """The button of a message that was sent before."""
        del interaction, item
        return cls(match["id"])

    async def press(self, interaction: AnyInteraction) -> None:
        host = host_of(interaction)
        draft = await host.forms.get(self.draft_id, interaction.user.id)
        refused = draft.refused
        if refused is None or refused.command not in {*Task}:
            raise NoSuchForm
        try:
            require_posting(interaction)
            made = await host.service.asking.request(
                caller_of(interaction),
                refused.ask,
                deferral(interaction, private=draft.private),
                task=Task(refused.command),
                model_id=model_named(host.catalogue, draft.model_id) if draft.model_id else None,
                private=draft.private,
                spoiler=draft.spoiler,
                parent_id=refused.parent_id,
                draft_id=draft.id,
            )
        except AlreadyAsked:
            raise  # it is a request already
        except Refusal as refusal:
            # in the same message: a second one would say the same
            content = returned(refusals.refusal(refusal), words_of_ask(refused.ask)).content
            await interaction.response.edit_message(content=content, view=view_of(draft))
            return
        if made is not None and made.fate is not Fate.CANCELED:  # else Discord did not take the press
            await retire(interaction)


def view_of(draft: Draft) -> discord.ui.View:
    """A fresh view with the button."""
    view = discord.ui.View(timeout=None)
    view.add_item(cast("discord.ui.Item[discord.ui.View]", SendAgainButton(draft.id)))
    return view


ALL: tuple[type[SendAgainButton], ...] = (SendAgainButton,)
"""What the client registers at start."""
