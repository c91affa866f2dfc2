"""A form that is being filled in, and where it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeAlias

from bot.request.ask import Ask, InputFile

LIFE: Final = timedelta(hours=24)
"""How long a draft is kept. Links to files that members give to Discord live about as long."""

Raw: TypeAlias = str | list[str]
"""What a member typed, or the keys of what was chosen: kept as it came, so that it can be kept without the
schema, and shown again as it was where it was wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """By the fields' ids (`controls.field_id`). What is not filled in is not there."""

    values: Mapping[str, Raw] = field(default_factory=dict[str, Raw])
    files: Mapping[str, tuple[InputFile, ...]] = field(default_factory=dict[str, tuple[InputFile, ...]])
    parent_id: str | None = None
    """The generation whose request this changes, or whose result it begins with."""

    def __bool__(self) -> bool:
        return bool(self.values or self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A command that was refused, to be sent again as it was."""

    command: str
    """The task's name (`catalogue.tasks`)."""
    ask: Ask
    parent_id: str | None = None
    """The generation on whose card it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One member's form for one model, or a command of a member's that was refused."""

    id: str
    """The id of the interaction that began it."""
    owner_id: int
    model_id: str
    """Of what was refused, the model as it was named; "" where none was."""
    answers: Answers = field(default_factory=Answers)
    private: bool
    spoiler: bool
    created_at: datetime
    refused: Refused | None = None
    """None for a form."""


class Drafts(Protocol):
    """The store's side. Every method is one transaction.

    A draft that became a request (`Store.record`) is there no more, unless that request was dropped.
    """

    async def add(self, draft: Draft) -> None:
        """Keep a new draft. One of that id that is there already stays as it is."""
        ...

    async def get(self, draft_id: str) -> Draft | None: ...

    async def save(self, draft: Draft) -> bool:
        """Keep its answers. False where it is not there any more: nothing is brought back."""
        ...

    async def remove(self, draft_id: str) -> bool:
        """False where it is not there any more."""
        ...

    async def erase(self, before: datetime) -> int:
        """Remove what was begun before that, and what became a request that goes on. How many they were."""
        ...
