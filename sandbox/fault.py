"""One fault: what it asks for, and what became of it. `sandbox/README.md` documents every field."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sandbox.json import Json

_NULL = type(None)
FIELDS: dict[str, tuple[type, ...]] = {
    "half": (str,),
    "kind": (str,),
    "method": (str,),
    "path": (str,),
    "query": (dict,),
    "body_contains": (str, _NULL),
    "times": (int, _NULL),
    "skip": (int,),
    "when": (str,),
    "status": (int, _NULL),
    "code": (int, _NULL),
    "message": (str, _NULL),
    "retry_after": (int, float),
    "global": (bool,),
    "delay": (int, float),
    "body": (str, dict, list, _NULL),
    "headers": (dict,),
    "resumable": (bool, _NULL),
}
"""What the JSON form of a fault may hold, and of which types."""


@dataclass(eq=False)
class Fault:
    """One fault and what became of it. `everywhere` is the field "global" of its JSON form."""

    id: str
    half: str
    kind: str
    method: str = "*"
    path: str = "*"
    query: dict[str, str | None] = field(default_factory=dict[str, str | None])
    body_contains: str | None = None
    times: int | None = 1
    skip: int = 0
    when: str = "before"
    status: int | None = None
    code: int | None = None
    message: str | None = None
    retry_after: float = 1.0
    everywhere: bool = False
    delay: float = 1.0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    resumable: bool | None = None
    seen: int = 0
    hits: int = 0
    holding: int = 0
    removed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def spent(self) -> bool:
        """Whether it has hit as often as it may."""
        return self.times is not None and self.hits >= self.times

    def facts(self) -> Json:
        """The fault as the control API shows it."""
        shown = {name: self.everywhere if name == "global" else getattr(self, name) for name in FIELDS}
        return {"id": self.id, **shown, "hits": self.hits, "holding": self.holding}

    def claim(self) -> bool:
        """Count a match. True when this one is to be spoiled."""
        self.seen += 1
        if self.seen <= self.skip:
            return False
        self.hits += 1
        return True
