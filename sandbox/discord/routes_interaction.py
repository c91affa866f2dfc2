"""Answers to interactions and the webhook that goes with an interaction's token."""

from sandbox.discord.calls import Call, Outcome, Route
from sandbox.discord.checks import keys
from sandbox.discord.interaction import Interaction
from sandbox.discord.limits import FILE_BYTES

_CALLBACK = "/interactions/{interaction}/{token}/callback"
_WEBHOOK = "/webhooks/{application}/{token}"
_MESSAGE = f"{_WEBHOOK}/messages/{{message}}"
_MAJOR = ("application", "token")
_POST, _PATCH = keys("with_components wait"), keys("with_components")


async def callback(call: Call) -> Outcome:
    with_response = call.flag("with_response")
    one = call.stand.acts.by_id(call.id("interaction"))
    body = await call.body(call.stand.store.file_limit(one.channel) if one else FILE_BYTES[0])
    document = call.stand.answers.callback(
        call.id("interaction"), call.id("token"), body.document, body.files
    )
    return (200, document) if with_response else (204, None)


async def followup(call: Call) -> Outcome:
    one = _webhook(call)
    body = await call.body(call.stand.store.file_limit(one.channel))
    message = call.stand.answers.followup(one, body.document, body.files)
    return 200, call.stand.store.show(message)


async def get_message(call: Call) -> Outcome:
    return 200, call.stand.store.show(call.stand.answers.message(_webhook(call), call.id("message")))


async def edit_message(call: Call) -> Outcome:
    one = _webhook(call)
    body = await call.body(call.stand.store.file_limit(one.channel))
    message = call.stand.answers.edit(one, call.id("message"), body.document, body.files)
    return 200, call.stand.store.show(message)


async def delete_message(call: Call) -> Outcome:
    call.stand.answers.delete(_webhook(call), call.id("message"))
    return 204, None


def _webhook(call: Call) -> Interaction:
    return call.stand.answers.webhook(call.id("application"), call.id("token"))


ROUTES = [
    Route("POST", _CALLBACK, callback, None, token=False, query=keys("with_response")),
    Route("POST", _WEBHOOK, followup, "followup", _MAJOR, token=False, query=_POST),
    Route("GET", _MESSAGE, get_message, major=_MAJOR, token=False),
    Route("PATCH", _MESSAGE, edit_message, "webhook", _MAJOR, token=False, query=_PATCH),
    Route("DELETE", _MESSAGE, delete_message, "default", _MAJOR, token=False),
]
