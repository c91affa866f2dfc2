"""Every model of the sandbox's catalogue, driven by what its schema says: by form and by command, with a
valid and an invalid value. `python -m tests.e2e.table` drives them all."""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from tests.e2e.acting import modal
from tests.e2e.stage import Json, Stage, is_gate_menu, labels, stage, text_of
from tests.e2e.things import Upload, picture, upload
from tests.support import files

HOW_MANY = 500
AT_ONCE = 4
COMMANDS: Sequence[tuple[str, str]] = (
    ("2video", "video"),
    ("23d", "3d"),
    ("2img", "imagine"),
)
"""How a capability ends → the command for it; sounds and tools go by their tags."""
TAGGED = {
    "image-upscale": "upscale",
    "remove-background": "cutout",
    "vectorize": "vectorize",
    "music": "music",
    "speech": "speech",
    "sound-effects": "sound",
}
PICTURED = {
    "video": "first_frame",
    "imagine": "reference",
    "edit": "image",
    "upscale": "image",
    "cutout": "image",
    "vectorize": "image",
    "3d": "image",
}
WORDED = {"imagine", "edit", "video", "3d", "music", "sound", "speech"}
WORKFLOW = "workflow"
"""The type under which a workflow stands among the models here."""
WORDS = "a harbor at dawn with three boats"


# -- shapes -----------------------------------------------------------------------------------------------


def input_shape(rule: Json) -> str:
    """What distinguishes this input for whoever fills it in, whatever it is called."""
    allowed: list[Any] = rule.get("allowedValues") or list[Any]()
    sized = rule["name"] in {"aspectRatio", "size", "imageSize", "resolution"}
    required = rule.get("required")
    facts: Json = {
        "type": rule["type"],
        "kind": rule.get("kind"),
        "closed": 0 if not allowed else 1 if len(allowed) <= 25 else 2,
        "unset": "" in allowed,
        "size": sorted({_digits(str(one)) for one in allowed}) if sized else None,
        "bounds": sorted({"min", "max", "step"} & rule.keys()),
        "required": sorted(cast("Json", required)) if isinstance(required, dict) else required,
        "inputs": sorted(input_shape(one) for one in rule.get("inputs") or list[Any]()),
    }
    return json.dumps({key: value for key, value in facts.items() if value}, sort_keys=True)


def _digits(text: str) -> str:
    """A size without its numbers: `9:9`, `9x9`, `9 MP`, `word`."""
    marks = "".join("9" if mark.isdecimal() else mark for mark in text)
    while "99" in marks:
        marks = marks.replace("99", "9")
    return marks if "9" in marks else "word"


def covering(records: Iterable[Json]) -> list[Json]:
    """As few models as have every shape of an input, every set of capabilities and every command."""
    left = {record["id"]: (record, shapes_of(record)) for record in records}
    wanted = set[str]().union(*(shapes for _, shapes in left.values()))
    chosen: list[Json] = []
    while wanted:
        # of equal ones the one that a bot is least likely to have read ahead
        best = max(left, key=lambda one: (len(left[one][1] & wanted), one))
        record, shapes = left.pop(best)
        wanted -= shapes
        chosen.append(record)
    return chosen


def shapes_of(record: Json) -> set[str]:
    command = command_of(record) if record["type"] == "custom" else record["type"]
    of_all = {",".join(sorted(record["capabilities"])), f"/{command}"}
    return {input_shape(rule) for rule in record["inputs"]} | of_all


# -- values -----------------------------------------------------------------------------------------------


def a_file(kind: str) -> Upload:
    match kind:
        case "video":
            return upload("clip.mp4", _written(files.mp4))
        case "audio":
            return upload("voice.wav", _written(files.wav))
        case "3d":
            return upload("shape.glb", _written(files.glb))
        case "text":
            return upload("script.txt", b"Once upon a time")
        case _:
            return picture()


def _written(write: Callable[[Path], None]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "file")
        return (Path(folder) / "file").read_bytes()


def valid(rule: Json) -> Any:
    """A value that this input takes, as a form takes it; None where there is no good one to be known."""
    allowed: list[Any] = [one for one in rule.get("allowedValues") or list[Any]() if one != ""]
    match rule["type"]:
        case "file":
            return a_file(rule.get("kind") or "image")
        case "file_array":
            return [a_file(rule.get("kind") or "image")] * max(1, rule.get("minLength") or 1)
        case "string" | "number" | "string_array" if allowed:
            return [str(allowed[-1])]
        case "string":
            return "#ffffff" if rule.get("color") else WORDS[: rule.get("maxLength") or 100]
        case "number" | "integer":
            return f"{rule.get('default') or rule.get('max', rule.get('min', 1)):g}"
        case "boolean":
            return ["true"]
        case "string_array":
            return "boats, gulls"
        case "inputs_array":
            fields = [(one["name"], valid(one)) for one in rule["inputs"] if one["type"] != "file"]
            return " ".join(f"{name}={_plain(value)}" for name, value in fields if value is not None)
        case _:
            return None


