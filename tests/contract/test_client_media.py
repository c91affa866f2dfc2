"""A model of each medium, from its schema to the bytes: what its record says is what comes."""

from pathlib import Path
from typing import Any

import pytest

from bot.scenario.api.records import JobState
from bot.scenario.api.sniff import kind_of
from tests.contract.test_client import a_bench
from tests.contract.test_client_uploads import Hurried, a_file, a_picture

MADE = [
    ("model_kling-v2-6-t2v-pro", {"prompt": "a fox"}, "video", "video/mp4"),
    ("model_lyria-2", {"prompt": "a waltz"}, "audio", None),
    ("model_meshy-txt23d", {"prompt": "a chair"}, "3d", "model/gltf-binary"),
    ("model_recraft-vectorize", {"image": None}, "image", "image/svg+xml"),
    ("model_scenario-llm", {"prompt": "a line"}, "text", None),
]


@pytest.mark.parametrize(("model_id", "inputs", "kind", "mime"), MADE, ids=[row[0] for row in MADE])
async def test_a_medium(
    model_id: str, inputs: dict[str, Any], kind: str, mime: str | None, tmp_path: Path
) -> None:
    async with a_bench(clock=Hurried) as bench:
        model = await bench.client.model(model_id)
        assert model.thumbnail
        assert model.example_asset_ids
        assert [one.cu for one in model.variants]
        if "image" in inputs:
            given = await bench.client.upload(a_file(tmp_path, a_picture(64)), name="cat.png")
            inputs = {"image": given}
        price = await bench.client.price(model_id, inputs)
        bought = await bench.client.submit(model_id, inputs)
        assert price is not None
        assert bought.cu == price.cu
        job = bought.job
        for _ in range(20):
            if job.state is not JobState.ACTIVE:
                break
            bench.now.ahead += 120
            job = await bench.client.job(job.id)
        assert job.state is JobState.SUCCEEDED
        made = [asset for asset in await bench.client.assets(job.asset_ids) if asset.kind == kind]
        assert made
        [asset, *_] = made
        assert asset.url is not None
        file = await bench.client.fetch(asset.url, tmp_path / "made", cap=2**26)
        assert kind_of(file.mime_type) == kind
        assert mime in {None, file.mime_type}
        if kind in {"video", "audio"}:
            assert asset.duration
        if kind == "text":
            # the record has only the beginning of a long one, which is not given out as the whole
            assert asset.text is None
            assert file.path.read_text().endswith((".", "🦊"))
        if kind in {"video", "3d"}:
            still = await bench.client.fetch(asset.stills[0], tmp_path / "still", cap=2**24)
            assert kind_of(still.mime_type) == "image"
        link = await bench.client.original(asset.id)
        again = await bench.client.fetch(link, tmp_path / "original", cap=2**26)
        assert again.size >= file.size


async def test_an_hdr_picture_has_its_original_behind_it(tmp_path: Path) -> None:
    async with a_bench(clock=Hurried) as bench:
        bought = await bench.client.submit("model_scenario-skybox-hdri", {"prompt": "dusk"})
        bench.now.ahead += 3600
        job = await bench.client.job(bought.job.id)
        [asset, *_] = await bench.client.assets(job.asset_ids)
        assert asset.original_url is not None
        file = await bench.client.fetch(asset.original_url, tmp_path / "hdr", cap=2**26)
        assert file.mime_type == asset.original_mime_type
        assert kind_of(file.mime_type) == "image-hdr"
        by_link = await bench.client.fetch(
            await bench.client.original(asset.id), tmp_path / "original", cap=2**26
        )
        assert by_link.mime_type == file.mime_type


async def test_a_text_that_is_no_asset(tmp_path: Path) -> None:
    async with a_bench(clock=Hurried) as bench:
        given = await bench.client.upload(a_file(tmp_path, a_picture(64)), name="cat.png")
        bought = await bench.client.submit("model_scenario-image-caption", {"image": given})
        bench.now.ahead += 3600
        job = await bench.client.job(bought.job.id)
        assert (job.state, job.asset_ids) == (JobState.SUCCEEDED, ())
        assert job.text
