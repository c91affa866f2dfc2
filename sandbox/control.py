"""The control API: tests and scripts act as members and inject faults. `sandbox/README.md` documents it."""

from typing import Protocol

from aiohttp import web

from sandbox.clock import Clock
from sandbox.discord.interactions import Interactions, Refused
from sandbox.discord.thread_acts import ThreadActs
from sandbox.discord.world import World
from sandbox.faults import Faults, SpecError
from sandbox.http import Verb, answered
from sandbox.json import Json
from sandbox.load import Load
from sandbox.order import Order, body_of
from sandbox.restarts import Restarts
from sandbox.scenario.studio import Studio
from sandbox.wire import Wire


class Controlled(Protocol):
    """The parts of a sandbox that the orders go to; `sandbox/app.py` has them all."""

    clock: Clock
    wire: Wire
    faults: Faults
    load: Load
    restarts: Restarts
    world: World
    actors: Interactions
    studio: Studio

    def state(self) -> Json:
        """Whether the bot is there and what it synced."""
        ...

    def configure(self, *, scenario: Json, discord: Json, gateway: Json, wire: Json) -> None:
        """Change settings. Raises ValueError for an unknown name or a wrong value; then nothing changed."""
        ...


class Control:
    """The routes below `/control`, over one sandbox."""

    def __init__(self, sandbox: Controlled) -> None:
        self.sandbox = sandbox

    def routes(self) -> list[web.RouteDef]:
        """The table of the API. Whatever is not in it answers 404."""
        table: list[tuple[str, str, Verb]] = [
            ("POST", "/command", self.command),
            ("POST", "/autocomplete", self.autocomplete),
            ("POST", "/press", self.press),
            ("POST", "/submit", self.submit),
            ("POST", "/say", self.say),
            ("GET", "/messages", self.messages),
            ("GET", "/interactions/{id}", self.interaction),
            ("POST", "/delete", self.delete),
            ("POST", "/channels", self.channel),
            ("POST", "/threads", self.start_thread),
            ("POST", "/thread", self.change_thread),
            ("POST", "/members", self.member),
            ("POST", "/guilds", self.guild),
            ("POST", "/guilds/found", self.found_guild),
            ("POST", "/permissions", self.permissions),
            ("POST", "/expire", self.expire),
            ("POST", "/block_dms", self.block_dms),
            ("POST", "/remove_bot", self.remove_bot),
            ("POST", "/add_bot", self.add_bot),
            ("GET", "/ledger", self.ledger),
            ("POST", "/script", self.script),
            ("GET", "/script", self.scripts),
            ("DELETE", "/script", self.clear_scripts),
            ("DELETE", "/script/{id}", self.clear_scripts),
            ("POST", "/models", self.models),
            ("POST", "/workflows", self.workflows),
            ("POST", "/push", self.push),
            ("GET", "/pushes", self.pushes),
            ("POST", "/settings", self.settings),
            ("POST", "/faults", self.add_fault),
            ("GET", "/faults", self.faults),
            ("DELETE", "/faults", self.remove_faults),
            ("DELETE", "/faults/{id}", self.remove_faults),
            ("POST", "/clock", self.clock),
            ("GET", "/violations", self.violations),
            ("DELETE", "/violations", self.forget_violations),
            ("GET", "/wire", self.wire),
            ("POST", "/load", self.watch_load),
            ("GET", "/load", self.load),
            ("GET", "/state", self.state),
            ("POST", "/restart", self.restart),
            ("GET", "/restart", self.restarts),
        ]
        return [web.route(method, path, answered(verb)) for method, path, verb in table]

    # Members

    async def command(self, request: web.Request) -> Json:
        order = await Order.read(request, "member", "channel", "name", "options")
        asked = order.text("member"), order.text("channel"), order.text("name"), order.table("options")
        return {"interaction_id": await self.sandbox.actors.command(*asked)}

    async def autocomplete(self, request: web.Request) -> Json:
        order = await Order.read(request, "member", "channel", "name", "options", "focused")
        asked = order.text("member"), order.text("channel"), order.text("name"), order.table("options")
        return {"choices": await self.sandbox.actors.autocomplete(*asked, order.text("focused"))}

    async def press(self, request: web.Request) -> Json:
        order = await Order.read(request, "member", "message_id", "label", "custom_id", "values")
        label, custom_id, values = order.maybe("label"), order.maybe("custom_id"), order.texts("values")
        if (label is None) == (custom_id is None):
            raise SpecError("one of label and custom_id is needed")
        member, message = order.text("member"), order.text("message_id")
        pressed = await self.sandbox.actors.press(
            member, message, label=label, custom_id=custom_id, values=values
        )
        return {"interaction_id": pressed}

    async def submit(self, request: web.Request) -> Json:
        order = await Order.read(request, "member", "interaction_id", "values")
        asked = order.text("member"), order.text("interaction_id"), order.table("values")
        return {"interaction_id": await self.sandbox.actors.submit(*asked)}

    async def say(self, request: web.Request) -> Json:
        order = await Order.read(request, "member", "channel", "content", "files", "fields")
        asked = order.text("member"), order.text("channel"), order.maybe("content") or ""
        said = self.sandbox.actors.say(*asked, order.objects("files"), order.table("fields"))
        return {"message_id": said}

    async def messages(self, request: web.Request) -> Json:
        query = Order(dict(request.query), ("channel", "member", "interaction_id"))
        where = query.text("channel"), query.text("member")
        return {"messages": self.sandbox.actors.messages(*where, query.maybe("interaction_id"))}

    async def interaction(self, request: web.Request) -> Json:
        return self.sandbox.actors.describe(request.match_info["id"])

    # The world

    async def delete(self, request: web.Request) -> Json:
        order = await Order.read(request, "member", "message_id")
        self.sandbox.actors.delete_message(order.text("member"), order.text("message_id"))
        return {}

    async def channel(self, request: web.Request) -> Json:
        order = await Order.read(request, "channel", "forum")
        place = self.sandbox.world.open_channel(
            order.text("channel"), forum=order.flag("forum", default=False)
        )
        return {"channel_id": place.id}

    async def start_thread(self, request: web.Request) -> Json:
        known = ("member", "channel", "name", "message_id", "private", "content", "files")
        order = await Order.read(request, *known)
        thread, said = ThreadActs(self.sandbox.actors).start(
            order.text("member"),
            order.text("channel"),
            order.text("name"),
            message_id=order.maybe("message_id"),
            private=order.flag("private", default=False),
            content=order.maybe("content") or "",
            files=order.objects("files"),
        )
        return {"channel_id": thread.id, "message_id": said}

    async def change_thread(self, request: web.Request) -> Json:
        order = await Order.read(request, "member", "channel", "archived", "locked", "add", "remove")
        ThreadActs(self.sandbox.actors).change(
            order.text("member"),
            order.text("channel"),
            archived=order.maybe_flag("archived"),
            locked=order.maybe_flag("locked"),
            add=order.maybe("add"),
            remove=order.maybe("remove"),
        )
        return {}

    async def member(self, request: web.Request) -> Json:
        order = await Order.read(request, "member", "locale")
        self.sandbox.world.speak(order.text("member"), order.text("locale"))
        return {}

    async def guild(self, request: web.Request) -> Json:
        order = await Order.read(request, "guild", "locale")
        self.sandbox.world.set_locale(order.text("guild"), order.text("locale"))
        return {}

    async def found_guild(self, request: web.Request) -> Json:
        order = await Order.read(request, "guild")
        return {"guild_id": self.sandbox.world.found(order.text("guild")).id}

    async def permissions(self, request: web.Request) -> Json:
        order = await Order.read(request, "channel", "member", "deny", "allow")
        channel, member = order.text("channel"), order.maybe("member")
        deny, allow = order.texts("deny") or [], order.texts("allow") or []
        try:
            self.sandbox.world.set_permissions(channel, deny, allow, member=member)
        except KeyError as unknown:
            raise SpecError(f"there is no permission {unknown}") from None
        return {}

    async def expire(self, request: web.Request) -> Json:
        order = await Order.read(request, "interaction_id")
        self.sandbox.actors.expire_token(order.text("interaction_id"))
        return {}

    async def block_dms(self, request: web.Request) -> Json:
        order = await Order.read(request, "member", "blocked")
        self.sandbox.world.block_dms(order.text("member"), order.flag("blocked", default=True))
        return {}

    async def remove_bot(self, request: web.Request) -> Json:
        order = await Order.read(request, "guild")
        self.sandbox.world.remove_bot(order.text("guild"))
        return {}

    async def add_bot(self, request: web.Request) -> Json:
        order = await Order.read(request, "guild")
        self.sandbox.world.add_bot(order.text("guild"))
        return {}

    # The studio

    async def ledger(self, request: web.Request) -> Json:
        return {"jobs": self.sandbox.studio.ledger()}

    async def script(self, request: web.Request) -> Json:
        return self.sandbox.studio.script(await body_of(request, halves=True))

    async def scripts(self, request: web.Request) -> Json:
        return {"scripts": self.sandbox.studio.scripts()}

    async def clear_scripts(self, request: web.Request) -> Json:
        self.sandbox.studio.clear_scripts(request.match_info.get("id"))
        return {}

    async def models(self, request: web.Request) -> Json:
        self.sandbox.studio.add_model(await body_of(request))
        return {}

    async def workflows(self, request: web.Request) -> Json:
        self.sandbox.studio.workflows.add(await body_of(request))
        return {}

    async def push(self, request: web.Request) -> Json:
        return {"to": self.sandbox.studio.webhooks.push(await body_of(request))}

    async def pushes(self, request: web.Request) -> Json:
        endpoints = self.sandbox.studio.webhooks.all()
        return {"endpoints": [{**each.shown(), "pushes": list(each.log)} for each in endpoints]}

    async def settings(self, request: web.Request) -> Json:
        parts = ("scenario", "discord", "gateway", "wire")
        order = await Order.read(request, *parts)
        self.sandbox.configure(**{part: order.table(part) for part in parts})
        return {}

    # Faults and time

    async def add_fault(self, request: web.Request) -> Json:
        return self.sandbox.faults.add(await body_of(request, halves=True))

    async def faults(self, request: web.Request) -> Json:
        return {"faults": self.sandbox.faults.listing()}

    async def remove_faults(self, request: web.Request) -> Json:
        key = request.match_info.get("id")
        try:
            self.sandbox.faults.remove(key)
        except KeyError:
            raise Refused(404, f"there is no fault {key}") from None
        return {}

    async def clock(self, request: web.Request) -> Json:
        order = await Order.read(request, "advance")
        self.sandbox.clock.advance(order.number("advance"))
        return {"now": self.sandbox.clock.now()}

    # What happened

    async def violations(self, request: web.Request) -> Json:
        return {"violations": self.sandbox.wire.violations}

    async def forget_violations(self, request: web.Request) -> Json:
        self.sandbox.wire.violations.clear()
        return {}

    async def wire(self, request: web.Request) -> Json:
        return {"records": self.sandbox.wire.records()}

    async def watch_load(self, request: web.Request) -> Json:
        self.sandbox.load.begin()
        return {}

    async def load(self, request: web.Request) -> Json:
        return self.sandbox.load.facts()

    async def state(self, request: web.Request) -> Json:
        return self.sandbox.state()

    async def restart(self, request: web.Request) -> Json:
        return {"asked": self.sandbox.restarts.ask()}

    async def restarts(self, request: web.Request) -> Json:
        after = Order(dict(request.query), ("after",)).maybe("after") or "0"
        if not after.isdecimal():
            raise SpecError("after: a whole number is needed")
        return {"asked": await self.sandbox.restarts.wait(request, int(after))}
