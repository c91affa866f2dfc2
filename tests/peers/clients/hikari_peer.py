"""The peer on hikari, the strictest reader of them all."""

import sys

import hikari

base, token, picture = sys.argv[1:]
bot = hikari.GatewayBot(token, rest_url=base, banner=None)


@bot.listen()
async def started(_: hikari.StartedEvent) -> None:
    draw = bot.rest.slash_command_builder("draw", "Draw something")
    draw.add_option(
        hikari.CommandOption(
            type=hikari.OptionType.STRING,
            name="words",
            description="What to draw",
            is_required=True,
            autocomplete=True,
        )
    )
    friend = hikari.CommandOption(type=hikari.OptionType.USER, name="friend", description="For whom")
    draw.add_option(friend)
    me = bot.get_me()
    assert me is not None
    await bot.rest.set_application_commands(me.id, [draw])


@bot.listen()
async def asked(event: hikari.CommandInteractionCreateEvent) -> None:
    inter = event.interaction
    words = str(next(one.value for one in inter.options or [] if one.name == "words"))
    await inter.create_initial_response(hikari.ResponseType.DEFERRED_MESSAGE_CREATE)
    await inter.edit_initial_response("working")
    buttons = bot.rest.build_message_action_row()
    buttons.add_interactive_button(hikari.ButtonStyle.PRIMARY, "again", label="Again")
    menu = bot.rest.build_message_action_row()
    menu.add_text_menu("color").add_option("Red", "Red").add_option("Blue", "Blue")
    file = hikari.File(picture, filename="fox.png")
    embed = hikari.Embed(title="Drawn", description=words).set_image(file)
    await inter.edit_initial_response(None, embed=embed, components=[buttons, menu])


@bot.listen()
async def complete(event: hikari.AutocompleteInteractionCreateEvent) -> None:
    typed = next(one for one in event.interaction.options if one.is_focused)
    choice = hikari.impl.AutocompleteChoiceBuilder(f"{typed.value} fox", f"{typed.value} fox")
    await event.interaction.create_response([choice])


@bot.listen()
async def used(event: hikari.ComponentInteractionCreateEvent) -> None:
    inter = event.interaction
    if inter.custom_id == "color":
        said = f"picked {inter.values[0]}"
        await inter.create_initial_response(hikari.ResponseType.MESSAGE_UPDATE, said)
        return
    row = bot.rest.build_modal_action_row().add_text_input("words", "Words")
    await inter.create_modal_response("Words", "form", components=[row])


@bot.listen()
async def submitted(event: hikari.ModalInteractionCreateEvent) -> None:
    [[field]] = event.interaction.components
    said = f"said {field.value}"
    kind, flags = hikari.ResponseType.MESSAGE_CREATE, hikari.MessageFlag.EPHEMERAL
    await event.interaction.create_initial_response(kind, said, flags=flags)


bot.run()
