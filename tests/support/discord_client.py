"""A Discord of a few lines for those who speak to the library: it keeps every request, refuses on demand."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Self, cast

import discord

from tests.support.builders import APPLICATION, CHANNEL

DM = 9_000
ORIGINAL = "@original"


def http_error(status: int, code: int) -> discord.HTTPException:
    """As the library raises it."""
    kind = {403: discord.Forbidden, 404: discord.NotFound}.get(status, discord.HTTPException)
    if status >= 500:
        kind = discord.DiscordServerError
    return kind(cast("Any", SimpleNamespace(status=status, reason="")), {"code": code, "message": "no"})


@dataclass
class Asked:
    """One request that changes something."""

    how: str
    """`token`, `right`, `post`, `followup`, `delete` or `delete-original`."""
    channel_id: int | None = None
    content: str | None = None
    embeds: Sequence[discord.Embed] = ()
    files: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        parts = [self.content or ""]
        for embed in self.embeds:
            parts += [embed.description or "", *(f"{one.name} {one.value}" for one in embed.fields)]
            parts.append(embed.footer.text or "")
        return "\n".join(parts)


Answer = Callable[[Asked], tuple[int, int] | Exception | None]
"""What is wrong with a request: status and code, or what breaks; None: nothing."""


@dataclass
class FakeMessage:
    id: int
    embeds: Sequence[discord.Embed] = ()
    interaction_metadata: object = None
    author: Any = field(default_factory=lambda: SimpleNamespace(id=APPLICATION))
    flags: Any = field(default_factory=lambda: SimpleNamespace(ephemeral=False))


class FakeChannel:
    def __init__(self, client: "FakeClient", id_: int) -> None:
        self.client = client
        self.id = id_

    @property
    def there(self) -> list[FakeMessage]:
        return self.client.there.setdefault(self.id, [])

    async def send(self, content: str | None = None, **parts: Any) -> FakeMessage:
        asked = self.client.ask("post", self.id, content=content, **parts)
        sent = FakeMessage(80_000 + len(self.client.asked), asked.embeds)
        self.there.append(sent)
        return sent

    async def history(self, *, limit: int, after: Any, oldest_first: bool) -> AsyncIterator[FakeMessage]:
        del after
        assert not oldest_first
        for one in list(reversed(self.there))[:limit]:
            yield one

    def get_partial_message(self, id_: int) -> "FakePartial":
        return FakePartial(self, id_)


class FakePartial:
    def __init__(self, channel: FakeChannel, id_: int) -> None:
        self.channel = channel
        self.id = id_

    async def edit(self, **parts: Any) -> None:
        self.channel.client.ask("right", self.channel.id, **parts)

    async def delete(self) -> None:
        self.channel.client.ask("delete", self.channel.id)

    async def fetch(self) -> FakeMessage:
        self.channel.client.ask("fetch", self.channel.id)
        return FakeMessage(self.id)


class FakeClient:
    """What `Ways` uses of a client, and the webhook behind a token."""

    def __init__(self, answer: Answer = lambda _: None) -> None:
        self.answer: Answer = answer
        self.asked: list[Asked] = []
        self.there: dict[int, list[FakeMessage]] = {}

    def ask(self, how: str, channel_id: int | None = None, **parts: Any) -> Asked:
        view = parts.get("view") or None
        rows = view.to_components() if isinstance(view, discord.ui.View) else []
        files = parts.get("attachments") or parts.get("files") or ()
        for one in files:
            one.close()  # as the library does, sent or not
        asked = Asked(
            how,
            channel_id,
            parts.get("content"),
            parts.get("embeds") or (),
            tuple(one.filename for one in files),
            tuple(str(part.get("label")) for row in rows for part in cast("Any", row)["components"]),
        )
        self.asked.append(asked)
        wrong = self.answer(asked)
        if wrong is not None:
            raise wrong if isinstance(wrong, Exception) else http_error(*wrong)
        return asked

    @property
    def hows(self) -> list[str]:
        return [one.how for one in self.asked]

    @property
    def last(self) -> Asked:
        return self.asked[-1]

    # -- the client -----------------------------------------------------------------------------------

    def get_partial_messageable(self, id_: int) -> FakeChannel:
        return FakeChannel(self, id_)

    async def create_dm(self, user: Any) -> FakeChannel:
        del user
        return FakeChannel(self, DM)

    # -- a webhook ------------------------------------------------------------------------------------

    def partial(self, *_: Any, **__: Any) -> Self:
        return self

    async def edit_message(self, which: Any, **parts: Any) -> FakeMessage:
        assert which == ORIGINAL
        self.ask("token", CHANNEL, **parts)
        return FakeMessage(70_000)

    async def fetch_message(self, which: Any) -> FakeMessage:
        assert which == ORIGINAL
        self.ask("look", CHANNEL)
        return FakeMessage(70_000, flags=SimpleNamespace(ephemeral=True))

    async def delete_message(self, which: Any) -> None:
        assert which == ORIGINAL
        self.ask("delete-original", CHANNEL)

    async def send(self, content: str, **parts: Any) -> FakeMessage:
        self.ask("followup", CHANNEL, content=content, **parts)
        return FakeMessage(90_000)
