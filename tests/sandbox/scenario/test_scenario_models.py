"""Models: lists, single reads, locks, and what a request may contain."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from sandbox.clock import Clock
from sandbox.scenario import Studio, pictures
from sandbox.wire import Wire

Call = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]
FLUX = "/generate/custom/model_bfl-flux-1-dev"
GPT = "/generate/custom/model_openai-gpt-image-2"
MOODY: dict[str, Any] = {
    "name": "prompt",
    "type": "string",
    "prompt": True,
    "maxLength": 80,
    "required": True,
}


async def test_wrong_or_missing_credentials_are_401(studio: Studio) -> None:
    url = f"{studio.origin}/scenario/v1/models"
    wrong = aiohttp.encode_basic_auth("sandbox-key", "other")
    async with aiohttp.ClientSession() as session:
        for headers in (
            {},
            {"Authorization": wrong},
            {"Authorization": "Bearer x"},
            {"Authorization": "Basic %"},
        ):
            async with session.get(url, headers=headers) as answer:
                assert (answer.status, await answer.json()) == (401, {"reason": "Unauthorized"})


async def test_unknown_routes_are_404_and_noted(call: Call, wire: Wire) -> None:
    assert await call("GET", "/workflow") == (404, {"reason": "Not found"})
    assert await call("DELETE", "/jobs") == (404, {"reason": "Not found"})
    assert [each["what"] for each in wire.violations] == ["unknown route"] * 2


async def test_lists_are_private_unless_public_is_asked_for_and_carry_no_inputs(call: Call) -> None:
    _, mine = await call("GET", "/models")
    trained = {"flux.1-lora", "flux.1-composition", "flux.1-kontext-lora", "flux.2-dev-lora", "zimage-lora"}
    assert {model["type"] for model in mine["models"]} == {"custom", *trained}
    _, public = await call("GET", "/models?privacy=public&tags=sc:featured")
    assert public["models"][0]["id"] == "model_imagen4-ultra"
    assert not any("inputs" in model or "uiConfig" in model for model in mine["models"] + public["models"])
    assert (await call("GET", "/models?privacy=everyone"))[0] == 400


async def test_pages_join_to_the_whole_list(call: Call) -> None:
    _, whole = await call("GET", "/models?privacy=public")
    found: list[str] = []
    token: str | None = None
    while True:
        more = f"&paginationToken={token}" if token else ""
        _, page = await call("GET", f"/models?privacy=public&pageSize=4{more}")
        found += [model["id"] for model in page["models"]]
        token = page.get("nextPaginationToken")
        if token is None:
            break
    assert found == [model["id"] for model in whole["models"]]
    assert (await call("GET", "/models?pageSize=501"))[0] == 400
    assert (await call("GET", "/models?paginationToken=nonsense"))[0] == 400


async def test_a_single_read_has_inputs_and_a_bulk_read_has_not(call: Call) -> None:
    _, one = await call("GET", "/models/model_bfl-flux-1-dev")
    presets = one["model"]["uiConfig"]["resolutionComponent"]["presets"]
    assert presets[0] == {"label": "Auto"}
    assert {rule["name"] for rule in one["model"]["inputs"]} >= {"prompt", "width", "height", "seed", "loras"}
    _, bulk = await call("POST", "/models/get-bulk", {"modelIds": ["model_bfl-flux-1-dev", "model_none"]})
    assert [("inputs" in model, model["id"]) for model in bulk["models"]] == [(False, "model_bfl-flux-1-dev")]
    assert await call("GET", "/models/model_none") == (404, {"reason": "Model model_none not found"})


async def test_every_prompt_has_a_longest_length(studio: Studio) -> None:
    prompts = [rule for model in studio.catalogue.all() for rule in model.inputs if rule["name"] == "prompt"]
    assert len(prompts) >= 25
    assert all(rule["maxLength"] >= 500 for rule in prompts)


async def test_a_locked_model_names_the_plan_it_needs(call: Call, studio: Studio) -> None:
    status, body = await call("POST", "/generate/custom/model_luma-uni-1-max", {"prompt": "x"})
    assert status == 403
    assert body["details"] == {"modelId": "model_luma-uni-1-max", "requiredPlan": "enterprise"}
    assert "ModelAccessRestrictedError" in body["reason"]
    studio.configure(plan="enterprise", require_plan={"model_imagen3": "max"})
    assert (await call("POST", "/generate/custom/model_luma-uni-1-max", {"prompt": "x"}))[0] == 200
    studio.configure(plan="pro")
    status, body = await call("POST", "/generate/custom/model_imagen3?dryRun=true", {"prompt": "x"})
    assert (status, body["details"]["requiredPlan"]) == (403, "max")


async def test_trained_models_refuse_at_their_own_id_unless_switched(call: Call, studio: Studio) -> None:
    path = "/generate/custom/model_hqTeamInkLora3mXb9c"
    body = {"prompt": "a ship", "aspectRatio": "1:1"}
    refused = (400, {"reason": "Custom models only are supported for this endpoint"})
    assert await call("POST", path, body) == refused
    assert await call("POST", "/generate/custom/model_hqTeamBlend5sRf6y", body) == refused
    studio.configure(trained_direct=True)
    assert (await call("POST", path, body))[0] == 200


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        (FLUX, {}, "Input prompt is required"),
        (FLUX, {"prompt": ""}, "Input prompt must be at least 1 characters long"),
        (FLUX, {"prompt": 7}, "Input prompt must be a string"),
        (FLUX, {"prompt": "x" * 2049}, "Input prompt must be at most 2048 characters long"),
        (FLUX, {"prompt": "x", "aspectRatio": "1:1"}, "Input aspectRatio is not supported by this model"),
        (FLUX, {"prompt": "x", "width": 1000}, "Input width must be a multiple of 16"),
        (FLUX, {"prompt": "x", "width": 4096}, "Input width must be at most 2048"),
        (FLUX, {"prompt": "x", "width": "1024"}, "Input width must be a number"),
        (FLUX, {"prompt": "x", "seed": 2**31}, "Input seed must be at most 2147483647"),
        (FLUX, {"prompt": "x", "lorasScale": [2.5]}, "Input lorasScale must be at most 2"),
        (FLUX, {"prompt": "x", "loras": ["m"] * 7}, "Input loras must be at most 6 items long"),
        (
            FLUX,
            {"prompt": "x", "loras": ["model_hqTeamBlend5sRf6y"]},
            "Invalid model(s): model_hqTeamBlend5sRf6y.\nAllowed model types: flux.1-lora",
        ),
        (GPT, {"prompt": "x", "quality": "best"}, "Input quality must be one of: auto, low, medium, high"),
        (GPT, {"prompt": "x", "numOutputs": 11}, "Input numOutputs must be at most 10"),
        (GPT, {"prompt": "x", "numOutputs": True}, "Input numOutputs must be a number"),
        (GPT, [], "Body must be a JSON object"),
    ],
)
async def test_the_schema_is_strict_and_a_dry_run_is_as_strict(
    call: Call, studio: Studio, path: str, body: Any, reason: str
) -> None:
    assert await call("POST", path, body) == (400, {"reason": reason})
    assert await call("POST", f"{path}?dryRun=true", body) == (400, {"reason": reason})
    assert studio.ledger() == []


async def test_files_and_required_rules(call: Call) -> None:
    drawn = pictures.encode(pictures.draw("a mask", 1, 8, 8), "png")
    pixel = f"data:image/png;base64,{base64.b64encode(drawn).decode()}"
    refused = await call("POST", GPT, {"prompt": "x", "mask": pixel})
    assert refused == (400, {"reason": "Input referenceImages is required. A mask needs a reference image."})
    assert (await call("POST", GPT, {"prompt": "x", "mask": pixel, "referenceImages": [pixel]}))[0] == 200
    status, body = await call("POST", FLUX, {"prompt": "x", "image": "asset_none"})
    assert (status, body) == (404, {"reason": "Asset asset_none not found"})
    both = {"prompt": "x", "image": pixel, "controlImage": pixel, "controlMode": "depth"}
    assert (await call("POST", FLUX, both))[1] == {
        "reason": "Inputs image and controlImage cannot be used together"
    }


async def test_loras_run_through_their_base_model(call: Call) -> None:
    loras = {"prompt": "x", "loras": ["model_hqTeamInkLora3mXb9c"], "lorasScale": [-0.5, 1]}
    assert (await call("POST", FLUX, loras))[0] == 200
    assert (await call("POST", FLUX, {"prompt": "x", "modelId": "model_hqTeamBlend5sRf6y"}))[0] == 200
    assert (await call("POST", FLUX, {"prompt": "x", "loras": ["model_none"]}))[0] == 404


async def test_a_scalar_for_an_array_is_dropped_and_charged(call: Call, studio: Studio, wire: Wire) -> None:
    status, body = await call("POST", FLUX, {"prompt": "x", "loras": "model_hqTeamInkLora3mXb9c"})
    assert status == 200
    assert "loras" not in body["job"]["metadata"]["input"]
    assert studio.ledger()[0]["cu"] > 0
    assert wire.violations == [
        {"what": "scalar sent to an array input", "model": "model_bfl-flux-1-dev", "inputs": ["loras"]}
    ]


async def test_lenient_inputs(call: Call, studio: Studio) -> None:
    studio.configure(strict_inputs=False)
    assert (await call("POST", FLUX, {"prompt": "x", "width": 1000, "aspectRatio": "1:1"}))[0] == 200


async def test_prices_are_decimal_and_move_with_size_and_count(call: Call) -> None:
    async def cost(path: str, **inputs: Any) -> dict[str, Any]:
        status, body = await call("POST", f"{path}?dryRun=api", {"prompt": "x", **inputs})
        assert (status, "job" in body) == (269, False)
        return body

    base = await cost(FLUX)
    assert base["creativeUnitsCost"] == 10.75
    assert base["costDetails"] == {"custom-generation": 9, "quality-gate": 1.75}
    assert (await cost(FLUX, width=2048, height=2048))["creativeUnitsCost"] > 20
    one, four = await cost(GPT), await cost(GPT, numOutputs=4, quality="auto")
    assert four["creativeUnitsCost"] == 4 * one["creativeUnitsCost"]
    assert (await cost(GPT, quality="high"))["creativeUnitsCost"] > one["creativeUnitsCost"]


async def test_a_price_that_moves_and_a_charge_that_differs(call: Call, studio: Studio, clock: Clock) -> None:
    behavior = {"price": 4, "moves": [[20, 15], [60, 2]], "charged": 2, "per": {"prompt": 10}}
    studio.add_model({"id": "model_moody", "sandbox": behavior, "inputs": [MOODY]})

    async def costs(words: str) -> tuple[float, float]:
        path, body = "/generate/custom/model_moody", {"prompt": words}
        (_, dry), (_, paid) = await call("POST", f"{path}?dryRun=true", body), await call("POST", path, body)
        return dry["creativeUnitsCost"], paid["creativeUnitsCost"]

    assert await costs("x" * 10) == (4, 8)
    assert await costs("x" * 30) == (12, 24)
    clock.advance(20)
    assert await costs("x" * 10) == (60, 120)
    clock.advance(40)
    assert await costs("x" * 10) == (8, 16)
    assert [job["cu"] for job in studio.ledger()] == [8, 24, 120, 16]
    studio.add_model({"id": "model_moody", "sandbox": {**behavior, "price": 5}, "inputs": [MOODY]})
    clock.advance(19)
    assert await costs("x" * 10) == (5, 10)


@pytest.mark.parametrize(
    "wrong",
    [{"moves": 3}, {"moves": [[1]]}, {"moves": [[-1, 2]]}, {"moves": [["a", 2]]}, {"charged": "much"}],
)
def test_a_price_that_moves_is_said_in_one_way(studio: Studio, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        studio.add_model({"id": "model_moody", "sandbox": wrong})
    assert studio.catalogue.find("model_moody") is None


async def test_a_model_nobody_saw_before(call: Call, studio: Studio) -> None:
    studio.add_model(
        {
            "id": "model_new",
            "inputs": [
                {"name": "prompt", "type": "string", "prompt": True, "maxLength": 80, "required": True},
                {
                    "name": "frames",
                    "type": "inputs_array",
                    "inputs": [{"name": "at", "type": "number", "required": {"always": True}}],
                },
                {
                    "name": "style",
                    "type": "string",
                    "required": {"conditional": {"operator": "or", "values": {"prompt": ["a", "b"]}}},
                },
                {"name": "voice", "type": "string", "required": {"ifNotDefined": {"style": "Say how."}}},
            ],
            "sandbox": {"price": 3.5},
        }
    )
    path = "/generate/custom/model_new"
    _, one = await call("GET", "/models/model_new")
    assert (one["model"]["status"], one["model"]["privacy"]) == ("trained", "public")
    assert "sandbox" not in one["model"]
    assert (await call("POST", path, {"prompt": "a"}))[1][
        "reason"
    ] == "Input style is required with these inputs"
    assert (await call("POST", path, {"prompt": "c"}))[1]["reason"] == "Input voice is required. Say how."
    assert (await call("POST", path, {"prompt": "a", "style": "x", "frames": [{}]}))[0] == 400
    status, body = await call("POST", path, {"prompt": "a", "style": "x", "frames": [{"at": 1}]})
    assert (status, body["creativeUnitsCost"]) == (200, 3.5)
    for wrong in ({}, {"id": "m", "inputs": [{"name": "x"}]}, {"id": "m", "sandbox": {"cost": 1}}):
        with pytest.raises(ValueError, match=r"model|inputs|sandbox"):
            studio.add_model(wrong)
