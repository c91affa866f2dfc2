"""Logging: one line an event on standard error, with the generation it concerns and without secrets."""

import logging
import re
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from pythonjsonlogger.json import JsonFormatter

HIDDEN: Final = "***"
_generation: ContextVar[str] = ContextVar("generation", default="-")

# libraries put addresses into their errors: interaction tokens stand in Discord's paths, and Scenario's
# signed links are credentials from the question mark on
_IN_ADDRESSES: Final = (
    (re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s\"'?]+"), rf"\1{HIDDEN}"),
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


class _AddGeneration(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.generation = _generation.get()
        return True


class _Redacting(logging.Formatter):
    """Another formatter's lines, tracebacks included, without secrets."""

    def __init__(self, inner: logging.Formatter, secrets: Sequence[str]) -> None:
        super().__init__()
        self._inner = inner
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        line = self._inner.format(record)
        for secret in self._secrets:
            line = line.replace(secret, HIDDEN)
        for pattern, instead in _IN_ADDRESSES:
            line = pattern.sub(instead, line)
        return line


def set_up(level: str = "INFO", *, form: str = "text", secrets: Sequence[str] = ()) -> None:
    """Log to standard error.

    level: a name of the logging module. form: `text` or `json` (one object a line, with `generation`).
    secrets: what must never stand in a line, whoever logs it.
    """
    inner: logging.Formatter
    if form == "json":
        inner = JsonFormatter(
            ["asctime", "levelname", "name", "generation", "message"],
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )
    else:
        inner = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s [%(generation)s] %(message)s")
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_AddGeneration())
    handler.setFormatter(_Redacting(inner, secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("alembic").setLevel("WARNING")  # it announces its context on every start
    # its lines at DEBUG hold whole payloads, and with them prompts
    logging.getLogger("discord").setLevel("INFO" if level == "DEBUG" else level)
