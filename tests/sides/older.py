"""What the build d310abe, which later ones are measured against, calls otherwise."""

import importlib
from datetime import UTC, datetime, timedelta
from typing import Any


def file_type() -> Any:
    """The record of a file on disk."""
    for module in ("bot.scenario.api.records", "bot.scenario.records"):
        try:
            return importlib.import_module(module).File
        except ModuleNotFoundError:
            continue
    raise ImportError("this build has no record of a file")


async def request(app: Any, id_: str, prompt: str, acknowledge: Any) -> None:
    """Ask for one picture, each by a member of its own."""
    service = importlib.import_module("bot.generation.service")
    model = importlib.import_module("bot.generation.model")
    place = service.Place(
        interaction_id=id_,
        application_id=99,
        owner_id=int(id_),
        guild_id=42,
        channel_id=555,
        locale="en-US",
        owner_locale="en-US",
        token=f"token-{id_}",
        token_expires_at=datetime.now(UTC) + timedelta(minutes=14),
        attachment_limit=10 * 2**20,
    )
    await app.service.request(place, model.Ask(prompt=prompt), acknowledge)
