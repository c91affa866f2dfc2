"""What Discord answers when it says no: a status, a code and the paths of the faulty fields."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.json import Json

INVALID_BODY = 50035


@dataclass(frozen=True)
class Flaw:
    """One faulty field: its path ("embeds.0.title"), Discord's inner code and a sentence."""

    path: str
    code: str
    message: str


@dataclass(eq=False)
class Refusal(Exception):
    """A refused request. `path` is that of the first flaw, or empty. `headers` go into the answer."""

    status: int
    code: int
    path: str
    message: str
    flaws: tuple[Flaw, ...] = ()
    headers: dict[str, str] = field(default_factory=dict[str, str])
    extra: Json = field(default_factory=dict[str, object])

    def body(self) -> Json:
        """Discord's error document: `{message, code, errors?}`."""
        body: Json = {"message": self.message, "code": self.code, **self.extra}
        if self.flaws:
            body["errors"] = nested(self.flaws)
        return body


def refusal_of(flaws: Iterable[Flaw]) -> Refusal | None:
    """A 50035 that lists every flaw, or None when there is none."""
    found = tuple(flaws)
    if not found:
        return None
    return Refusal(400, INVALID_BODY, found[0].path, "Invalid Form Body", found)


def raise_flaws(flaws: Iterable[Flaw]) -> None:
    """Raises the 50035 when there are flaws."""
    refusal = refusal_of(flaws)
    if refusal is not None:
        raise refusal


def invalid(path: str, code: str, message: str) -> Refusal:
    """A 50035 for a single field."""
    return Refusal(400, INVALID_BODY, path, "Invalid Form Body", (Flaw(path, code, message),))


def nested(flaws: Iterable[Flaw]) -> Json:
    """The `errors` tree: one level for each step of a path, `_errors` at its end."""
    tree: Json = {}
    for flaw in flaws:
        node = tree
        for step in flaw.path.split(".") if flaw.path else []:
            node = node.setdefault(step, {})
        node.setdefault("_errors", []).append({"code": flaw.code, "message": flaw.message})
    return tree


def unknown(what: str, code: int) -> Refusal:
    """A 404 such as `unknown("Message", 10008)`."""
    return Refusal(404, code, "", f"Unknown {what}")


def no_message() -> Refusal:
    return unknown("Message", 10008)


def no_channel() -> Refusal:
    return unknown("Channel", 10003)


def no_interaction() -> Refusal:
    return unknown("interaction", 10062)


def no_webhook() -> Refusal:
    return unknown("Webhook", 10015)


def acknowledged() -> Refusal:
    return Refusal(400, 40060, "", "Interaction has already been acknowledged.")


def dead_token() -> Refusal:
    return Refusal(401, 50027, "", "Invalid Webhook Token")


def missing_access() -> Refusal:
    return Refusal(403, 50001, "", "Missing Access")


def missing_permissions() -> Refusal:
    return Refusal(403, 50013, "", "Missing Permissions")


def closed_to_us() -> Refusal:
    return Refusal(403, 50007, "", "Cannot send messages to this user")


def archived_thread() -> Refusal:
    return Refusal(403, 50083, "", "Thread is archived")


def empty_message() -> Refusal:
    return Refusal(400, 50006, "", "Cannot send an empty message")


def too_large() -> Refusal:
    return Refusal(413, 40005, "", "Request entity too large")


def unauthorized() -> Refusal:
    return Refusal(401, 0, "", "401: Unauthorized")


MISTAKES = frozenset({INVALID_BODY, 50006, 40005, 40094, 50109, 40333, 30032})
"""Codes that no careful client ever meets. The others can come about by time, members or permissions."""