def _plain(value: Any) -> str:
    return str(cast("list[Any]", value)[0] if isinstance(value, list) else value)


def invalid(record: Json) -> tuple[str, str] | None:
    """An input and a text that it cannot take; None where the schema takes anything."""
    for rule in record["inputs"]:
        if rule.get("allowedValues") and not rule["type"].endswith("_array"):
            return rule["name"], "zzqq"
        if rule["type"] in {"number", "integer"}:
            return rule["name"], "zzqq"
        if rule["type"] == "boolean":
            return rule["name"], "zzqq"
    return None


def command_of(record: Json) -> str | None:
    """The command that can drive it; None where no command has an option for what it needs."""
    needed = {
        rule.get("kind") or "image"
        for rule in record["inputs"]
        if rule["type"].startswith("file") and (rule.get("required") or dict[str, Any]()).get("always")
    }
    tags, capable = set(record.get("tags", ())), record["capabilities"]
    tagged = next((command for tag, command in TAGGED.items() if tag in tags), None)
    by_end = next(
        (c for end, c in COMMANDS if any(one.partition("_")[0].endswith(end) for one in capable)), None
    )
    command = tagged or (None if "tool" in tags else by_end)
    if command == "imagine" and needed:
        command = "edit"
    if command is None or needed - ({"image"} if command in PICTURED else set()):
        return None
    given = "img" if "image" in needed else "txt"
    end = {"video": "2video", "3d": "23d"}.get(command)
    if end is not None and f"{given}{end}" not in capable:
        return None
    referring = [r for r in record["inputs"] if r["name"].startswith("reference") and _demanded(r)]
    if command == "video" and referring:
        return None  # it has options for frames only
    lacks_words = record["inputs"] and not any(rule.get("prompt") for rule in record["inputs"])
    return None if command in {"music", "sound", "speech", "edit"} and lacks_words else command


# -- driving ----------------------------------------------------------------------------------------------


