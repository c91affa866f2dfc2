"""What is wrong with what was seen. Pure, and strict: what it does not understand is wrong.

lost        paid for, and no generation has it
doubled     paid for twice; or two finished cards of one generation
stuck       not over, or a message that says that something runs, or a press that waits for ever
untold      over, and its member was not told so, or not why, or not what it cost
overrun     bought above what was agreed
broken      the bot's process ended by itself, or did what no careful client does
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tests.matrix.seen import Asked, Job, Note, Row, Seen

KINDS: Final = ("lost", "doubled", "stuck", "untold", "overrun", "broken")
ENDS: Final = frozenset({"succeeded", "failed", "canceled"})
CLOSED: Final = frozenset({"settled", "kept"})
RUNNING: Final = frozenset({"Cancel", "Generate", "Approve", "Reject"})
FINISHED: Final = frozenset({"Again", "Delete"})
UNKNOWN: Final = frozenset({"maybe_charged", "job_lost"})
"""Failures that say: it may have been charged."""
FREE: Final = frozenset(
    {
        "refused",
        "unusable",
        "bad_input",
        "plan_locked",
        "forbidden",
        "wrong_key",
        "out_of_credits",
        "not_found",
        "no_model",
        "unreachable",
        "over_budget",
        "file_lost",
        "file_refused",
        "not_confirmed",
        "no_room",
    }
)
"""Failures that say why nothing was bought."""
FORMS: Final = frozenset({"generate", "workflow run"})
"""Commands whose last step may answer by a message that stood before."""
MAYBE: Final = "may have been charged"
UNFETCHED: Final = "could not be fetched"
WITHHELD: Final = "did not accept the files"
NOTHING: Final = "Nothing was charged"
MADE: Final = {
    "imagine": {"image"},
    "edit": {"image"},
    "video": {"video", "image"},
    "music": {"audio"},
    "sound": {"audio"},
    "speech": {"audio"},
    "3d": {"3d", "image"},
    "upscale": {"image"},
    "cutout": {"image"},
    "vectorize": {"svg", "image"},
    "generate": {"text"},
    "workflow run": {"image"},
}
"""What files a card may have, by command."""


@dataclass(frozen=True, slots=True)
class Wrong:
    kind: str
    """One of KINDS."""
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


def judge(seen: Seen) -> list[Wrong]:
    """All that is wrong; nothing, if nothing is."""
    found = [*_money(seen), *_agreements(seen)]
    jobs = {job.id: job for job in seen.jobs}
    for asked in seen.asked:
        found += _request(asked, jobs, unwritten=seen.unwritten)
    found += [Wrong("stuck", f"{one.id} waits for an answer") for one in seen.pressed if one.owed]
    found += [Wrong("doubled", f"a generation that nobody asked for: {row}") for row in seen.strangers]
    found += [Wrong("broken", what) for what in (*seen.violations, *seen.process)]
    return found


# -- jobs and generations -------------------------------------------------------------------------------


def _money(seen: Seen) -> Iterator[Wrong]:
    """Each paid job has exactly one generation, each generation at most one paid job."""
    rows = [row for asked in seen.asked for row in asked.rows]
    holders = defaultdict[str, list[Row]](list)
    for row in rows:
        if row.job_id is not None:
            holders[row.job_id].append(row)
    known = {job.id for job in seen.jobs}
    for job_id, several in holders.items():
        if len(several) > 1:
            yield Wrong("doubled", f"{job_id} is claimed by {[row.id for row in several]}")
        if job_id not in known:
            yield Wrong("lost", f"{several[0].id} claims {job_id}, which Scenario does not have")
    unsure = Counter(row.words for row in rows if row.job_id is None and row.failure in UNKNOWN)
    for job in seen.jobs:
        if job.id in holders:
            continue
        if unsure[job.words]:
            unsure[job.words] -= 1  # its member was told that it may have been charged
            continue
        twin = next((one for one in seen.jobs if one.id in holders and _same(one, job)), None)
        if twin is not None:
            yield Wrong("doubled", f"{job.id} ({job.words!r}, {job.cu:g} CU) beside {twin.id}")
        else:
            yield Wrong("lost", f"{job.id} ({job.words!r}, {job.cu:g} CU) belongs to no generation")


def _same(one: Job, other: Job) -> bool:
    return (one.words, one.seed) == (other.words, other.seed)


def _agreements(seen: Seen) -> Iterator[Wrong]:
    """No price above the threshold without a yes, and no member above the day's allowance."""
    jobs = {job.id: job for job in seen.jobs}
    spent = defaultdict[str, float](float)
    for asked in seen.asked:
        job = _together([jobs[row.job_id] for row in asked.rows if row.job_id in jobs])
        if job is None:
            continue
        if seen.threshold is not None and not seen.unpriced and job.cu > seen.threshold and not asked.agreed:
            yield Wrong("overrun", f"{asked}: {job.cu:g} CU were bought without a yes")
        if not job.refunded:
            spent[asked.member] += job.cu
    for member, cu in spent.items():
        if seen.allowance is not None and cu > seen.allowance:
            yield Wrong("overrun", f"{member} spent {cu:g} CU of {seen.allowance:g} a day")


# -- one request ----------------------------------------------------------------------------------------


def _request(asked: Asked, jobs: dict[str, Job], *, unwritten: bool) -> Iterator[Wrong]:
    row = asked.row
    if row is None:
        yield from _without_row(asked)
        return
    if any(one.fate not in ENDS or one.card not in CLOSED for one in asked.rows):
        yield Wrong("stuck", f"{asked} is not over")
        return
    if asked.state == "failed" and any(one.job_id is not None for one in asked.rows):
        yield Wrong("overrun", f"{asked} was bought although Discord was never answered")
    if any(one.job_id is None and not _says_why(one) for one in asked.rows):
        yield Wrong("lost", f"{asked} has no job and does not say why")
    row = _whole(asked.rows)
    if asked.probe and not (row.fate == "succeeded" and row.card == "settled"):
        yield Wrong("stuck", f"{asked} was asked when all was well")
    yield from _messages(asked, row, unwritten=unwritten)
    yield from _told(asked, row, _together([jobs[one.job_id] for one in asked.rows if one.job_id in jobs]))


