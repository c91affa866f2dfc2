"""Files: fetched bare, byte for byte, from allowed hosts; nothing is left when they do not come."""

import asyncio
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, cast

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from bot.scenario.api import errors
from bot.scenario.api.hosts import Hosts, of_files, of_parts
from bot.scenario.client import ScenarioClient
from bot.scenario.download import bare, download
from bot.ui.commands.intake import hosts_of
from tests.contract.scripted import (
    JOB,
    KEY,
    SECRET,
    Cue,
    Handler,
    endless,
    reset,
    says,
    truncated,
)

log = logging.getLogger(__name__)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


pytestmark = pytest.mark.usefixtures("no_waiting")


SIGNED = "Policy=a%2Bb%3D~c_&Signature=x%2fy+z%20w&Key-Pair-Id=K"


async def test_a_file_is_fetched_bare_and_byte_for_byte(
    cue: Cue, client: ScenarioClient, tmp_path: Path
) -> None:
    cue.answers = [
        says(200, JOB, Set_Cookie="session=1; Path=/"),
        says(302, None, Location=f"/cdn/b%2Fc.png?{SIGNED}"),
        says(200, PNG, Content_Type="text/html"),
    ]
    await client.job("job_1")
    file = await client.fetch(f"{cue.origin}/cdn/a%2Fb.png?{SIGNED}", tmp_path / "it", cap=len(PNG))
    assert [path for _, path in cue.asked[1:]] == [f"/cdn/a%2Fb.png?{SIGNED}", f"/cdn/b%2Fc.png?{SIGNED}"]
    assert file.path.read_bytes() == PNG
    assert (file.size, file.mime_type) == (len(PNG), "image/png")
    for headers in cue.headers[1:]:
        assert not {"authorization", "cookie"} & set(headers)
        assert headers["accept-encoding"] == "identity"  # else a cap would count what is packed


async def test_what_bytes_do_not_tell_the_header_does(
    cue: Cue, client: ScenarioClient, tmp_path: Path
) -> None:
    cue.answers = [says(200, b"some words", Content_Type="text/plain; charset=utf-8")]
    file = await client.fetch(f"{cue.origin}/a", tmp_path / "it", cap=100)
    assert file.mime_type == "text/plain"


REFUSED_LINKS = [
    "http://cdn.cloud.scenario.com/a?Signature=s3cr3t",
    "https://cdn.cloud.scenario.com:8443/a?Signature=s3cr3t",
    "https://cdn.cloud.scenario.com.evil.example/a?Signature=s3cr3t",
    "https://evilscenario.com/a?Signature=s3cr3t",
    "https://user:pw@cdn.cloud.scenario.com/a?Signature=s3cr3t",
    "https://cdn.cloud.scenario.com@evil.example/a?Signature=s3cr3t",
    "http://127.0.0.1:1/a?Signature=s3cr3t",
    "http://169.254.169.254/latest?Signature=s3cr3t",
    "file:///etc/passwd?Signature=s3cr3t",
    "data:text/plain,s3cr3t",
    "/relative?Signature=s3cr3t",
    "https://[s3cr3t/",
    "",
]


@pytest.mark.parametrize("link", REFUSED_LINKS)
async def test_links_elsewhere_are_refused(
    cue: Cue, client: ScenarioClient, tmp_path: Path, link: str
) -> None:
    cue.answers = [says(302, None, Location=link)] if link else [says(200, PNG)]
    with pytest.raises(errors.LinkRefused) as caught:
        await client.fetch(link, tmp_path / "it", cap=100)
    assert "s3cr3t" not in repr(caught.value)
    assert cue.asked == []
    if link and not link.startswith("/"):
        with pytest.raises(errors.LinkRefused) as caught:
            await client.fetch(f"{cue.origin}/a", tmp_path / "it", cap=100)
        assert "s3cr3t" not in repr(caught.value)
        assert len(cue.asked) == 1
    assert not (tmp_path / "it").exists()


@pytest.mark.parametrize(
    "link",
    [
        "https://scenario.com/a",
        "https://cdn.cloud.scenario.com/a?x",
        "https://MEDIA.Scenario.com:443/a",
        "http://127.0.0.1:8000/a",
    ],
)
def test_links_that_are_ours(link: str) -> None:
    assert of_files(URL("http://127.0.0.1:8000/scenario/v1")).allow(URL(link, encoded=True))


BASE = URL("https://api.cloud.scenario.com/v1")
DISCORD = hosts_of("http://127.0.0.1:8000/discord/api/v10")


