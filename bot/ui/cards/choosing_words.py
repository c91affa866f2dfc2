"""The choice between one's own words and those that prompt help wrote."""

import discord

from bot.generation.model import Fate
from bot.ui.cards.card_button import CardButton
from bot.ui.interactions.asking import AnyInteraction, caller_of, deferral, require_posting, retire
from bot.ui.interactions.host import host_of


class UseWordsButton(CardButton, template=r"g1:use-words:(?P<id>[0-9]+)"):
    """Makes the picture with the words that prompt help wrote. The choice is made, and goes."""

    label_key = "button.use_words"
    what = "use-words"
    style = discord.ButtonStyle.success

    async def press(self, interaction: AnyInteraction) -> None:
        require_posting(interaction)
        prompting, caller = host_of(interaction).service.prompting, caller_of(interaction)
        choice = await prompting.chosen(self.generation_id, caller)
        made = await prompting.use(caller, choice, deferral(interaction, private=choice.private))
        if made is not None and made.fate is not Fate.CANCELED:
            await retire(interaction)


class KeepWordsButton(CardButton, template=r"g1:keep-words:(?P<id>[0-9]+)"):
    """Leaves everything as it is: the choice goes."""

    label_key = "button.keep_words"
    what = "keep-words"

    async def press(self, interaction: AnyInteraction) -> None:
        await interaction.response.defer()
        await retire(interaction)
