"""Which files a job makes: one asset for each output, with the pictures that go along."""

from __future__ import annotations

import random
from dataclasses import replace

from sandbox.scenario import formats, pictures, results
from sandbox.scenario.assets import Asset, companion
from sandbox.scenario.catalogue import Model
from sandbox.scenario.jobs import Job
from sandbox.scenario.media.make import Plan
from sandbox.scenario.scripts import Script
from sandbox.scenario.sizes import Find, count, given_files, seconds, size, source, value
from sandbox.scenario.values import Json, as_list, as_number, new_id

MAX_SEED = 2**31 - 1
VIEW = (640, 640)
"""Size of an object's picture."""
LOOKS = {
    "image": "picture",
    "image-hdr": "hdr",
    "video": "film",
    "audio": "effect",
    "3d": "object",
    "text": "text",
}
"""Kind → how it is made, where a script asks for what the model does not make."""
TYPES = {
    "upscale": "upscale",
    "cutout": "background-removal",
    "vector": "vectorization",
    "hdr": "skybox-hdri",
}
_WORDS = {"image": "img", "image-hdr": "img", "video": "video", "audio": "audio", "3d": "3d", "text": "txt"}
KNOWN_TYPES = frozenset(
    {
        *("txt2img", "img2img", "video2img"),
        *("txt2video", "img2video", "video2video", "audio2video"),
        *("txt2audio", "video2audio", "audio2audio"),
        *("txt23d", "img23d", "video23d", "3d23d"),
        *("txt2txt", "img2txt", "audio2txt", "video2txt"),
    }
)
"""Types of assets that the API names; others are `unknown`."""


def prompt_of(model: Model, inputs: Json) -> str:
    """The text that the result is about."""
    named = next((rule["name"] for rule in model.inputs if rule.get("prompt")), "prompt")
    return str(inputs.get(named) or "")


def files_of(job: Job, model: Model, script: Script, find: Find, created: float) -> list[Asset]:
    """The job's assets in order, each followed by its hidden companions; none is kept yet."""
    draft = _Draft(job, model, script, find, created)
    if script.results is not None:
        given = enumerate(results.read(script.results))
        return [asset for index, result in given for asset in draft.given(index, result)]
    names = script.files
    if names is None:
        name = script.format or _asked_format(model, job.inputs)
        number = count(model, job.inputs) if script.assets is None else script.assets
        if model.behavior.reply == "output" and script.format is None:
            number = script.assets or 0
        first = ["webp"] if model.behavior.picture_first and number else []
        names = [*first, *[name] * number]
    return [asset for index, name in enumerate(names) for asset in draft.assets(index, name)]


def _asked_format(model: Model, inputs: Json) -> str:
    asked = value(model, inputs, model.behavior.format_input) if model.behavior.format_input else None
    name = formats.SAME.get(str(asked), str(asked))
    return name if name in formats.FORMATS else model.behavior.format


