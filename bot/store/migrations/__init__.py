"""Schema scripts, run by `bot.store.schema`."""
