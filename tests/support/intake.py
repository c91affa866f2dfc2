"""A Discord's CDN of a few lines."""

from pathlib import Path

from bot.generation.ports import Intake
from bot.request.ask import InputFile
from bot.scenario.api.records import File


class FakeIntake:
    """The port `Intake`. Files are what was put behind their links."""

    def __init__(self) -> None:
        self.behind: dict[str, bytes | Exception] = {}
        self.fetched: list[str] = []

    async def fetch(self, given: InputFile, into: Path, *, cap: int) -> File:
        url = given.url or ""
        self.fetched.append(url)
        found = self.behind.get(url, b"picture of " + url.encode())
        if isinstance(found, Exception):
            raise found
        into.write_bytes(found)  # noqa: ASYNC240 (a few bytes)
        return File(path=into, size=len(found), mime_type=given.content_type or "image/png")


_: Intake = FakeIntake()
