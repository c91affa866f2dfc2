"""The files that members give: fetched from Discord's own hosts, and from nowhere else."""

from pathlib import Path
from typing import Final

import aiohttp
import stamina
from yarl import URL

from bot.clock import Clock
from bot.generation.ports import Delayed, FileGone
from bot.request.ask import InputFile
from bot.request.attach import file_kind
from bot.scenario.api.errors import FileTooBig, Refetch, Unavailable
from bot.scenario.api.hosts import Hosts
from bot.scenario.api.pages import is_page
from bot.scenario.api.records import File
from bot.scenario.download import download

HOSTS: Final = frozenset(
    {
        "cdn.discordapp.com",
        "media.discordapp.net",
        # copies that Discord keeps of what a message shows from elsewhere
        "images-ext-1.discordapp.net",
        "images-ext-2.discordapp.net",
    }
)
ATTEMPTS: Final = 3


def hosts_of(discord_base_url: str) -> Hosts:
    """Another Discord than the real one serves its files from its own origin."""
    return Hosts(names=HOSTS, origins=(URL(discord_base_url),))


class DiscordIntake:
    """The `Intake` port."""

    def __init__(self, session: aiohttp.ClientSession, discord_base_url: str, clock: Clock) -> None:
        """session: without cookies and default headers."""
        self._session = session
        self._hosts = hosts_of(discord_base_url)
        self._clock = clock

    async def fetch(self, given: InputFile, into: Path, *, cap: int) -> File:
        if given.url is None:
            raise FileGone("no link")
        try:
            async for attempt in stamina.retry_context(
                on=Unavailable, attempts=ATTEMPTS, wait_initial=0.5, wait_max=4.0, timeout=None
            ):
                with attempt:
                    return await self._once(given, given.url, into, cap)
        except FileTooBig:
            raise
        except Refetch as error:
            raise FileGone(error.reason) from None
        except Unavailable as error:
            raise Delayed(error.reason) from None
        raise AssertionError("unreachable")

    async def _once(self, given: InputFile, url: str, into: Path, cap: int) -> File:
        file = await download(self._session, url, into, cap=cap, hosts=self._hosts, now=self._clock.now())
        if _is_page(given, file):
            raise Unavailable(f"a page ({file.mime_type}) came in its place")
        return file


def _is_page(given: InputFile, file: File) -> bool:
    """Whether words of the host's came in the file's place. What has the size that Discord told is what the
    member gave, be it what it may."""
    return file.size != given.size and is_page(
        file,
        kind=file_kind(given),
        declared=given.content_type,
        told_size=given.size,
    )
