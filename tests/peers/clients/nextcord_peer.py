"""The peer on nextcord."""

import sys

import nextcord
import nextcord.http
from nextcord.ext import commands

base, token, picture = sys.argv[1:]
nextcord.http.Route.BASE = base
bot = commands.Bot(intents=nextcord.Intents.default())


class Words(nextcord.ui.Modal):
    def __init__(self) -> None:
        super().__init__("Words", custom_id="form", timeout=None)
        self.words = nextcord.ui.TextInput("Words", custom_id="words")
        self.add_item(self.words)

    async def callback(self, interaction: nextcord.Interaction) -> None:
        await interaction.response.send_message(f"said {self.words.value}", ephemeral=True)


class Parts(nextcord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @nextcord.ui.button(label="Again", custom_id="again")
    async def again(self, button: nextcord.ui.Button, interaction: nextcord.Interaction) -> None:
        await interaction.response.send_modal(Words())

    @nextcord.ui.string_select(
        custom_id="color",
        options=[nextcord.SelectOption(label="Red"), nextcord.SelectOption(label="Blue")],
    )
    async def color(self, select: nextcord.ui.StringSelect, interaction: nextcord.Interaction) -> None:
        await interaction.response.edit_message(content=f"picked {select.values[0]}")


@bot.slash_command(description="Draw something")
async def draw(
    interaction: nextcord.Interaction,
    words: str = nextcord.SlashOption(description="What to draw"),
    friend: nextcord.User | None = nextcord.SlashOption(description="For whom", required=False),
) -> None:
    await interaction.response.defer()
    await interaction.edit_original_message(content="working")
    embed = nextcord.Embed(title="Drawn", description=words).set_image(url="attachment://fox.png")
    file = nextcord.File(picture, "fox.png", description=words)
    await interaction.edit_original_message(content=None, embed=embed, file=file, view=Parts())


@draw.on_autocomplete("words")
async def complete(interaction: nextcord.Interaction, words: str) -> None:
    await interaction.response.send_autocomplete([f"{words} fox"])


bot.run(token)
