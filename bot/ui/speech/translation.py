"""Names and descriptions of commands in a member's language, from the same sentences as everything else."""

import discord
from discord import app_commands

from bot.ui.speech.texts import LANGUAGES, language_of


def word(key: str) -> app_commands.locale_str:
    """The sentence of `key` in English, which Discord shows to whoever speaks no language of ours."""
    return app_commands.locale_str(LANGUAGES["en"][key], key=key)


class SentenceTranslator(app_commands.Translator):
    """Translates what `word` made; leaves everything else alone."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        del context
        language = language_of(locale.value)
        key = string.extras.get("key")
        if language == "en" or key is None:
            return None
        return LANGUAGES[language][key]
