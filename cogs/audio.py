"""/music, /sound and /speech: what is heard."""

from discord import app_commands
from discord.ext import commands

from bot.catalogue.tasks import Task
from bot.request.ask import Ask
from bot.ui.commands.params import complete_model, complete_option, complete_result, complete_settings
from bot.ui.commands.requesting import described, make, read_settings, values, with_card
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.speech.translation import word


class Audio(commands.Cog):
    """Makes music, sound effects and voices."""

    @app_commands.command(name=word("name.music"), description=word("music.description"))
    @described(
        "music", "prompt", "duration", "lyrics", "instrumental", "model", "seed", "settings", "private"
    )
    @app_commands.autocomplete(model=complete_model(Task.MUSIC), settings=complete_settings(Task.MUSIC))
    async def music(
        self,
        interaction: AnyInteraction,
        prompt: app_commands.Range[str, 1, 4000],
        duration: app_commands.Range[float, 1.0, 600.0] | None = None,
        lyrics: app_commands.Range[str, 1, 4000] | None = None,
        instrumental: bool | None = None,
        model: app_commands.Range[str, 1, 100] | None = None,
        seed: app_commands.Range[int, 0, 4294967295] | None = None,
        settings: app_commands.Range[str, 1, 1000] | None = None,
        private: bool = False,
    ) -> None:
        ask = Ask(
            prompt=prompt,
            seed=seed,
            options=values(duration=duration, lyrics=lyrics, instrumental=instrumental),
            model_settings=read_settings(settings),
        )
        await make(interaction, Task.MUSIC, ask, model=model, private=private)

    @app_commands.command(name=word("name.sound_effect"), description=word("sound.description"))
    @described("sound", "prompt", "duration", "loop", "from_card", "model", "seed", "settings", "private")
    @app_commands.autocomplete(
        from_card=complete_result, model=complete_model(Task.SOUND), settings=complete_settings(Task.SOUND)
    )
    async def sound(
        self,
        interaction: AnyInteraction,
        prompt: app_commands.Range[str, 1, 4000],
        duration: app_commands.Range[float, 0.5, 600.0] | None = None,
        loop: bool | None = None,
        from_card: app_commands.Range[str, 1, 100] | None = None,
        model: app_commands.Range[str, 1, 100] | None = None,
        seed: app_commands.Range[int, 0, 4294967295] | None = None,
        settings: app_commands.Range[str, 1, 1000] | None = None,
        private: bool = False,
    ) -> None:
        ask = Ask(
            prompt=prompt,
            seed=seed,
            options=values(duration=duration, loop=loop),
            model_settings=read_settings(settings),
            files=await with_card(interaction, (), from_card, "video"),
        )
        await make(interaction, Task.SOUND, ask, model=model, private=private)

    @app_commands.command(name=word("name.speech"), description=word("speech.description"))
    @described("speech", "text", "voice", "model", "settings", "private")
    @app_commands.autocomplete(
        voice=complete_option(Task.SPEECH, "voice"),
        model=complete_model(Task.SPEECH),
        settings=complete_settings(Task.SPEECH),
    )
    async def speech(
        self,
        interaction: AnyInteraction,
        text: app_commands.Range[str, 1, 4000],
        voice: app_commands.Range[str, 1, 100] | None = None,
        model: app_commands.Range[str, 1, 100] | None = None,
        settings: app_commands.Range[str, 1, 1000] | None = None,
        private: bool = False,
    ) -> None:
        ask = Ask(prompt=text, options=values(voice=voice), model_settings=read_settings(settings))
        await make(interaction, Task.SPEECH, ask, model=model, private=private)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Audio())
