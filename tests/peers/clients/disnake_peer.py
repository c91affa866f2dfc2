"""The peer on disnake. Arguments, as for every client here: REST base URL, token, path of the picture."""

import sys

import disnake
import disnake.http
from disnake.ext import commands

base, token, picture = sys.argv[1:]
disnake.http.Route.BASE = base
bot = commands.InteractionBot(intents=disnake.Intents.default())


async def complete(inter: disnake.ApplicationCommandInteraction, typed: str) -> list[str]:
    return [f"{typed} fox"]


@bot.slash_command(description="Draw something")
async def draw(
    inter: disnake.ApplicationCommandInteraction,
    words: str = commands.Param(autocomplete=complete, description="What to draw"),
    friend: disnake.User | None = commands.Param(default=None, description="For whom"),
) -> None:
    await inter.response.defer()
    await inter.edit_original_response(content="working")
    parts = disnake.ui.View(timeout=None)
    parts.add_item(disnake.ui.Button(label="Again", custom_id="again"))
    parts.add_item(disnake.ui.StringSelect(custom_id="color", options=["Red", "Blue"]))
    embed = disnake.Embed(title="Drawn", description=words).set_image(url="attachment://fox.png")
    file = disnake.File(picture, "fox.png", description=words)
    await inter.edit_original_response(content=None, embed=embed, file=file, view=parts)


@bot.listen("on_button_click")
async def pressed(inter: disnake.MessageInteraction) -> None:
    words = disnake.ui.TextInput(label="Words", custom_id="words")
    await inter.response.send_modal(title="Words", custom_id="form", components=[words])


@bot.listen("on_dropdown")
async def picked(inter: disnake.MessageInteraction) -> None:
    await inter.response.edit_message(content=f"picked {inter.values[0]}")


@bot.listen("on_modal_submit")
async def submitted(inter: disnake.ModalInteraction) -> None:
    await inter.response.send_message(f"said {inter.text_values['words']}", ephemeral=True)


bot.run(token)
