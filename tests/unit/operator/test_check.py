"""What `check` says of DEFAULT_MODEL before members are blamed for it."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.operator.check import Finding, _no_model, _runs  # pyright: ignore[reportPrivateUsage]
from bot.scenario.api.errors import Forbidden, NotFound
from bot.scenario.api.records import Model
from tests.support.builders import a_model


class Account:
    """A Scenario account with these models; what it has not raises."""

    def __init__(self, *models: Model, error: Exception | None = None) -> None:
        self.rows = {one.id: one for one in models}
        self.error = error or NotFound("no", status=404)

    async def model(self, model_id: str) -> Model:
        if model_id not in self.rows:
            raise self.error
        return self.rows[model_id]

    async def models(self, *, privacy: str) -> AsyncIterator[Model]:
        for one in self.rows.values():
            if one.privacy == privacy:
                yield one


async def told(account: Account, model_id: str) -> tuple[str, str] | None:
    found: Finding | None = await _no_model(cast("Any", account), model_id)
    if found is None:
        return None
    assert (found.part, found.well) == ("scenario", False)
    return found.sentence, found.remedy


async def test_a_default_model_that_can_be_used_is_nothing_to_tell() -> None:
    assert await told(Account(a_model("model_fox")), "model_fox") is None


@pytest.mark.parametrize("error", [NotFound("no", status=404), Forbidden("no", status=403)])
@pytest.mark.parametrize("privacy", ["private", "public"])
async def test_one_that_the_account_does_not_have_is_named_with_its_nearest(
    error: Exception, privacy: str
) -> None:
    account = Account(a_model("model_paper-fox", privacy=privacy), error=error)
    missing = "DEFAULT_MODEL names model_papr-fox, which this account does not have."
    assert await told(account, "model_papr-fox") == (missing, "Perhaps it is model_paper-fox.")
    _, remedy = await told(Account(error=error), "model_papr-fox") or ("", "")
    assert remedy == "Leave it empty, or name a model that /models lists."


async def test_one_that_is_gone_is_named_with_its_replacement() -> None:
    gone = a_model("model_old", tags=("deprecated:model_new",))
    assert await told(Account(gone), "model_old") == (
        "DEFAULT_MODEL names model_old, which cannot be used: deprecated.",
        "Its replacement is model_new.",
    )


async def test_one_that_cannot_be_used_for_another_reason_is_to_be_left() -> None:
    style = a_model("model_style", type="odd-lora")
    sentence, remedy = await told(Account(style), "model_style") or ("", "")
    assert sentence.startswith("DEFAULT_MODEL names model_style, which cannot be used: ")
    assert remedy == "Leave it empty, or name another model."


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (None, "the processes on the database divide as many, or as many as they run already"),
        (1, "each process on the database runs 1 (SHARD_COUNT)"),
        (4, "the processes on the database divide 4 (SHARD_COUNT)"),
    ],
)
def test_processes_on_one_database_divide_the_shards(count: int | None, told: str) -> None:
    shared = SimpleNamespace(shard_count=count, shard_ids=(), database_url="postgresql://here/imagine")
    assert _runs(cast("Any", shared)) == told
