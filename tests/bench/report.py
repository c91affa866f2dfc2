"""What was measured, as rows, and the rows as a table or as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

HEAD = ("scene", "measured", "ratio", "to", "this machine: it", "the other", "unit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One number against another of the same run and unit."""

    scene: str
    what: str
    to: str
    """What it is compared with."""
    value: float
    base: float
    unit: str

    @property
    def ratio(self) -> float | None:
        """None where the other number is nothing to divide by."""
        return self.value / self.base if self.base > 0 else None


def as_table(rows: Sequence[Row]) -> str:
    lines = [HEAD, *map(_cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    ruled = [_line(HEAD, widths), _line(["-" * width for width in widths], widths)]
    return "\n".join(ruled + [_line(line, widths) for line in lines[1:]])


def as_json(rows: Sequence[Row]) -> str:
    return json.dumps([{**asdict(row), "ratio": row.ratio} for row in rows], indent=1, ensure_ascii=False)


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "–" if row.ratio is None else _number(row.ratio)
    return (row.scene, row.what, ratio, row.to, _number(row.value), _number(row.base), row.unit)


def _number(number: float) -> str:
    """Three digits that count: more would be noise."""
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
