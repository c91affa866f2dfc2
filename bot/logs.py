"""Logging: one line an event on standard error, with the generation it concerns and without secrets."""

import json
import logging
import re
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, Final, TextIO

from pythonjsonlogger.json import JsonFormatter

HIDDEN: Final = "***"
NOBODY: Final = "-"
_generation: ContextVar[str] = ContextVar("generation", default=NOBODY)

# libraries put addresses into their errors: interaction tokens stand in Discord's paths, and Scenario's
# signed links are credentials from the question mark on; where it pushes to, the path is the password
_IN_ADDRESSES: Final = (
    (re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s\"'?]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(/pushes/)[\w-]{40,}"), rf"\1{HIDDEN}"),
    (re.compile(r"(https?://[^\s\"'?]+\?)[^\s\"']+"), rf"\1{HIDDEN}"),
)


@contextmanager
def about(generation_id: str) -> Generator[None]:
    """Every line logged inside names this generation."""
    token = _generation.set(generation_id)
    try:
        yield
    finally:
        _generation.reset(token)


class _Circumstances(logging.Filter):
    """Adds whose line it is: the generation, and the process of those that share a database."""

    def __init__(self) -> None:
        super().__init__()
        self.holder = NOBODY

    def filter(self, record: logging.LogRecord) -> bool:
        record.generation = _generation.get()
        record.holder = self.holder
        return True


_circumstances: Final = _Circumstances()


def number_process(number: int | None) -> None:
    """Every line from now on names this process, of those that share a database; None where it is alone."""
    _circumstances.holder = NOBODY if number is None else str(number)


class _Redactor:
    """Hides secrets in a text, whoever wrote them there."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = [secret for secret in secrets if secret]

    def hide(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        for pattern, instead in _IN_ADDRESSES:
            text = pattern.sub(instead, text)
        return text

    def dumps(self, fields: Mapping[str, Any], **options: Any) -> str:
        """JSON. Hiding comes before escaping: afterwards a secret may look different, and a quotation mark
        behind a link has a backslash that the link would swallow."""
        return json.dumps(
            {name: self.hide(value) if isinstance(value, str) else value for name, value in fields.items()},
            **options,
        )


class _Redacting(logging.Formatter):
    """Lines of text, tracebacks included, without secrets."""

    def __init__(self, redactor: _Redactor) -> None:
        super().__init__()
        self._redactor = redactor
        form = "%(asctime)s %(levelname)-7s %(name)s [%(generation)s{}] %(message)s"
        self._alone = logging.PercentStyle(form.format(""))
        self._shared = logging.PercentStyle(form.format(" @%(holder)s"))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802, logging's own name
        alone = record.__dict__["holder"] == NOBODY
        return (self._alone if alone else self._shared).format(record)

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.hide(super().format(record))

    def usesTime(self) -> bool:  # noqa: N802, logging's own name
        return True


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, logging's own name
        """Say where the mistake is. The library would print the arguments, secrets and all.

        Never raise: whoever logged would fail for it, and where the disk under standard error is full, that
        is discord.py's task for the gateway, which then never connects again.
        """
        with suppress(OSError, ValueError):
            sys.stderr.write(f"a line could not be logged: {record.name}, line {record.lineno}\n")


def set_up(level: str = "INFO", *, form: str = "text", secrets: Sequence[str] = ()) -> None:
    """Log to standard error.

    level: a name of the logging module. form: `text` or `json` (one object a line, with `generation`
    and `process`).
    secrets: what must never stand in a line, whoever logs it.
    """
    redactor = _Redactor(secrets)
    formatter: logging.Formatter
    if form == "json":
        formatter = JsonFormatter(
            ["asctime", "levelname", "name", "generation", "holder", "message"],
            # `process` is taken: the library's own means the number that the kernel gives
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger", "holder": "process"},
            json_serializer=redactor.dumps,
        )
    else:
        formatter = _Redacting(redactor)
    handler = _Handler(sys.stderr)
    handler.addFilter(_circumstances)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("alembic").setLevel("WARNING")  # it announces its context on every start
    # its lines at DEBUG hold whole payloads, and with them prompts
    logging.getLogger("discord").setLevel("INFO" if level == "DEBUG" else level)
