"""What a client did, seen from outside: through the control API, as members see it."""

from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

from PIL import Image

from tests.e2e.stage import Json, Stage, images
from tests.openapi.checking import complaints
from tests.openapi.specification import Specification
from tests.peers.environments import Peer

DEFER = 5

Step = Callable[["Judge"], Awaitable[None]]


def picture() -> bytes:
    """What every client delivers, and nobody may change."""
    out = BytesIO()
    Image.effect_noise((64, 48), 80).save(out, "PNG")
    return out.getvalue()


class Judge:
    """Plays alice before one client, and looks at what it does."""

    def __init__(self, stage: Stage, peer: Peer, given: bytes, specification: Specification | None) -> None:
        self._stage = stage
        self._peer = peer
        self._given = given
        self._specification = specification
        self._drawn: Json = {}

    async def logs_in_and_syncs(self) -> None:
        async def there() -> bool:
            assert self._stage.bot is not None
            assert self._stage.bot.poll() is None, "the client ended"
            state = await self._stage.get("/state")
            return state["connected"] and "draw" in state["commands"]

        await self._stage.until(there, "a session and the command")

    async def completes(self) -> None:
        typed = {"member": "alice", "channel": "general", "name": "draw", "focused": "words"}
        # Somebody was chosen before: no library may stumble over an id that comes without its user.
        options = {"words": "red", "friend": "bob"}
        [choice] = (await self._stage.post("/autocomplete", **typed, options=options))["choices"]
        assert choice["value"] == "red fox", choice

    async def defers_and_edits_with_a_file(self) -> None:
        asked = await self._draw("a red fox", friend="bob")
        message = await self._finished(asked)
        assert (await self._stage.get(f"/interactions/{asked}"))["answer"] == DEFER
        assert message["edits"] >= 2, "the first words and then the picture"
        [link] = images(message)
        assert await self._stage.fetch(link) == self._given, "not the picture that was given"
        self._drawn = message

    async def opens_a_modal_when_pressed(self) -> None:
        pressed = await self._stage.press(self._drawn, "Again")
        await self._in_state(pressed, "modal")
        values = {"words": "hello"}
        filled = await self._stage.post("/submit", member="alice", interaction_id=pressed, values=values)
        answer = await self._stage.answer(str(filled["interaction_id"]))
        assert (answer["content"], answer["ephemeral"]) == ("said hello", True), answer
        assert answer["id"] not in {one["id"] for one in await self._stage.messages(member="bob")}

    async def changes_its_message_when_picked(self) -> None:
        chosen = {"member": "alice", "message_id": self._drawn["id"], "custom_id": "color"}
        await self._stage.post("/press", **chosen, values=["Blue"])

        async def changed() -> bool:
            found = await self._stage.messages()
            return any(one["id"] == self._drawn["id"] and one["content"] == "picked Blue" for one in found)

        await self._stage.until(changed, "the choice in the message")

    async def works_in_threads(self) -> None:
        """Also in a private one, in which it is not."""
        for private in (False, True) if self._peer.private_threads else (False,):
            name = "quiet" if private else "foxes"
            thread = {"member": "alice", "channel": "general", "name": name}
            place = str((await self._stage.post("/threads", **thread, private=private))["channel_id"])
            message = await self._finished(await self._draw("a cub", channel=place), channel=place)
            assert message["channel_id"] == place

    async def resumes(self) -> None:
        """A command that was sent while it was away is answered after the resume, by the same session."""
        await self._stage.fault(half="gateway", kind="hold")
        await self._stage.fault(half="gateway", kind="op7")

        async def gone() -> bool:
            return not (await self._stage.get("/state"))["connected"]

        await self._stage.until(gone, "the client to leave")
        asked = await self._draw("an owl")
        await self._stage.heal()
        await self._finished(asked)
        heard = [one["name"] for one in await self._events() if one["direction"] == "in"]
        assert (heard.count("IDENTIFY"), heard.count("RESUME")) == (1, 1), heard

    async def does_nothing_that_discord_would_refuse(self) -> None:
        found = await self._stage.violations()
        assert found == [], found

    async def says_nothing_that_the_specification_forbids(self) -> None:
        if self._specification is not None:
            found = complaints(self._specification, (await self._stage.get("/wire"))["records"])
            assert found == [], "\n".join(found)

    async def _draw(self, words: str, *, channel: str = "general", **options: Any) -> str:
        order = {"member": "alice", "channel": channel, "name": "draw"}
        answer = await self._stage.post("/command", **order, options={"words": words, **options})
        return str(answer["interaction_id"])

    async def _finished(self, interaction: str, *, channel: str = "general") -> Json:
        async def shown() -> Json | None:
            found = await self._stage.answers(interaction, channel=channel)
            return next((one for one in found if images(one) and one["components"]), None)

        return await self._stage.until(shown, "the picture")

    async def _in_state(self, interaction: str, wanted: str) -> None:
        async def arrived() -> bool:
            return (await self._stage.get(f"/interactions/{interaction}"))["state"] == wanted

        await self._stage.until(arrived, f"the interaction to be in the state {wanted}")

    async def _events(self) -> list[Json]:
        return [one for one in (await self._stage.get("/wire"))["records"] if one["kind"] == "event"]


STEPS: tuple[Step, ...] = (
    Judge.logs_in_and_syncs,
    Judge.completes,
    Judge.defers_and_edits_with_a_file,
    Judge.opens_a_modal_when_pressed,
    Judge.changes_its_message_when_picked,
    Judge.works_in_threads,
    Judge.resumes,
    Judge.does_nothing_that_discord_would_refuse,
    Judge.says_nothing_that_the_specification_forbids,
)
