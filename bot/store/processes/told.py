"""What is told on the bulletin (`several.bulletin`), as parts of transactions: only if they commit."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Integer, bindparam, cast, func, literal, text
from sqlalchemy import Text as SqlText

from bot.generation.several.bulletin import MOVED

CHANNEL: Final = "imagine"
LONGEST: Final = 7_999
"""Bytes that a server takes of one."""

WORD: Final = "word"
"""There is word for a process, whose number is the only fact (`leases.send_word`)."""
JOINED: Final = "joined"
"""The teller is one of the processes from now on. No facts."""
LEFT: Final = "left"
"""The teller gave back what it held. No facts."""

TOLD: Final = "told"
"""The parameter of TELL."""
TELL: Final[ColumnElement[Any]] = func.pg_notify(CHANNEL, bindparam(TOLD, type_=SqlText))
"""What a statement returns that tells something of what it writes."""
_POST: Final = text("SELECT pg_notify(:channel, one) FROM unnest(CAST(:texts AS text[])) AS one")


def said(kind: str, teller: int, facts: Sequence[Any] = ()) -> str:
    """As it stands on the bulletin."""
    return json.dumps([kind, teller, *facts], separators=(",", ":"), ensure_ascii=False)


def read(text: str) -> tuple[str, int, Sequence[Any]] | None:
    """Kind, teller and facts; None for what none of us wrote."""
    try:
        kind, teller, *facts = json.loads(text)
    except (ValueError, TypeError):
        return None
    return (kind, teller, facts) if isinstance(kind, str) and type(teller) is int else None


def fits(text: str) -> bool:
    """Whether a server takes it."""
    return len(text.encode()) <= LONGEST


def post(connection: Connection, texts: Sequence[str]) -> None:
    """Tell these once the transaction commits."""
    connection.execute(_POST, {"channel": CHANNEL, "texts": [*texts]})


def moved(teller: int) -> str:
    """That something of this process's stands differently."""
    return said(MOVED, teller)


def of_word(holder: ColumnElement[int], teller: ColumnElement[int]) -> ColumnElement[Any]:
    """What tells this holder, of a row that is written, that there is word for it."""
    words = func.json_build_array(WORD, cast(teller, Integer), holder)
    return func.pg_notify(literal(CHANNEL), cast(words, SqlText))