class Drive:
    """One model after the other on one stage. What is wrong is gathered, and told at the end."""

    def __init__(self, one: Stage) -> None:
        self.one = one
        self.wrong: list[str] = []

    async def all(self, records: Iterable[Json]) -> list[str]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def gated(number: int, record: Json) -> None:
            async with gate:
                try:
                    drive = {"custom": self.model, WORKFLOW: self._by_form}.get(record["type"], self.trained)
                    await drive(record, f"member{number}")
                except AssertionError as error:
                    self.wrong.append(f"{record['id']}: {str(error)[:300]}")

        await asyncio.gather(*(gated(number, record) for number, record in enumerate(records)))
        return self.wrong

    async def model(self, record: Json, member: str) -> None:
        command = command_of(record)
        if command is not None:
            await self._completed(record, command, member)
        await self._by_form(record, member)
        if command is not None:
            await self._by_command(record, command, member)

    async def _completed(self, record: Json, command: str, member: str) -> None:
        """Cold: the first letter is answered with the model's own inputs."""
        options = {**_needed_options(record, command, files=False), "model": record["id"], "settings": ""}
        asked = {"member": member, "channel": "general", "name": command, "options": options}
        choices = (await self.one.post("/autocomplete", **asked, focused="settings"))["choices"]
        own = {rule["name"] for rule in record["inputs"] if not rule["type"].startswith("file")}
        offered = {str(choice["value"]).removesuffix("=") for choice in choices}
        assert bool(offered) is bool(own), f"cold completion offers {offered}"
        assert offered <= own, f"cold completion offers {offered - own}"

    async def _form(self, record: Json, member: str, wrong: tuple[str, str] | None) -> tuple[Json, bool]:
        """Fill the first page in; the last answer, and whether it could be sent."""
        flow = record["type"] == WORKFLOW
        name, option = ("workflow run", "workflow") if flow else ("generate", "model")
        asked = await self._command(name, {option: record["id"]}, member)
        behind = await self._opened(asked, member)
        page = await modal(self.one, behind)
        specs = {rule["name"]: rule for rule in record["inputs"]}
        specs = {rule["name"]: rule for rule in record["inputs"]}
        values, typed = self._filled(page, specs, wrong)
        if wrong is not None and not typed:
            return {}, False
        sent = await self.one.post("/submit", member=member, interaction_id=behind, values=values)
        return {"id": str(sent["interaction_id"]), "form": asked}, True

    def _filled(
        self, page: Json, specs: Mapping[str, Json], wrong: tuple[str, str] | None
    ) -> tuple[Json, bool]:
        """What is put into a page's fields, and whether the wrong text is among it."""
        values: Json = {}
        typed = False
        for part in page["components"]:
            field = part["component"]
            rule = specs[field["custom_id"].rpartition("~")[0] or field["custom_id"]]
            if wrong is not None and rule["name"] == wrong[0] and field["type"] == 4:
                values[field["custom_id"]], typed = wrong[1], True
            elif (value := self._offered(field, valid(rule), rule)) is not None:
                values[field["custom_id"]] = value
        return values, typed

    async def _opened(self, asked: str, member: str) -> str:
        """The interaction that opens the form: the command's, or where the schema was read first that of the
        button which it was answered with."""

        async def answered() -> str | None:
            if (await self.one.get(f"/interactions/{asked}"))["modal"]:
                return asked
            found = [one for one in await self.one.answers(asked, member=member) if one["components"]]
            return await self.one.press(found[-1], "Open the form", member=member) if found else None

        return await self.one.until(answered, f"the form of {asked}")

    def _offered(self, field: Json, value: Any, rule: Json) -> Any:  # what `valid` found, or the list of it
        values = cast("list[str]", value) if isinstance(value, list) else []
        if field["type"] != 3:
            return (
                cast("object", value)
                if field.get("required") or rule.get("prompt") or _demanded(rule)
                else None
            )
        offered: list[str] = [option["value"] for option in field["options"]]
        fitting = [one for one in values if one in offered]
        return fitting or (offered[:1] if field.get("required") else None)

    async def _by_form(self, record: Json, member: str) -> None:
        broken = invalid(record)
        sent, typed = await self._form(record, member, broken) if broken is not None else ({}, False)
        if broken is not None and typed:
            refused = await self._told(sent, broken[1], member)
            assert "Generate" not in labels(refused), f"the form offers to buy {broken}"
        sent, _ = await self._form(record, member, None)
        await self._bought(record, await self._sent(sent, member, record), member)

    async def _summary(self, sent: Json, member: str) -> list[Json]:
        """The form's message: the answer to its page, or the one that its page was opened from."""
        found = await self.one.answers(sent["id"], member=member)
        return found or await self.one.answers(sent["form"], member=member)

    async def _told(self, sent: Json, value: str, member: str) -> Json:
        async def refused() -> Json | None:
            found = [one for one in await self._summary(sent, member) if f"“{value}”" in text_of(one)]
            return found[-1] if found else None

        return await self.one.until(refused, f"the form to refuse {value}")

    async def _sent(self, sent: Json, member: str, record: Json) -> str:
        """The request that a page became: at once, or by Generate after every other page was filled in."""
        interaction, opened = sent["id"], set[str]()
        specs = {rule["name"]: rule for rule in record["inputs"]}

        async def more(told: Json, label: str) -> None:
            behind = await self.one.press(told, label, member=member)
            values, _ = self._filled(await modal(self.one, behind), specs, None)
            page = await self.one.post("/submit", member=member, interaction_id=behind, values=values)

            async def taken() -> bool:
                return bool((await self.one.get(f"/interactions/{page['interaction_id']}"))["answer"])

            await self.one.until(taken, f"{label} to be taken")
            opened.add(label)

        async def seen() -> str | None:
            if self.one.record(interaction):
                return interaction
            told = [one for one in await self._summary(sent, member) if "Start over" in labels(one)]
            if not told:
                return None
            pages = [label for label in labels(told[-1]) if label.startswith("More settings")]
            if further := [label for label in pages if label not in opened and "(1 of " not in label]:
                await more(told[-1], further[0])
                return None
            assert "Generate" in labels(told[-1]), f"the form is not complete: {text_of(told[-1])}"
            return await self.one.press(told[-1], "Generate", member=member)

        return await self.one.until(seen, f"what became of {interaction}")

    async def trained(self, record: Json, member: str) -> None:
        """A trained model has no form: the command for its capability drives it, on its base."""
        command = "imagine" if "txt2img" in record["capabilities"] else "edit"
        options: Json = {"model": record["id"], "prompt": WORDS}
        options |= {"image": picture()} if command == "edit" else {}
        await self._bought(record, await self._command(command, options, member), member)
        broken = {**options, "settings": "seed=zzqq"}
        told = text_of(await self.one.answer(await self._command(command, broken, member), member=member))
        assert "Nothing was charged" in told, f"/{command} took a wrong number: {told}"
        assert "zzqq" in told, f"/{command} does not say what is wrong: {told}"

    async def _by_command(self, record: Json, command: str, member: str) -> None:
        options = _needed_options(record, command)
        asked = await self._command(command, {**options, "model": record["id"]}, member)
        await self._bought(record, asked, member)
        broken = invalid(record)
        if broken is not None:
            settings = f"{broken[0]}={broken[1]}"
            asked = await self._command(
                command, {**options, "model": record["id"], "settings": settings}, member
            )
            told = text_of(await self.one.answer(asked, member=member))
            assert "Nothing was charged" in told, f"/{command} took {settings}: {told}"
            assert "zzqq" in told, f"/{command} does not say what is wrong with {settings}: {told}"

    async def _command(self, name: str, options: Json, member: str) -> str:
        asked = await self.one.post("/command", member=member, channel="general", name=name, options=options)
        return str(asked["interaction_id"])

    async def _bought(self, record: Json, generation: str, member: str) -> None:
        passed = set[str]()

        async def over() -> Json | None:
            found = await self.one.answers(generation, member=member)
            row = self.one.record(generation)
            told = text_of(found[-1]).strip() if found else ""
            assert row or not told, f"refused: {told}"
            if record["type"] == WORKFLOW and found:
                await self._answered(found[-1], member, passed)
            return row if row.get("card") == "settled" else None

        row = await self.one.until(over, f"{generation} of {record['id']} to be settled")
        assert row["fate"] == "succeeded", f"{row['fate']} {row['failure']}"
        jobs = [job for job in await self.one.ledger() if job["job_id"] == row["job_id"]]
        assert len(jobs) == 1, f"{len(jobs)} jobs were bought"

    async def _answered(self, card: Json, member: str, passed: set[str]) -> None:
        """Say yes at a workflow's gate, or choose the first of what it shows, if it is at one. Once each: the
        card shows an answered gate until the bot has read the run again, and may be drawn anew any moment.
        passed: the gates answered so far."""
        parts = [part for row in card["components"] for part in row["components"]]
        asking = [part for part in parts if part.get("label") == "Approve" or is_gate_menu(part)]
        for part in asking:
            if part["custom_id"] in passed:
                continue
            passed.add(part["custom_id"])
            values = {"values": ["1"]} if part["type"] == 3 else {}
            pressed = {"message_id": card["id"], "custom_id": part["custom_id"], **values}
            await self.one.post("/press", member=member, **pressed)
            return


