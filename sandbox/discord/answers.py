"""What the application does with an interaction: its first answer, and the webhook behind its token."""

from collections.abc import Sequence
from typing import Any

from sandbox.discord.checks import array, mapping
from sandbox.discord.components import numbered
from sandbox.discord.interaction import FOLLOWUPS, Interaction
from sandbox.discord.interactions import Interactions
from sandbox.discord.limits import (
    CALLBACK,
    CHOICE_LIST,
    COMPONENT,
    DEFER,
    DEFER_UPDATE,
    EPHEMERAL,
    LOADING,
    MESSAGE,
    MODAL,
    SUBMIT,
    UPDATE,
    WEBHOOK_PATCH,
    WEBHOOK_POST,
    File,
    check_callback,
    check_choices,
    check_defer,
    check_modal,
)
from sandbox.discord.objects import user
from sandbox.discord.refusal import (
    Refusal,
    acknowledged,
    dead_token,
    no_interaction,
    no_message,
    no_webhook,
)
from sandbox.discord.state import Message
from sandbox.json import Json

ORIGINAL = "@original"
CHAT_REPLY, REPLY, MENU_REPLY = 20, 19, 23
"""Types of messages that answer."""


class Answers:
    """The application's side. Every method raises Refusal."""

    def __init__(self, acts: Interactions) -> None:
        self._acts, self._world, self._store = acts, acts.world, acts.store

    def callback(self, interaction_id: str, token: str, body: Json, files: Sequence[File]) -> Json:
        """The first answer. Returns the document that `with_response` asks for."""
        one = self._acts.by_id(interaction_id)
        now = self._world.clock.now()
        if one is None or one.token != token or one.missed(now) or not one.alive(now):
            raise no_interaction()
        if one.answer is not None:
            raise acknowledged()
        _raise(check_callback(body, one.kind, on_message=one.origin is not None))
        data = mapping(body.get("data"))
        self._answer(one, int(body["type"]), data, files)
        one.answer, one.answered = int(body["type"]), now
        return self._response(one)

    def webhook(self, application_id: str, token: str) -> Interaction:
        """The interaction whose token this is, once it was answered and while the token lives."""
        one = self._acts.by_token(token)
        if one is None or application_id != self._world.application_id or one.answer is None:
            raise no_webhook()
        if one.answer == CHOICE_LIST:
            raise no_webhook()
        if not one.alive(self._world.clock.now()):
            raise dead_token()
        return one

    def followup(self, one: Interaction, body: Json, files: Sequence[File]) -> Message:
        """A further message; right after a type 5 it fills the deferred one, whatever its flags say."""
        original = one.message
        if one.answer == DEFER and original and original.flags & LOADING and not self._gone(original):
            kept = {key: value for key, value in body.items() if key != "flags"}
            kept |= {"flags": body["flags"] & ~EPHEMERAL} if isinstance(body.get("flags"), int) else {}
            self._store.edit(original, kept, files, known=WEBHOOK_POST, granted=one.granted)
            one.filled = True
            return original
        if one.by_user_install and len(one.followups) >= FOLLOWUPS:
            raise Refusal(400, 40094, "", f"Only {FOLLOWUPS} followups are possible by a user's installation")
        message = self._draft(one, REPLY, hidden=self._hidden(one, body))
        target = original or one.origin
        message.reference = self._reference(target) if target else None
        if message.reference is None:
            message.type = 0
        self._store.create(message, body, files, known=WEBHOOK_POST, granted=one.granted)
        one.followups.append(message.id)
        one.filled = True
        return message

    def message(self, one: Interaction, which: str) -> Message:
        """`@original`, or a message of this interaction by its id."""
        original = one.origin if one.answer in (DEFER_UPDATE, UPDATE) else one.message
        found = original if which == ORIGINAL else self._store.find(which)
        if found is None or self._gone(found):
            raise no_message()
        if found not in (original, one.origin, one.message) and found.id not in one.followups:
            raise no_message()
        return found

    def edit(self, one: Interaction, which: str, body: Json, files: Sequence[File]) -> Message:
        message = self.message(one, which)
        self._store.edit(message, body, files, known=WEBHOOK_PATCH, granted=one.granted)
        one.filled = True
        return message

    def delete(self, one: Interaction, which: str) -> None:
        message = self.message(one, which)
        self._store.delete(message)
        one.filled = True

    def _answer(self, one: Interaction, kind: int, data: Json, files: Sequence[File]) -> None:
        if kind == MESSAGE:
            draft = self._draft(one, self._reply_type(one), hidden=self._hidden(one, data))
            draft.reference = self._reference(one.origin) if one.origin else None
            one.message = self._store.create(
                draft, data, files, known=CALLBACK, granted=one.granted, path="data"
            )
        elif kind == DEFER:
            _raise(check_defer(data))
            draft = self._draft(one, self._reply_type(one), hidden=self._hidden(one, data))
            self._store.admit(draft, one.granted, sending=True)
            draft.flags |= LOADING
            draft.reference = self._reference(one.origin) if one.origin else None
            one.message = draft
            self._store.store(draft)
        elif kind == UPDATE and one.origin is not None:
            if self._gone(one.origin):
                raise no_message()
            self._store.edit(one.origin, data, files, known=CALLBACK, granted=one.granted, path="data")
        elif kind == CHOICE_LIST:
            _raise(check_choices(data, one.option_type))
            if one.choices is not None and not one.choices.done():
                one.choices.set_result(_choices(data))
        elif kind == MODAL:
            _raise(check_modal(data))
            one.modal = {**data, "components": numbered(array(data.get("components")))}

    def _response(self, one: Interaction) -> Json:
        interaction: Json = {"id": one.id, "type": one.kind}
        message = one.origin if one.answer in (DEFER_UPDATE, UPDATE) else one.message
        if message is not None:
            interaction |= {
                "response_message_id": message.id,
                "response_message_loading": bool(message.flags & LOADING),
                "response_message_ephemeral": message.visible_to is not None,
            }
        document: Json = {"interaction": interaction}
        if one.answer in (MESSAGE, UPDATE) and message is not None:
            document["resource"] = {"type": one.answer, "message": self._store.show(message)}
        return document

    def _draft(self, one: Interaction, kind: int, *, hidden: bool) -> Message:
        world = self._world
        return Message(
            world.snowflake(),
            one.channel.id,
            world.bot,
            world.clock.now(),
            type=kind,
            flags=EPHEMERAL if hidden else 0,
            visible_to=one.user.id if hidden else None,
            interaction_id=one.id,
            metadata=self._metadata(one, followup_of=one.message),
            application_id=world.application_id,
        )

    def _metadata(self, one: Interaction, *, followup_of: Message | None) -> Json:
        data: Json = {
            "id": one.id,
            "type": one.kind,
            "user": user(one.user),
            "authorizing_integration_owners": one.owners,
        }
        if one.name:
            data |= {"name": one.name, "command_type": one.data["type"]}
        if followup_of is not None:
            data["original_response_message_id"] = followup_of.id
        if one.kind == COMPONENT and one.origin is not None:
            data["interacted_message_id"] = one.origin.id
        if one.kind == SUBMIT and one.opener is not None:
            data["triggering_interaction_metadata"] = self._metadata(one.opener, followup_of=None)
        return data

    def _reply_type(self, one: Interaction) -> int:
        if one.origin is not None:
            return REPLY
        command = one.opener or one
        return CHAT_REPLY if command.data.get("type", 1) == 1 else MENU_REPLY

    def _reference(self, message: Message) -> Json:
        reference: Json = {"type": 0, "message_id": message.id, "channel_id": message.channel_id}
        place = self._world.channel_by_id(message.channel_id)
        return {**reference, "guild_id": place.guild_id} if place and place.guild_id else reference

    def _hidden(self, one: Interaction, data: Json) -> bool:
        flags: Any = data.get("flags")
        return one.hushed or (isinstance(flags, int) and bool(flags & EPHEMERAL))

    def _gone(self, message: Message) -> bool:
        return self._acts.deleted(message)


def _choices(data: Json) -> list[Any]:
    return array(data.get("choices"))


def _raise(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise refusal
