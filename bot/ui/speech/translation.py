"""Names and descriptions of commands in a member's language, from the same sentences as everything else."""

import discord
from discord import app_commands

from bot.ui.speech.languages import ENGLISH, english, language_of
from bot.ui.speech.texts import say, speaking


def word(key: str) -> app_commands.locale_str:
    """The sentence of `key` in English, which Discord shows to whoever speaks no language of ours."""
    sentence = english()[key]
    assert isinstance(sentence, str), "no name or description is bent by a number"
    return app_commands.locale_str(sentence, key=key)


class SentenceTranslator(app_commands.Translator):
    """Translates what `word` made; leaves everything else alone."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        del context
        key = string.extras.get("key")
        if key is None or language_of(locale.value) == ENGLISH:
            return None
        with speaking(locale.value):
            return say(key)
