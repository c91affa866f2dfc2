"""The official client reads the stand-in: an independent check of its shapes."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from sandbox.clock import Clock
from sandbox.scenario import Studio
from sandbox.wire import Wire

if TYPE_CHECKING:  # it takes a second to import, and every worker imports every test
    from scenario_sdk import AsyncScenario


def client(studio: Studio) -> AsyncScenario:
    """Strict: an answer that does not fit the published types raises."""
    from scenario_sdk import AsyncScenario

    return AsyncScenario(
        api_key=studio.options.key,
        api_secret=studio.options.secret,
        base_url=f"{studio.origin}/scenario/v1",
        max_retries=0,
        _strict_response_validation=True,
    )


async def test_list_dry_run_submit_poll_and_read(studio: Studio, clock: Clock, wire: Wire) -> None:
    async with client(studio) as api:
        public = [model async for model in api.models.list(privacy="public", page_size=4)]
        mine = [model.id async for model in api.models.list()]
        assert len(public) == 43
        assert "model_hqTeamStorybook7w2kPq" in mine
        featured = next(model for model in public if "sc:featured" in model.tags)
        model = (await api.models.retrieve(featured.id)).model
        assert {rule.name for rule in model.inputs or []} >= {"prompt", "aspectRatio"}
        bulk = await api.models.get_bulk(model_ids=[featured.id, mine[0]])
        assert len(bulk.models) == 2

        inputs = {"prompt": "a futuristic cityscape", "aspectRatio": "16:9"}
        raw = await api.generate.with_raw_response.run_model(featured.id, body=inputs, dry_run="true")
        assert raw.http_response.status_code == 269
        assert raw.http_response.json()["creativeUnitsCost"] == 10

        run = await api.generate.run_model(featured.id, body=inputs)
        assert (run.job.status, run.creative_units_cost) == ("queued", 10)
        clock.advance(1.5)
        running = (await api.jobs.retrieve(run.job.job_id)).job
        assert 0 < running.progress < 1
        clock.advance(5)
        done = (await api.jobs.retrieve(run.job.job_id)).job
        assert done.status == "success"
        listed = [job.job_id async for job in api.jobs.list(types=["custom"])]
        assert listed == [done.job_id]

        ids = done.metadata.asset_ids or []
        asset = (await api.assets.retrieve(ids[0])).asset
        assert (asset.mime_type, asset.properties.width) == ("image/png", 1360)
        assert [each.id for each in (await api.assets.get_bulk(asset_ids=ids)).assets] == ids
        assert [each.id async for each in api.assets.list()] == ids
        assert (await api.assets.download.request(ids[0], target_format="webp")).mime_type == "image/webp"
    assert wire.violations == []


async def test_account_uploads_and_refusals(studio: Studio, clock: Clock) -> None:
    from scenario_sdk import APIStatusError

    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "png")
    async with client(studio) as api:
        team = (await api.teams.list()).teams[0]
        limits = await api.teams.retrieve_limits(team.id)
        assert limits.limits.parallel_custom_jobs == 5
        assert [each.id async for each in api.projects.list()] == ["proj_sandbox"]
        assert (await api.usages.list(time_range="last-day")).usages

        encoded = base64.b64encode(out.getvalue()).decode()
        uploaded = await api.assets.upload(name="ref", image=encoded)
        assert uploaded.asset.metadata.type == "uploaded"
        begun = await api.uploads.create(
            kind="image", file_name="r.png", content_type="image/png", file_size=9, parts=1
        )
        assert (await api.uploads.retrieve(begun.upload.id)).upload.status == "pending"

        run = await api.generate.run_model("model_openai-gpt-image-2", body={"prompt": "x"})
        assert run.job.status == "pending"
        await api.jobs.trigger_action(run.job.job_id, action="cancel")
        clock.advance(1)
        assert (await api.jobs.retrieve(run.job.job_id)).job.status == "canceled"
        reasons: list[tuple[int, Any]] = []
        for model_id in ("model_luma-uni-1-max", "model_hqTeamInkLora3mXb9c", "model_none"):
            with pytest.raises(APIStatusError) as caught:
                await api.generate.run_model(model_id, body={"prompt": "x"})
            reasons.append((caught.value.status_code, caught.value.body))
        assert [status for status, _ in reasons] == [403, 400, 404]


async def test_workflows_list_run_and_wait_for_an_answer(studio: Studio, clock: Clock, wire: Wire) -> None:
    async with client(studio) as api:
        listed = [each async for each in api.workflows.list(page_size=2)]
        assert [each.status for each in listed] == ["ready", "ready", "ready", "draft"]
        assert listed[1].has_flow
        scene = (await api.workflows.retrieve(listed[1].id)).workflow
        assert [rule.name for rule in scene.inputs] == ["text1", "text2", "select1"]
        inputs = {"text1": "a fox in the snow", "select1": "5"}
        raw = await api.workflows.with_raw_response.run(scene.id, body=inputs, dry_run="true")
        assert raw.http_response.status_code == 269
        job = (await api.workflows.run(scene.id, body=inputs)).job
        assert (job.job_type, job.metadata.workflow_id) == ("workflow", scene.id)
        clock.advance(20)
        flow = (await api.jobs.retrieve(job.job_id)).job.metadata.flow or []
        assert [(node.type, node.status) for node in flow] == [
            ("custom-model", "success"),
            ("user-approval", "processing"),
            ("custom-model", "pending"),
        ]
        project = (await api.projects.list()).projects[0].id
        await api.workflows.user_approval(
            scene.id, project_id=project, node_id="approval1", workflow_job_id=job.job_id
        )
        clock.advance(20)
        done = (await api.jobs.retrieve(job.job_id)).job
        assert done.status == "success"
        found = (await api.assets.get_bulk(asset_ids=done.metadata.asset_ids or [])).assets
        assert [each.kind for each in found] == ["image", "video"]
        assert found[1].first_frame
        assert found[1].properties.duration
    assert wire.violations == []


async def test_every_model_and_kind_of_asset_fits_the_types(studio: Studio, clock: Clock) -> None:
    async with client(studio) as api:
        for private in (True, False):
            async for row in api.models.list(privacy="private" if private else "public"):
                if row.id in ("model_bfl-flux-1-dev", "model_openai-gpt-image-2"):
                    continue  # their "Auto" has no sizes, as was captured, which the types forbid
                model = (await api.models.retrieve(row.id)).model
                assert bool(model.performance_stats) != private
        bought = {
            "model_kling-v2-6-t2v-pro": {"prompt": "a fox", "aspectRatio": "1:1"},
            "model_elevenlabs-music-v2": {"prompt": "a calm tune", "durationSeconds": 3},
            "model_rodin-hyper3d-v2-5": {"prompt": "a fox"},
            "model_scenario-skybox-hdri": {"prompt": "a field"},
            "model_scenario-llm": {"prompt": "say something"},
        }
        jobs = [await api.generate.run_model(name, body=body) for name, body in bought.items()]
        clock.advance(60)
        ids = [
            asset_id
            for job in jobs
            for asset_id in (await api.jobs.retrieve(job.job.job_id)).job.metadata.asset_ids or []
        ]
        assets = [(await api.assets.retrieve(asset_id)).asset for asset_id in ids]
        assert [asset.kind for asset in assets] == ["video", "audio", "image", "3d", "image-hdr", "text"]
        assert assets[4].original_mime_type == "image/x-exr"
        assert assets[5].properties.preview


async def test_webhook_endpoints_are_made_changed_and_removed(studio: Studio, wire: Wire) -> None:
    async with client(studio) as api:
        hooks = api.projects.webhook_endpoints
        made = (
            await hooks.create(
                "proj_sandbox", url="https://bot.example.com/x", enabled_events=["generation.completed"]
            )
        ).webhook_endpoint
        assert made.secret
        changed = await hooks.update(made.id, project_id="proj_sandbox", enabled=False)
        assert not changed.webhook_endpoint.enabled
        (listed,) = (await hooks.list("proj_sandbox")).webhook_endpoints
        assert (listed.id, listed.url, listed.owner_type) == (made.id, made.url, "project")
        assert (await hooks.events.list(made.id, project_id="proj_sandbox")).items == []
        await hooks.delete(made.id, project_id="proj_sandbox")
        assert (await hooks.list("proj_sandbox")).webhook_endpoints == []
    assert wire.violations == []