class _Draft:
    """What all files of a job have in common."""

    def __init__(self, job: Job, model: Model, script: Script, find: Find, created: float) -> None:
        inputs, self.model, self.script = job.inputs, model, script
        self.inputs = inputs
        self.prompt = prompt_of(model, inputs)
        self.parent = source(model, inputs, find)
        given = as_number(inputs.get("seed"))
        self.seed = random.randint(0, MAX_SEED) if given is None else int(given)
        references = as_list(inputs.get("referenceImages")) or []
        self.base = Asset(
            id="",
            created=created,
            mime_type="",
            job_id=job.id,
            model_id=model.id,
            model_type=model.type,
            prompt=self.prompt,
            negative_prompt=str(inputs.get("negativePrompt") or ""),
            aspect_ratio=inputs.get("aspectRatio"),
            parent_id=self.parent.id if self.parent else None,
            references=[str(each) for each in references],
            nsfw=list(script.nsfw or []),
        )

    def assets(self, index: int, name: str) -> list[Asset]:
        """The asset of this format, and the pictures that belong to it."""
        format_ = formats.FORMATS[name]
        behavior = self.model.behavior
        own = format_.kind == behavior.medium
        look = behavior.makes if own else LOOKS[format_.kind]
        if format_.kind == "image" and behavior.medium == "3d":
            look = "view"
        if name == "svg":
            look = "vector"
        plan = Plan(
            look=look,
            format=name,
            prompt=self.prompt,
            seed=self.seed + index,
            seconds=seconds(self.model, self.inputs, self.prompt, self.parent) or 5.0,
            sound=bool(value(self.model, self.inputs, "generateAudio")),
            amount=self._amount(look),
            detail=self._detail(look),
            uses=self._uses(),
            least_bytes=int(self.script.bytes or 0),
        )
        width, height = self._size(look, format_.kind)
        plan = replace(plan, width=width, height=height)
        asset = replace(
            self.base,
            id=new_id("asset_"),
            mime_type=format_.mime,
            kind=format_.kind,
            type=self._type(look, format_.kind),
            index=index,
            seed=plan.seed,
            width=width,
            height=height,
            seconds=plan.seconds if format_.kind in ("video", "audio") else 0.0,
            plan=plan,
        )
        if look == "hdr":
            asset.plan = replace(plan, format="jpeg")
            asset.original = plan
            asset.mime_type = formats.FORMATS["jpeg"].mime
        return [asset, *_companions(asset, plan)]

    def given(self, index: int, result: results.Result) -> list[Asset]:
        """The asset that a test handed over, and its own thumbnail."""
        told = result.properties
        asset = replace(
            self.base,
            id=new_id("asset_"),
            mime_type=result.mime,
            kind=result.kind,
            type=self._type(result.kind, result.kind),
            index=index,
            seed=self.seed + index,
            width=told.get("width", 0),
            height=told.get("height", 0),
            content=result.body,
            properties=told,
        )
        if result.thumbnail is None:
            return [asset]
        still = _still(asset, result.thumbnail)
        asset.companions = {"thumbnail": still.id, "preview": still.id}
        return [asset, still]

    def _size(self, look: str, kind: str) -> tuple[int, int]:
        if look == "view":
            return VIEW
        if kind not in ("image", "image-hdr", "video"):
            return 0, 0
        width, height = size(self.model, self.inputs, self.parent)
        # x264 wants even sides.
        return (width - width % 2, height - height % 2) if kind == "video" else (width, height)

    def _type(self, look: str, kind: str) -> str:
        if look in TYPES:
            return TYPES[look]
        made = f"{_WORDS.get(self.parent.kind) if self.parent else 'txt'}2{_WORDS.get(kind)}"
        return made if made in KNOWN_TYPES else "unknown"

    def _amount(self, look: str) -> float:
        name = {"text": "maxTokens", "vector": "colorPrecision"}.get(look)
        given = as_number(value(self.model, self.inputs, name)) if name else None
        return min(given or (120.0 if look == "text" else 0.0), 8192.0)

    def _detail(self, look: str) -> str:
        if look == "effect":
            return "loop" if value(self.model, self.inputs, "loop") is True else ""
        names = {"speech": ("voiceId", "voice", "publicVoice"), "cutout": ("backgroundColor",)}.get(look, ())
        return next((str(each) for name in names if (each := value(self.model, self.inputs, name))), "")

    def _uses(self) -> dict[str, str]:
        uses = {"source": self.parent.id} if self.parent else {}
        for rule, asset_id in given_files(self.model, self.inputs):
            if rule.get("maskFrom"):
                uses["mask"] = asset_id
            elif rule["name"] == self.model.behavior.last:
                uses["last"] = asset_id
        return uses


def _still(asset: Asset, body: bytes) -> Asset:
    mime, width, height = pictures.facts(body) or ("image/png", 0, 0)
    made = Plan(look="view", format="png", prompt="", seed=0, width=width, height=height)
    told: Json = {"size": len(body), "width": width, "height": height}
    return replace(
        companion(asset, new_id("asset_"), made), mime_type=mime, plan=None, content=body, properties=told
    )


def _companions(asset: Asset, plan: Plan) -> list[Asset]:
    if asset.kind == "video":
        frame = replace(plan, look="frame", format="jpeg", least_bytes=0)
        first = companion(asset, new_id("asset_"), frame)
        last = companion(asset, new_id("asset_"), replace(frame, share=1.0))
        asset.companions = {
            "thumbnail": first.id,
            "preview": first.id,
            "firstFrame": first.id,
            "lastFrame": last.id,
        }
        return [first, last]
    if asset.kind == "3d":
        turned = replace(plan, look="view", format="webp", width=VIEW[0], height=VIEW[1], least_bytes=0)
        view = companion(asset, new_id("asset_"), turned)
        asset.companions = {"thumbnail": view.id, "preview": view.id}
        return [view]
    return []
