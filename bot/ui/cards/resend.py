"""The button under a refusal that came after the acknowledgement: what is on record is sent as it was."""

from typing import cast

import discord

from bot.generation.model import Fate
from bot.ui.cards.card_button import CardButton
from bot.ui.interactions.asking import AnyInteraction, caller_of, deferral, require_posting, retire
from bot.ui.interactions.host import host_of


class ResendButton(CardButton, template=r"g1:resend:(?P<id>[0-9]+)"):
    """Sends a request that bought nothing once more, as it was."""

    label_key = "button.send_again"
    what = "resend"
    style = discord.ButtonStyle.primary

    async def press(self, interaction: AnyInteraction) -> None:
        require_posting(interaction)
        service, caller = host_of(interaction).service, caller_of(interaction)
        refused = await service.showing.look(self.generation_id, caller)
        acknowledge = deferral(interaction, private=refused.card.private)
        made = await service.asking.resend(caller, refused, acknowledge)
        if made is not None and made.fate is not Fate.CANCELED:
            await retire(interaction)


def resend_view(generation_id: str) -> discord.ui.View:
    """A fresh view with the button."""
    view = discord.ui.View(timeout=None)
    view.add_item(cast("discord.ui.Item[discord.ui.View]", ResendButton(generation_id)))
    return view


ALL: tuple[type[ResendButton], ...] = (ResendButton,)
"""What the client registers at start."""
