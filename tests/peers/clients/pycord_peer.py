"""The peer on py-cord, whose package is named as discord.py's is."""

import sys

import discord
import discord.http

base, token, picture = sys.argv[1:]
discord.http.Route.API_BASE_URL = base
bot = discord.Bot(intents=discord.Intents.default())


class Words(discord.ui.Modal):
    def __init__(self) -> None:
        super().__init__(
            discord.ui.InputText(label="Words", custom_id="words"), title="Words", custom_id="form"
        )

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"said {self.children[0].value}", ephemeral=True)


class Parts(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Again", custom_id="again")
    async def again(self, button: discord.ui.Button, interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Words())

    @discord.ui.string_select(
        custom_id="color", options=[discord.SelectOption(label="Red"), discord.SelectOption(label="Blue")]
    )
    async def color(self, select: discord.ui.Select, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content=f"picked {select.values[0]}")


async def complete(context: discord.AutocompleteContext) -> list[str]:
    return [f"{context.value} fox"]


@bot.slash_command(description="Draw something")
@discord.option("words", str, description="What to draw", autocomplete=complete)
@discord.option("friend", discord.User, description="For whom", required=False)
async def draw(context: discord.ApplicationContext, words: str, friend: discord.User | None = None) -> None:
    await context.defer()
    await context.edit(content="working")
    embed = discord.Embed(title="Drawn", description=words).set_image(url="attachment://fox.png")
    file = discord.File(picture, "fox.png", description=words)
    await context.edit(content=None, embed=embed, file=file, view=Parts())


bot.run(token)