@pytest.mark.parametrize(
    ("hosts", "link", "may"),
    [
        (DISCORD, "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1", True),
        (DISCORD, "https://CDN.discordapp.com:443/a", True),
        (DISCORD, "https://media.discordapp.net/attachments/a", True),
        (DISCORD, "https://discord.com/a", False),
        (DISCORD, "http://127.0.0.1:8000/attachments/a", True),
        (DISCORD, "http://127.0.0.1:8001/attachments/a", False),
        (DISCORD, "http://cdn.discordapp.com/a", False),
        (DISCORD, "http://cdn.discordapp.com:443/a", False),
        (DISCORD, "ftp://cdn.discordapp.com:443/a", False),
        (DISCORD, "https://cdn.discordapp.com:8443/a", False),
        (of_files(BASE), "http://cdn.scenario.com:443/a", False),
        (DISCORD, "https://evil.cdn.discordapp.com/a", False),
        (DISCORD, "https://cdn.discordapp.com.evil.example/a", False),
        (DISCORD, "https://cdn.scenario.com/a", False),
        (DISCORD, "https://me@cdn.discordapp.com/a", False),
        (of_files(BASE), "https://api.cloud.scenario.com/a", True),
        (of_files(BASE), "https://bucket.s3.eu-west-1.amazonaws.com/a", False),
        (of_parts(BASE), "https://bucket.s3.eu-west-1.amazonaws.com/a", True),
        (of_parts(BASE), "https://cdn.cloud.scenario.com/a", True),
        (of_parts(BASE), "http://bucket.s3.amazonaws.com/a", False),
        (Hosts(), "https://scenario.com/a", False),
    ],
)
def test_hosts(hosts: Hosts, link: str, may: bool) -> None:
    assert hosts.allow(URL(link, encoded=True)) is may


async def test_a_download_goes_by_the_hosts_that_it_is_given(cue: Cue, tmp_path: Path) -> None:
    cue.answers = [says(302, None, Location="https://cdn.scenario.com/a"), says(200, PNG)]
    now = datetime.now(UTC)
    hosts = Hosts(origins=(URL(cue.origin),))
    async with aiohttp.ClientSession() as owner, bare(owner) as session:
        with pytest.raises(errors.LinkRefused):
            await download(session, f"{cue.origin}/a", tmp_path / "it", cap=9000, hosts=hosts, now=now)
        file = await download(session, f"{cue.origin}/a", tmp_path / "it", cap=9000, hosts=hosts, now=now)
        assert file.path.read_bytes() == PNG
        with pytest.raises(errors.LinkRefused):
            await download(session, f"{cue.origin}/a", tmp_path / "it", cap=9000, hosts=DISCORD, now=now)
    assert len(cue.asked) == 2


# Links to originals


async def test_the_original_is_asked_for_anew(cue: Cue, client: ScenarioClient) -> None:
    cue.answers = [says(200, {"url": "https://cdn.scenario.com/a.exr?Signature=1", "mimeType": None})]
    assert await client.original("asset_1") == "https://cdn.scenario.com/a.exr?Signature=1"
    assert cue.asked == [("POST", "/v1/assets/asset_1/download")]
    assert cue.bodies == [b"{}"]


@pytest.mark.parametrize("refusal", [says(404), says(405), says(400), says(403), says(200, {"url": None})])
@pytest.mark.parametrize(
    ("asset", "link"),
    [
        ({"url": "https://c.scenario.com/a.jpg", "originalFileUrl": "https://c.scenario.com/a.exr"}, "exr"),
        ({"url": "https://c.scenario.com/a.jpg", "originalFileUrl": None}, "jpg"),
        ({"url": "javascript:alert(1)"}, None),
        ({"url": None}, None),
    ],
)
async def test_without_downloads_the_asset_tells_its_original(
    cue: Cue, client: ScenarioClient, refusal: Handler, asset: dict[str, str], link: str | None
) -> None:
    cue.answers = [refusal, says(200, {"asset": {"id": "asset_1", **asset}})]
    if link is None:
        with pytest.raises(errors.NotFound):
            await client.original("asset_1")
    else:
        assert await client.original("asset_1") == f"https://c.scenario.com/a.{link}"


async def test_an_original_that_is_gone(cue: Cue, client: ScenarioClient) -> None:
    cue.answers = [says(404, {"reason": "Asset asset_1 not found"})]
    with pytest.raises(errors.NotFound):
        await client.original("asset_1")


async def test_redirects_have_an_end(cue: Cue, client: ScenarioClient, tmp_path: Path) -> None:
    cue.answers = [says(302, None, Location="/a")]
    with pytest.raises(errors.LinkRefused, match="redirects more than 5 times"):
        await client.fetch(f"{cue.origin}/a", tmp_path / "it", cap=100)
    assert len(cue.asked) == 6


