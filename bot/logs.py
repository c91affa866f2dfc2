"""Logging: one line an event on standard error, with the generation it concerns."""

import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_generation: ContextVar[str] = ContextVar("generation", default="-")


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


def set_up(level: str = "INFO") -> None:
    """Log to standard error. `level` is a name of the logging module."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_AddGeneration())
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)-7s %(name)s [%(generation)s] %(message)s")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("alembic").setLevel("WARNING")  # it announces its context on every start
    # its lines at DEBUG hold interaction tokens (webhook routes) and whole payloads
    logging.getLogger("discord").setLevel("INFO" if level == "DEBUG" else level)
