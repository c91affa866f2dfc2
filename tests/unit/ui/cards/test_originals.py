"""The private answer of the Original button."""

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.originals import Original
from bot.generation.holding import Alone
from bot.service.service import Policy
from bot.ui.cards import buttons
from bot.ui.cards.originals import LONG_PAGE, MOST_PAGES, PAGE, pages
from bot.ui.speech import words
from bot.vocabulary import Medium
from tests.support.builders import APPLICATION, CHANNEL, GUILD, OWNER
from tests.support.clock import START


def original(url: str = "https://cdn.scenario.com/a?Signature=x", **changes: Any) -> Original:
    fields: dict[str, Any] = {
        "url": url,
        "mime_type": "model/gltf-binary",
        "medium": Medium.THREE_D,
        "size": 12_900_000,
        "expires_at": None,
    }
    return Original(**{**fields, **changes})


def test_a_link_is_masked_and_says_name_kind_and_size() -> None:
    (page,) = pages("7", [original()])
    assert "[imagine-7-1.glb](<https://cdn.scenario.com/a?Signature=x>) · 3D model · 12.3 MB" in page


def test_the_lifetime_is_the_shortest_one_that_is_known_else_said_to_be_short() -> None:
    ends = [original(expires_at=START + timedelta(minutes=minutes)) for minutes in (9, 5)]
    assert f"<t:{int((START + timedelta(minutes=5)).timestamp())}:R>" in pages("7", ends)[0]
    assert "after a while" in pages("7", [original()])[0]


def test_nothing_left_is_told() -> None:
    assert pages("7", []) == ["Scenario no longer has these files."]


@given(st.lists(st.integers(20, 5000), max_size=20))
def test_no_page_is_longer_than_discord_takes_and_none_breaks_a_link(lengths: list[int]) -> None:
    originals = [original("https://a/" + "x" * length) for length in lengths]
    told = pages("7", originals)
    assert 1 <= len(told) <= MOST_PAGES
    for page in told:
        assert len(page) <= (PAGE if page.count("](<") != 1 else LONG_PAGE + 100)
        assert page.count("](<") == page.count(">) ·")
    shown = sum(page.count("](<") for page in told)
    missing = re.search(r"(\d+) more links? do", told[-1])
    assert shown + int(missing[1] if missing else 0) == len(originals)


def test_a_link_is_shown_if_it_fits_an_embed_and_counted_if_not() -> None:
    shortest = pages("7", [original("https://a/")])[0].splitlines()[-1]
    fits = "https://a/" + "x" * (4096 - len(shortest))
    told = pages("7", [original(fits)])
    assert [len(page) for page in told[1:]] == [4096]
    (told,) = pages("7", [original(fits + "x")])
    assert "](<" not in told
    assert "1 more" in told


def test_no_link_breaks_out_of_its_mask() -> None:
    (page,) = pages("7", [original("https://a/b>) @everyone [x](<https://evil")])
    assert "[imagine-7-1.glb](<https://a/b%3E)%20@everyone%20[x](%3Chttps://evil>)" in page


@pytest.mark.parametrize(
    ("count", "told"), [(1, "1 KB"), (200_000, "195 KB"), (1024 * 1024, "1 MB"), (12_900_000, "12.3 MB")]
)
def test_a_size_is_told_in_kilobytes_and_megabytes(count: int, told: str) -> None:
    assert words.size(count) == told


# -- the button -------------------------------------------------------------------------------------------


class Pressed:
    """An interaction that keeps what it was answered."""

    def __init__(self, originals: list[Original]) -> None:
        self.told: list[dict[str, Any]] = []
        self.deferred: dict[str, Any] = {}
        self.asked: list[str] = []
        self.originals_ = originals

    policy = Policy()

    async def originals(self, generation_id: str, place: Any) -> list[Original]:
        assert self.deferred  # Scenario takes longer than Discord waits
        self.asked.append(f"{generation_id} by {place.origin.owner_id}")
        return self.originals_

    async def defer(self, **options: Any) -> None:
        self.deferred = options

    async def send(self, text: Any, **options: Any) -> None:
        self.told.append({"text": text, **options})

    def interaction(self) -> Any:
        return SimpleNamespace(
            id=1,
            application_id=APPLICATION,
            guild_id=GUILD,
            channel_id=CHANNEL,
            user=SimpleNamespace(id=OWNER),
            guild_locale=discord.Locale.french,
            locale=discord.Locale.american_english,
            token="t",
            created_at=START,
            filesize_limit=10,
            is_user_integration=lambda: False,
            is_guild_integration=lambda: True,
            client=SimpleNamespace(
                service=SimpleNamespace(policy=self.policy, showing=self, holding=Alone()),
                catalogue=None,
                forms=None,
            ),
            response=SimpleNamespace(defer=self.defer, is_done=lambda: True),
            followup=self,
        )


async def test_links_go_to_the_presser_alone() -> None:
    pressed = Pressed([original(), original("https://a/" + "x" * 3000)])
    await buttons.OriginalButton("1001").callback(pressed.interaction())
    assert pressed.deferred == {"ephemeral": True, "thinking": True}
    assert pressed.asked == [f"1001 by {OWNER}"]
    assert len(pressed.told) == 2
    assert all(one["ephemeral"] for one in pressed.told)
    assert "imagine-1001-1.glb" in pressed.told[0]["text"]
    long = cast("discord.Embed", pressed.told[1]["embed"])
    assert "imagine-1001-2.glb" in (long.description or "")
