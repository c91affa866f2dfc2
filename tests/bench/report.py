"""What was measured, as rows, and the rows as a table, as charts or as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

VOID = "void: the stand-in was late"
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
    void: bool = False
    """Whether a stand-in was too late itself for this to say anything."""

    @property
    def ratio(self) -> float | None:
        """None where the other number is nothing to divide by."""
        return self.value / self.base if self.base > 0 else None


def as_table(rows: Sequence[Row]) -> str:
    lines = [HEAD, *map(_cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    ruled = [_line(HEAD, widths), _line(["-" * width for width in widths], widths)]
    return "\n".join(ruled + [_line(line, widths) for line in lines[1:]])


def as_charts(rows: Sequence[Row], *beginnings: str) -> str:
    """Mermaid charts, one for each thing measured that begins so: ours, and what it was compared with.

    Mermaid, as the docs' other diagrams, drawn where they are read: a library that draws would be one more to
    keep, for a picture that nobody can compare with the one before.
    """
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows:
        if row.what.startswith(beginnings):
            bars = found.setdefault((row.what, row.unit), {"ours": row.value})
            bars[row.to] = row.base
    return "\n\n".join(_chart(what, unit, bars) for (what, unit), bars in found.items())


def _chart(what: str, unit: str, bars: Mapping[str, float]) -> str:
    names = ", ".join(json.dumps(name) for name in bars)
    heights = ", ".join(_number(height) for height in bars.values())
    lines = ["xychart-beta", f'    title "{what}"', f"    x-axis [{names}]", f'    y-axis "{unit}" 0 -->']
    lines[-1] += f" {_number(max(bars.values()) * 1.1)}"
    return "\n".join(["```mermaid", *lines, f"    bar [{heights}]", "```"])


def as_json(rows: Sequence[Row]) -> str:
    return json.dumps([{**asdict(row), "ratio": row.ratio} for row in rows], indent=1, ensure_ascii=False)


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "–" if row.ratio is None else _number(row.ratio)
    what = f"{row.what} ({VOID})" if row.void else row.what
    return (row.scene, what, ratio, row.to, _number(row.value), _number(row.base), row.unit)


def _number(number: float) -> str:
    """Three digits that count: more would be noise."""
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
