"""The faults of both halves and of the gateway that stories are made of, by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from tests.matrix.plan import Spec

_PAGE: Final = "<html><head><title>Just a moment</title></head><body>Sorry!</body></html>"
_PAID: Final = {"dryRun": None}
_DRY: Final = {"dryRun": "*"}


def _at(half: str, method: str, path: str, query: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"half": half, "method": method, "path": path, **({"query": dict(query)} if query else {})}


_SCENARIO: Final[Mapping[str, dict[str, Any]]] = {
    "post": _at("scenario", "POST", "/generate/custom/*", _PAID),
    "run": _at("scenario", "PUT", "/workflows/*/run", _PAID),
    "price": _at("scenario", "POST", "/generate/custom/*", _DRY),
    "read": _at("scenario", "GET", "/jobs/*"),
    "list": _at("scenario", "GET", "/jobs"),
    "cancel": _at("scenario", "POST", "/jobs/*"),
    "asset": _at("scenario", "GET", "/assets/*"),
    "bulk": _at("scenario", "POST", "/assets/get-bulk"),
    "upload": _at("scenario", "POST", "/assets"),
    "model": _at("scenario", "GET", "/models*"),
    "file": _at("scenario", "GET", "/cdn/*"),
}
_DISCORD: Final[Mapping[str, dict[str, Any]]] = {
    "callback": _at("discord", "POST", "/interactions/*/callback"),
    "edit": _at("discord", "PATCH", "/webhooks/*"),
    "last word": {**_at("discord", "PATCH", "/webhooks/*"), "body_contains": "g1:again:"},
    "original": _at("discord", "GET", "/webhooks/*"),
    "notice": _at("discord", "POST", "/webhooks/*"),
    "withdrawal": _at("discord", "DELETE", "/webhooks/*"),
    "edit by right": _at("discord", "PATCH", "/channels/*"),
    "new message": _at("discord", "POST", "/channels/*/messages"),
    "history": _at("discord", "GET", "/channels/*/messages"),
    "attachment": _at("discord", "GET", "/cdn/*"),
}


def _status(status: int, **more: Any) -> Spec:
    return {"kind": "status", "status": status, **more}


_TROUBLE: Final[Mapping[str, Spec]] = {
    "500": _status(500),
    "502 page": _status(502, body=_PAGE, headers={"content-type": "text/html"}),
    "503": _status(503),
    "504": _status(504),
    "reset": {"kind": "reset"},
    "garbage": {"kind": "garbage"},
    "429": {"kind": "rate_limit", "retry_after": 0.4},
    "slow": {"kind": "slow", "delay": 2.5},
    "hold": {"kind": "hold"},
}
_AFTER: Final = ("500", "502 page", "504", "reset", "garbage", "slow", "hold")
"""What may also happen when the work is done: the answer alone is lost."""
_WORK: Final = ("post", "run", "upload", "cancel", "callback", "edit", "last word", "new message", "notice")

_REFUSALS: Final[Mapping[str, tuple[str, Spec]]] = {
    "post 400": ("post", _status(400, message="The model is not well")),
    "post 402": ("post", _status(402, message="No creative units left")),
    "post 403": ("post", _status(403, message="Not with this key")),
    "price 404": ("price", _status(404, message="No such route")),
    "price 400": ("price", _status(400, message="Not these inputs")),
    "read 404": ("read", _status(404, message="Unknown job")),
    "list 404": ("list", _status(404, message="No such route")),
    "asset 404": ("asset", _status(404, message="Unknown asset")),
    "upload 400": ("upload", _status(400, message="Not a picture")),
    "file 403": ("file", _status(403)),
    "file 404": ("file", _status(404)),
    "file page": ("file", _status(200, body=_PAGE, headers={"content-type": "text/html"})),
    "attachment 404": ("attachment", _status(404)),
    "attachment page": (
        "attachment",
        _status(200, body=_PAGE, headers={"content-type": "text/html"}),
    ),
    "callback unknown": ("callback", _status(404, code=10062, message="Unknown interaction")),
    "edit unknown webhook": ("edit", _status(404, code=10015, message="Unknown Webhook")),
    "edit dead token": ("edit", _status(401, code=50027, message="Invalid Webhook Token")),
    "edit forbidden": ("edit", _status(403, code=50013, message="Missing Permissions")),
    "edit refused": ("edit", _status(400, code=50035, message="Invalid Form Body")),
    "last word explicit": ("last word", _status(400, code=20009, message="Explicit content")),
    "last word by AutoMod": ("last word", _status(400, code=200000, message="Blocked by AutoMod")),
    "last word too large": ("last word", _status(400, code=50045, message="File cannot be larger")),
    "last word archived": ("last word", _status(403, code=50083, message="Thread is archived")),
    "last word 413": ("last word", _status(413, body=_PAGE, headers={"content-type": "text/html"})),
    "last word unknown code": ("last word", _status(403, code=999999, message="Something new")),
    "edit by right forbidden": ("edit by right", _status(403, code=50001, message="Missing Access")),
    "new message forbidden": ("new message", _status(403, code=50013, message="Missing Permissions")),
}


def _request_faults() -> dict[str, Spec]:
    places = {**_SCENARIO, **_DISCORD}
    found: dict[str, Spec] = {}
    for place, where in places.items():
        for trouble, what in _TROUBLE.items():
            found[f"{place} {trouble}"] = {**where, **what}
            if place in _WORK and trouble in _AFTER:
                found[f"{place} {trouble}, done"] = {**where, **what, "when": "after"}
    for name, (place, what) in _REFUSALS.items():
        found[name] = {**places[place], **what}
    return found


GATEWAY: Final[Mapping[str, Spec]] = MappingProxyType(
    {
        f"gateway {name}": {"half": "gateway", **spec}
        for name, spec in {
            "heartbeat": {"kind": "op1"},
            "reconnect": {"kind": "op7"},
            "invalid session": {"kind": "op9"},
            "resumable session": {"kind": "op9", "resumable": True},
            "close 4000": {"kind": "close", "code": 4000},
            "close 4008": {"kind": "close", "code": 4008},
            "close 4009": {"kind": "close", "code": 4009},
            "close 1001": {"kind": "close", "code": 1001},
            "drop": {"kind": "drop"},
            "zombie": {"kind": "zombie"},
            "mute": {"kind": "mute"},
            "deaf": {"kind": "deaf"},
            "refuse": {"kind": "refuse"},
            "hold": {"kind": "hold"},
        }.items()
    }
)
REQUESTS: Final[Mapping[str, Spec]] = MappingProxyType(_request_faults())
PLACES: Final[Mapping[str, int]] = MappingProxyType(
    dict.fromkeys((*_SCENARIO, *_DISCORD), 1)
    | {"post": 4, "price": 2, "read": 3, "asset": 2, "file": 3, "list": 2}
    | {"callback": 3, "edit": 4, "last word": 5, "new message": 2, "notice": 2}
)
"""Where requests go, each with its weight."""

CATCHES: Final[Mapping[str, Spec]] = MappingProxyType(
    {
        name: {**({**_SCENARIO, **_DISCORD}[place]), "kind": "hold", "when": when}
        for name, place, when in (
            ("the acknowledgement", "callback", "before"),
            ("the acknowledgement, taken", "callback", "after"),
            ("the price", "price", "before"),
            ("the upload", "upload", "before"),
            ("the upload, taken", "upload", "after"),
            ("the POST", "post", "before"),
            ("the POST, bought", "post", "after"),
            ("the run", "run", "before"),
            ("the run, bought", "run", "after"),
            ("the listing", "list", "before"),
            ("a reading", "read", "before"),
            ("the asset", "asset", "before"),
            ("the file", "file", "before"),
            ("an edit", "edit", "after"),
            ("the last edit", "last word", "before"),
            ("the last edit, taken", "last word", "after"),
            ("the notice", "notice", "before"),
            ("the notice, taken", "notice", "after"),
            ("a new message, taken", "new message", "after"),
        )
    }
)
"""Where a process is caught to die."""


NEEDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "the upload": ("edit", "upscale", "cutout", "vectorize"),
        "the upload, taken": ("edit", "upscale", "cutout", "vectorize"),
        "the run": ("workflow run",),
        "the run, bought": ("workflow run",),
    }
)
"""Commands that come to such a place; any but a workflow's run comes to the others."""


def bears_words(spec: Spec) -> bool:
    """Whether such a request carries the words of what was asked, so that a fault may be for one only."""
    return spec.get("method") in {"POST", "PATCH", "PUT"} and "/interactions" not in spec.get("path", "")