@pytest.mark.parametrize(("status", "kind"), [(404, errors.Refetch), (503, errors.Unavailable)])
async def test_the_log_can_say_with_which_status_a_file_did_not_come(
    cue: Cue, client: ScenarioClient, tmp_path: Path, status: int, kind: type[errors.ScenarioError]
) -> None:
    cue.answers = [says(status, Retry_After="7")]
    with pytest.raises(kind, match=f"HTTP {status}") as caught:
        await client.fetch(f"{cue.origin}/a", tmp_path / "it", cap=100)
    assert caught.value.status == status
    if isinstance(caught.value, errors.Unavailable):
        assert caught.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("handler", "kind", "times"),
    [
        (says(200, PNG), errors.FileTooBig, 1),
        (endless, errors.FileTooBig, 1),
        (says(403, b"<Error>AccessDenied</Error>"), errors.Refetch, 1),
        (says(404), errors.Refetch, 1),
        (says(206, b"half"), errors.Refetch, 1),
        (says(304), errors.Refetch, 1),
        (says(200, b""), errors.Refetch, 1),
        (says(503), errors.Unavailable, 3),
        (says(429), errors.Unavailable, 3),
        (reset, errors.Unavailable, 3),
        (truncated, errors.FileTooBig, 1),
    ],
)
async def test_a_file_that_does_not_come_leaves_nothing(
    cue: Cue,
    client: ScenarioClient,
    tmp_path: Path,
    handler: Handler,
    kind: type[errors.ScenarioError],
    times: int,
) -> None:
    cue.answers = [handler]
    with pytest.raises(kind) as caught:
        await client.fetch(f"{cue.origin}/a?Signature=s3cr3t", tmp_path / "it", cap=100)
    assert type(caught.value) is kind
    assert "s3cr3t" not in repr(caught.value)
    assert not (tmp_path / "it").exists()
    assert len(cue.asked) >= times


async def test_a_file_that_breaks_off_is_fetched_again(
    cue: Cue, client: ScenarioClient, tmp_path: Path
) -> None:
    cue.answers = [truncated, says(200, PNG)]
    file = await client.fetch(f"{cue.origin}/a", tmp_path / "it", cap=2**20)
    assert file.path.read_bytes() == PNG


async def test_a_fetch_that_is_called_off_leaves_nothing(
    cue: Cue, client: ScenarioClient, tmp_path: Path
) -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"x" * 600_000)
        await asyncio.sleep(5)
        return answer

    cue.answers = [slow]
    fetching = asyncio.create_task(client.fetch(f"{cue.origin}/a", tmp_path / "it", cap=2**20))
    async with asyncio.timeout(5):
        while not await asyncio.to_thread((tmp_path / "it").exists):  # noqa: ASYNC110 (the file is the event)
            await asyncio.sleep(0.01)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert not (tmp_path / "it").exists()


@pytest.mark.parametrize("size", [1_000, 600_000])
async def test_a_fetch_that_is_called_off_while_its_file_is_opened_leaves_nothing(
    cue: Cue, client: ScenarioClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    opened: list[IO[Any]] = []
    really = cast("Callable[..., IO[Any]]", Path.open)

    def slowly(path: Path, *how: Any, **named: Any) -> IO[Any]:
        begun.set()
        assert go_on.wait(5)
        file = really(path, *how, **named)
        opened.append(file)
        return file

    monkeypatch.setattr(Path, "open", slowly)
    cue.answers = [says(200, "x" * size)]
    fetching = asyncio.create_task(client.fetch(f"{cue.origin}/a", tmp_path / "it", cap=2**20))
    assert await asyncio.to_thread(begun.wait, 5)
    fetching.cancel()
    await asyncio.sleep(0)  # the cancel has arrived, and the file is still being opened
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    (file,) = opened
    assert file.closed
    assert not (tmp_path / "it").exists()


async def test_nothing_secret_is_logged(
    cue: Cue, client: ScenarioClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cue.answers = [says(503)]
    link, prompt = f"{cue.origin}/a?Signature=s3cr3t", "a hidden prompt"
    with caplog.at_level(logging.DEBUG):
        with pytest.raises(errors.Unavailable) as caught:
            await client.fetch(link, tmp_path / "it", cap=100)
        log.error("as a log would show it", exc_info=caught.value)
        with pytest.raises(errors.Uncertain) as lost:
            await client.submit("model_a", {"prompt": prompt})
        log.error("as a log would show it", exc_info=lost.value)
    assert "as a log would show it" in caplog.text
    for secret in ("s3cr3t", SECRET, KEY, "hidden"):
        assert secret not in caplog.text
