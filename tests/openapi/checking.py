"""What crossed the wire, record by record, against the specification."""

from collections.abc import Iterator, Sequence
from typing import cast

from tests.openapi.specification import Json, Specification

BASE = "/discord/api/v10"


def complaints(specification: Specification, records: Sequence[Json]) -> list[str]:
    """Everything that the specification does not allow, each kind once, with how often it was seen."""
    found: dict[str, int] = {}
    for record in records:
        for text in _of(specification, record):
            found[text] = found.get(text, 0) + 1
    return [f"{text} ({count} times)" if count > 1 else text for text, count in found.items()]


def documents(records: Sequence[Json]) -> int:
    """How many bodies there are to look at."""
    bodies = [record.get(key) for record in records for key in ("sent", "answer", "data")]
    return sum(1 for one in bodies if one is not None)


def _of(specification: Specification, record: Json) -> Iterator[str]:
    if record["kind"] == "event":
        yield from _event(specification, record)
    elif record["kind"] == "request" and record["path"].startswith(f"{BASE}/"):
        yield from _request(specification, record)


def _request(specification: Specification, record: Json) -> Iterator[str]:
    path = record["path"].removeprefix(BASE)
    operation = specification.operation(record["method"], path)
    if operation is None:
        yield f"{record['method']} {path}: not in the specification"
        return
    for name in record["query"].keys() - operation.query:
        yield f"{operation.name}: it has no query key {name!r}"
    if record["sent"] is not None:
        flaws = (
            specification.flaws(operation.sent, record["sent"]) if operation.sent else ["it takes no body"]
        )
        yield from (f"{operation.name}, sent: {flaw}" for flaw in flaws)
    if record["status"]:
        yield from (
            f"{operation.name}, {record['status']}: {flaw}" for flaw in _answer(specification, record)
        )


def _answer(specification: Specification, record: Json) -> list[str]:
    operation = specification.operation(record["method"], record["path"].removeprefix(BASE))
    assert operation is not None
    if record["status"] >= 500:
        return []  # nothing that a specification speaks of
    try:
        schema = operation.answer(record["status"])
    except KeyError:
        return ["it has no such answer"]
    if schema is None or record["answer"] is None:
        return (
            [] if schema is record["answer"] else ["a body where there is none, or none where there is one"]
        )
    return specification.flaws(schema, record["answer"])


def _event(specification: Specification, record: Json) -> Iterator[str]:
    """The specification knows no events, but the objects that they are made of."""
    data = record.get("data")
    if record["direction"] != "out" or not isinstance(data, dict):
        return
    for name, value in _parts(record["name"], cast(Json, data)):
        for flaw in specification.flaws(specification.component(name), value):
            yield f"{record['name']}, {name}: {flaw}"


def _parts(event: str, data: Json) -> Iterator[tuple[str, object]]:
    if event in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
        yield "MessageResponse", data
    elif event in ("THREAD_CREATE", "THREAD_UPDATE"):
        yield "ThreadResponse", data
    elif event in ("CHANNEL_CREATE", "CHANNEL_UPDATE"):
        yield "GuildChannelResponse", data
    elif event == "GUILD_CREATE":
        yield from (("GuildChannelResponse", one) for one in data["channels"])
        yield from (("ThreadResponse", one) for one in data["threads"])
        yield from (("GuildMemberResponse", one) for one in data["members"])
        yield from (("GuildRoleResponse", one) for one in data["roles"])
    elif event == "INTERACTION_CREATE":
        kinds = {"member": "GuildMemberResponse", "user": "UserResponse", "message": "MessageResponse"}
        yield from ((kind, data[key]) for key, kind in kinds.items() if key in data)