def _whole(rows: Sequence[Row]) -> Row:
    """What one card says of several jobs: the best that came of them, and of failures the gravest."""
    best = next(row for fate in ("succeeded", "failed", "canceled") for row in rows if row.fate == fate)
    failures = [row.failure for row in rows if row.failure is not None]
    grave = next((one for one in failures if one in UNKNOWN), best.failure)
    return replace(best, failure=None if best.fate == "succeeded" else grave)


def _together(jobs: Sequence[Job]) -> Job | None:
    """The sum: of what came back only where all did."""
    if len(jobs) < 2:
        return next(iter(jobs), None)
    kept = [job for job in jobs if not job.refunded]
    return replace(jobs[0], cu=sum(job.cu for job in kept or jobs), refunded=not kept)


def _without_row(asked: Asked) -> Iterator[Wrong]:
    """It came to nothing: Discord says that the bot did not answer, or the bot says why."""
    if asked.probe:
        answers = " / ".join(note.text for note in asked.notes)
        yield Wrong("stuck", f"{asked} was asked when all was well, and told: {answers!r}")
    if asked.state == "acknowledged":
        yield Wrong("stuck", f"{asked}: no generation, and it still thinks")
    worded = any(note.text for note in asked.notes) or asked.command in FORMS or asked.deleted
    if asked.state == "answered" and not worded:
        yield Wrong("untold", f"{asked}: no generation, and no word")


def _says_why(row: Row) -> bool:
    return row.fate == "canceled" or row.failure in FREE | UNKNOWN


def _messages(asked: Asked, row: Row, *, unwritten: bool) -> Iterator[Wrong]:
    """Nothing on the screen says that something runs, and one card is the last word.

    A bot that could not write down that Discord had taken the card cannot look once only a dead token leads
    there: to be told twice is then better than never.
    """
    own = [note for note in asked.notes if not note.copy]
    for note in own:
        if note.labels & RUNNING and not note.beyond:
            yield Wrong("stuck", f"{asked} still shows {sorted(note.labels)}: {note.text!r}")
        if note.loading and asked.state == "acknowledged":
            yield Wrong("stuck", f"{asked} still thinks")
    for note in asked.notes:
        if note.copy and note.loading:
            yield Wrong("stuck", f"{asked}: a /show still thinks")
    finished = [note for note in own if _is_last(note)]
    forgotten = sum(note.beyond for note in finished) == 1 and unwritten
    if len(finished) > 1 + forgotten:
        yield Wrong("doubled", f"{asked} has {len(finished)} finished cards")


def _is_last(note: Note) -> bool:
    return note.card and bool(note.labels & FINISHED) and not note.labels & RUNNING


def _told(asked: Asked, row: Row, job: Job | None) -> Iterator[Wrong]:
    """A word to the member, and the right one."""
    last = [note for note in asked.notes if _is_last(note)]
    notices = [note for note in asked.notes if not note.card and note.text]
    if row.fate == "succeeded" and not last:
        if not (asked.deleted or asked.out_of_reach):
            yield Wrong("untold", f"{asked}: nothing shows it")
        elif not asked.deleted:
            yield Wrong("untold", f"{asked}: /show does not bring it back")
        return
    if not last and not notices:
        if not _excused(asked, row):
            yield Wrong("untold", f"{asked}: no card and no notice")
        return
    for note in last or notices[-1:]:
        yield from _right_word(asked, row, job, note)


def _excused(asked: Asked, row: Row) -> bool:
    """Whether nobody could be told, or whether it bought nothing and Discord has told it."""
    if asked.deleted or asked.out_of_reach:
        return True
    unheard = asked.state in {"failed", "expired", "acknowledged"} or not asked.id
    return unheard and row.fate == "canceled" and row.job_id is None


def _right_word(asked: Asked, row: Row, job: Job | None, note: Note) -> Iterator[Wrong]:
    if row.fate == "canceled" and "Cancel" not in note.text and NOTHING not in note.text:
        yield Wrong("untold", f"{asked} does not say that it was canceled: {note.text!r}")
    if row.fate == "succeeded":
        yield from _shown(asked, note)
    if row.failure in UNKNOWN and MAYBE not in note.text:
        yield Wrong("untold", f"{asked} does not say that it may have been charged: {note.text!r}")
    if job is None:
        return
    free = any(one.failure in FREE for one in asked.rows)  # of that one the card says so, beside the others
    if NOTHING in note.text and not (job.refunded or free):
        yield Wrong("untold", f"{asked} cost {job.cu:g} CU and says that nothing was charged: {note.text!r}")
    if f"{job.cu:g} CU" not in note.text and row.failure not in UNKNOWN:
        yield Wrong("untold", f"{asked} does not say what it cost ({job.cu:g} CU): {note.text!r}")


def _shown(asked: Asked, note: Note) -> Iterator[Wrong]:
    wrong = sorted(set(note.kinds) - MADE[asked.command])
    if wrong:
        yield Wrong("untold", f"{asked} shows {wrong} as what was made")
    worded = asked.command == "generate"
    withheld = WITHHELD in note.text and "Original" in note.labels  # the card says so
    if not note.kinds and not worded and not withheld and UNFETCHED not in note.text:
        yield Wrong("untold", f"{asked} shows nothing of what was made: {note.text!r}")
