"""The shelf in SQL, and the models' JSON."""

import json
from collections.abc import AsyncGenerator
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from bot.catalogue import Shelved
from bot.scenario.api.records import Input, LorasInputs, Model, SizePreset, SizePresets, Variant
from bot.store import SqlStore, open_store
from bot.store.model_codec import decode_model, encode_model
from bot.store.models import SqlShelf

NOW = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)
HOUR = timedelta(hours=1)

INPUT = Input(
    name="scene",
    type="inputs_array",
    label="Scene",
    description="d",
    hint="h",
    placeholder="p",
    group="g",
    required={"conditional": {"operator": "or", "values": {"a": [1, "x"]}}},
    default=[{"a": [1]}, "b"],
    allowed_values=("5", 5, "5s", -1, 0.5, True),
    min=0.0,
    max=9.5,
    step=0.5,
    min_length=1,
    max_length=8,
    min_duration=0.5,
    max_duration=10.0,
    max_size=1e6,
    kind="image-hdr",
    model_types=("flux.1-lora",),
    mask_from="image",
    parent=True,
    prompt=True,
    cost_impact=True,
    labels={"5": "five"},
    inputs=(Input(name="x", type="number"),),
)
WHOLE = Model(
    id="model_a",
    name="A \ud800\0 ü",
    type="flux.1-lora",
    description="d",
    status="training",
    privacy="private",
    capabilities=("txt2img",),
    tags=("sc:featured",),
    access_restriction=0,
    disable_refund=True,
    inputs=(INPUT,),
    sizes=SizePresets(
        width_input="width",
        height_input="height",
        presets=(SizePreset(label="1:1", width=1, height=1), SizePreset(label="Auto")),
    ),
    loras=LorasInputs(models="loras", scales="lorasScale", model_id="modelId"),
    thumbnail="https://signed",
    example_asset_ids=("asset_a",),
    variants=(
        Variant(capability="txt2img", resolution="1K", cu=9.25, seconds=1.5, seconds_at_most=2.0),
        Variant(),
    ),
    concepts=("model_b",),
)
BARE = Model(id="model_b", name="B")


def through_json(model: Model) -> Model:
    return decode_model(json.loads(json.dumps(encode_model(model))))


# -- the codec ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("record", [WHOLE, INPUT, WHOLE.sizes, WHOLE.loras, WHOLE.variants[0]])
def test_the_example_leaves_no_field_at_its_default(record: Any) -> None:
    for field in fields(record):
        default = field.default if field.default_factory is MISSING else field.default_factory()
        assert getattr(record, field.name) != default, field.name


def test_every_field_comes_back_but_the_thumbnails_link() -> None:
    assert through_json(WHOLE) == replace(WHOLE, thumbnail=None)
    assert through_json(BARE) == BARE
    assert "signed" not in json.dumps(encode_model(WHOLE))


def test_types_come_back_as_they_were() -> None:
    back = through_json(WHOLE)
    assert back.inputs is not None
    assert [type(one) for one in back.inputs[0].allowed_values] == [str, int, str, int, float, bool]
    assert back.inputs[0].default == [{"a": [1]}, "b"]


@pytest.mark.parametrize("inputs", [None, ()])
def test_no_schema_and_an_empty_one_differ(inputs: tuple[Input, ...] | None) -> None:
    assert through_json(replace(BARE, inputs=inputs)).inputs == inputs


def test_what_a_later_version_added_is_left_out() -> None:
    row = {"id": "model_b", "name": "B", "mood": "sad", "inputs": [{"name": "x", "type": "y", "new": 1}]}
    assert decode_model(row) == replace(BARE, inputs=(Input(name="x", type="y"),))


@pytest.mark.parametrize("row", [None, [], "x", {}, {"id": "a"}, {"id": "a", "name": "A", "inputs": [1]}])
def test_what_is_no_model_is_refused(row: object) -> None:
    with pytest.raises(ValueError, match="no model"):
        decode_model(row)


# -- the table ----------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres"))
    return f"sqlite:///{tmp_path / 'imagine.db'}"


@pytest.fixture
async def store(address: str) -> AsyncGenerator[SqlStore]:
    async with open_store(address) as store:
        await store.shelf.save([], gone=[row.model.id for row in await store.shelf.load()], listed={})
        yield store


@pytest.fixture
def shelf(store: SqlStore) -> SqlShelf:
    return store.shelf


def shelved(model: Model = BARE, **changes: Any) -> Shelved:
    return replace(Shelved(model=model, privacy="public", listed_at=NOW), **changes)


async def save(
    shelf: SqlShelf, *rows: Shelved, gone: tuple[str, ...] = (), listed: dict[str, datetime] | None = None
) -> None:
    await shelf.save(rows, gone=gone, listed=listed or {})


async def loaded(shelf: SqlShelf) -> dict[str, Shelved]:
    return {row.model.id: row for row in await shelf.load()}


async def test_rows_come_back_and_are_overwritten(shelf: SqlShelf) -> None:
    assert await loaded(shelf) == {}
    read = shelved(WHOLE, privacy="private", read_at=NOW + HOUR)
    await save(shelf, read, shelved())
    assert await loaded(shelf) == {
        "model_a": replace(read, model=replace(WHOLE, thumbnail=None)),
        "model_b": shelved(),
    }
    later = shelved(replace(BARE, tags=("x",)), privacy="", listed_at=None, read_at=NOW)
    await save(shelf, later, gone=("model_a", "model_never"))
    assert await loaded(shelf) == {"model_b": later}


async def test_a_listings_time_is_that_of_all_its_rows(shelf: SqlShelf) -> None:
    rows = [shelved(replace(BARE, id=f"model_{n}")) for n in range(3)]
    rows[2] = replace(rows[2], privacy="private")
    await save(shelf, *rows)
    await save(shelf, listed={"public": NOW + HOUR})
    times = {id_: row.listed_at for id_, row in (await loaded(shelf)).items()}
    assert times == {"model_0": NOW + HOUR, "model_1": NOW + HOUR, "model_2": NOW}


async def test_a_whole_catalogue_is_a_few_statements(shelf: SqlShelf, store: SqlStore) -> None:
    statements: list[str] = []
    engine = store._database.engine  # pyright: ignore[reportPrivateUsage]
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    rows = [shelved(replace(BARE, id=f"model_{n}")) for n in range(700)]
    await save(shelf, *rows, gone=tuple(f"old_{n}" for n in range(700)), listed={"public": NOW})
    assert len(statements) <= 6  # two deletes, one insert, one update, and the transaction's own
    assert len(await loaded(shelf)) == 700


async def test_a_row_that_cannot_be_read_spoils_no_other(
    shelf: SqlShelf, store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    await save(shelf, shelved(), shelved(WHOLE))
    spoil = text("UPDATE model SET row = '[]' WHERE id = 'model_b'")
    await store._database.write(Connection.execute, spoil)  # pyright: ignore[reportPrivateUsage]
    assert set(await loaded(shelf)) == {"model_a"}
    assert "cannot be read" in caplog.text


async def test_rows_outlive_the_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'imagine.db'}"
    async with open_store(url) as store:
        await save(store.shelf, shelved())
    async with open_store(url) as store:
        assert await loaded(store.shelf) == {"model_b": shelved()}