def _demanded(rule: Json) -> bool:
    return bool((rule.get("required") or dict[str, Any]()).get("always"))


def _needed_options(record: Json, command: str, *, files: bool = True) -> Json:
    """What the command must say for this model, beside its name."""
    options: Json = {}
    specs: list[Mapping[str, Any]] = record["inputs"]
    if command in WORDED and any(rule.get("prompt") for rule in specs):
        options["text" if command == "speech" else "prompt"] = WORDS
    pictured = [rule for rule in specs if rule["type"].startswith("file") and _demanded(dict(rule))]
    if files and (pictured or command in {"edit", "upscale", "cutout", "vectorize"}):
        options[PICTURED[command]] = picture()
    rest = [
        rule
        for rule in specs
        if _demanded(dict(rule)) and not rule["type"].startswith("file") and not rule.get("prompt")
    ]
    told = [f'{rule["name"]}="{_plain(valid(dict(rule)))}"' for rule in rest]
    return {**options, "settings": " ".join(told)} if told and files else options


async def records(one: Stage) -> list[Json]:
    """All models that can be used, public and the team's, and workflows, with their schemas as Scenario tells
    them. Each workflow counts as a shape of its own, for its gates."""
    public = (await one.scenario("/models?privacy=public&pageSize=500"))["models"]
    private = (await one.scenario("/models?privacy=private&pageSize=500"))["models"]
    own = [
        row
        for row in [*public, *private]
        if row["status"] in {"trained", "ready"}
        and not any(tag.startswith("deprecated") for tag in row["tags"])
        and not row.get("accessRestrictions")
    ]
    told = [(await one.scenario(f"/models/{row['id']}"))["model"] for row in own]
    # a composition of nothing yet is refused, which a test of its own holds
    none: Json = {"inputs": list[Json]()}
    usable = [{**none, **record} for record in told if record.get("concepts") != []]
    flows = (await one.scenario("/workflows"))["workflows"]
    ready = [flow for flow in flows if flow["status"] == "ready"]
    return usable + [{**flow, "type": WORKFLOW, "capabilities": [flow["id"]]} for flow in ready]


SETTINGS = {"seconds": 0, "parallel": 8, "creative_units": 10_000_000, "models": HOW_MANY}


async def main(part: str) -> int:
    async with stage(MEMBER_IN_FLIGHT="0", CONFIRM_ABOVE_CU="0", QUEUE_LIMIT="0") as one:
        await one.post("/settings", scenario=SETTINGS)
        await one.stop_bot()
        await one.start_bot()
        found = await records(one)
        chosen = covering(found) if part == "shapes" else found
        wrong = await Drive(one).all(chosen)
        told = [f"{len(chosen)} of {len(found)} models, {len(wrong)} with a fault", *wrong]
        sys.stdout.write("\n".join(told) + "\n")
        return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("shapes", "all"), nargs="?", default="all")
    raise SystemExit(asyncio.run(main(parser.parse_args().part)))
