"""What a run amounts to."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.matrix.actor import STRUCK
from tests.matrix.chance import COMMANDS
from tests.matrix.faults import GATEWAY, PLACES, REQUESTS
from tests.matrix.judge import KINDS, Wrong
from tests.matrix.plan import Harm, Story
from tests.matrix.seen import Seen


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one story."""

    story: Story
    wrongs: tuple[Wrong, ...]
    did: Counter[str] = field(default_factory=Counter[str])
    seen: Seen = field(default_factory=Seen)
    seconds: float = 0.0
    kept: str = ""
    """The folder with logs and database, where something was wrong."""


def figures(outcomes: Iterable[Outcome], seconds: float) -> list[tuple[str, str]]:
    """Rows of a table: what, and how many."""
    told = list(outcomes)
    did = sum((one.did for one in told), Counter[str]())
    asked = [request for one in told for request in one.seen.asked]
    jobs = [job for one in told for job in one.seen.jobs]
    rows = [request.row for request in asked if request.row is not None]
    return [
        ("sequences", str(len(told))),
        ("requests sent", str(sum(bool(one.id) for one in asked))),
        ("by command", _listed(did, (f"/{name}" for name in COMMANDS))),
        ("generations", str(len(rows))),
        ("their fates", _listed(Counter(row.fate for row in rows))),
        ("paid jobs", f"{len(jobs)}, {sum(job.cu for job in jobs):g} CU"),
        ("SIGKILL, SIGTERM", f"{did['SIGKILL']}, {did['SIGTERM']}"),
        ("died in the midst of a request", str(sum(did[key] for key in did if key.startswith("died at ")))),
        ("faults of requests", _by_place(did)),
        ("requests and connections that they struck", str(did[STRUCK])),
        ("faults of the gateway", _listed(did, GATEWAY)),
        ("outages, disk full, database locked", f"{did['Outage']}, {did['FullDisk']}, {did['Locked']}"),
        ("leaps, clocks set, process frozen", f"{did['Leap']}, {did['Skew']}, {did['Freeze']}"),
        ("misfortunes at Discord", _listed(did, (harm.value for harm in Harm))),
        ("presses", _listed(Counter({key[8:]: did[key] for key in did if key.startswith("pressed ")}))),
        ("seconds", f"{seconds:.0f}, {seconds / max(1, len(told)):.1f} a sequence"),
        *verdict(told),
    ]


def verdict(outcomes: Iterable[Outcome]) -> list[tuple[str, str]]:
    """How many of each kind of wrong."""
    wrongs = Counter(wrong.kind for one in outcomes for wrong in one.wrongs)
    return [(kind, str(wrongs[kind])) for kind in KINDS]


def as_table(rows: list[tuple[str, str]]) -> str:
    width = max(len(what) for what, _ in rows)
    return "\n".join(f"{what:{width}}  {many}" for what, many in rows)


def _listed(counts: Counter[str], names: Iterable[str] | None = None) -> str:
    chosen = counts if names is None else {name: counts[name] for name in names}
    there = sorted(((many, name) for name, many in chosen.items() if many), reverse=True)
    return f"{sum(many for many, _ in there)}: " + ", ".join(f"{name} {many}" for many, name in there)


def _by_place(did: Counter[str]) -> str:
    """Request faults by where they strike."""
    places = Counter[str]()
    for name in REQUESTS:
        place = max((one for one in PLACES if name.startswith(f"{one} ")), key=len)
        places[place] += did[name]
    return _listed(places)
