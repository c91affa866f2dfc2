"""A control request's body, read key by key. What is wrong with it is said in words."""

from collections.abc import Collection
from typing import Any, cast

from aiohttp import web

from sandbox.faults import SpecError
from sandbox.json import Json, as_object, load


class Order:
    """A JSON object with known keys. Every reader raises SpecError, naming the key."""

    def __init__(self, body: Json, keys: Collection[str]) -> None:
        for key in body:
            if key not in keys:
                raise SpecError(f"unknown key {key!r}; known: {', '.join(keys) or 'none'}")
        self.body = body

    @classmethod
    async def read(cls, request: web.Request, *keys: str) -> "Order":
        """The request's body. Without one it is empty."""
        return cls(await body_of(request), keys)

    def text(self, key: str) -> str:
        """A non-empty text that must be there."""
        value = self.body.get(key)
        if not isinstance(value, str) or not value:
            raise SpecError(f"{key}: a non-empty text is needed")
        return value

    def maybe(self, key: str) -> str | None:
        """A text, or None where it is missing or null."""
        return None if self.body.get(key) is None else self.text(key)

    def table(self, key: str) -> Json:
        """An object; empty where it is missing."""
        value = as_object(self.body.get(key, {}))
        if value is None:
            raise SpecError(f"{key}: an object is needed")
        return value

    def number(self, key: str) -> float:
        """A number that must be there."""
        value = self.body.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SpecError(f"{key}: a number is needed")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false; the default where it is missing."""
        value = self.body.get(key, default)
        if not isinstance(value, bool):
            raise SpecError(f"{key}: true or false is needed")
        return value

    def maybe_flag(self, key: str) -> bool | None:
        """True or false, or None where it is missing."""
        return self.flag(key, default=False) if key in self.body else None

    def texts(self, key: str) -> list[str] | None:
        """An array of texts, or None where it is missing."""
        value: Any = self.body.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(one, str) for one in cast(list[object], value)):
            raise SpecError(f"{key}: an array of texts is needed")
        return cast(list[str], value)

    def objects(self, key: str) -> list[Json]:
        """An array of objects; empty where it is missing."""
        value: object = self.body.get(key) or []
        found = [as_object(one) for one in cast(list[object], value)] if isinstance(value, list) else [None]
        if any(one is None for one in found):
            raise SpecError(f"{key}: an array of objects is needed")
        return [one for one in found if one is not None]


async def body_of(request: web.Request, *, halves: bool = False) -> Json:
    """The JSON object in the body; empty without a body; `halves` as in `load`. Raises SpecError."""
    text = await request.read()
    if not text:
        return {}
    try:
        body = as_object(load(text, halves=halves))
    except ValueError as wrong:
        raise SpecError(f"the body is no JSON: {wrong}") from wrong
    if body is None:
        raise SpecError("the body is not a JSON object")
    return body
