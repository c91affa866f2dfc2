"""/imagine over real wires: how soon the bot answers, what a picture costs in requests, what it leaves."""

from statistics import median

from tests.bench.house import Tape, ask, house, pid_of, reached, requests
from tests.bench.measure import resident
from tests.bench.report import Row
from tests.bench.sizes import Size
from tests.e2e.stage import Json, Stage

SCENE = "imagine"
JOB_SECONDS = 6.0
LEAST_SCENARIO = 4.0
"""The paid POST, one read of its end, the asset, the file."""
LEAST_DISCORD = 2.0
"""The acknowledgement and the last word."""
TIME_LIMIT = 3000.0
"""ms after which Discord takes no answer any more."""


async def imagine(size: Size) -> list[Row]:
    async with house() as one:
        await one.start_bot()
        await one.post("/script", outcome="success", seconds=0)
        asker = Asker(one)
        await asker.burst(size.bursts[-1][0])  # what is made once is made now
        rows = await _bursts(asker, size) + await _flood(asker, size.flood)
        await one.call("DELETE", "/script")
        await one.post("/settings", scenario={"seconds": JOB_SECONDS})
        return rows + await _counted(asker, size)


class Asker:
    """Asks, waits for the pictures, and knows how many there were."""

    def __init__(self, one: Stage) -> None:
        self.one = one
        self.asked = 0

    async def burst(self, count: int) -> list[Json]:
        """So many at once, to their last words; what crossed the wire."""
        async with Tape(self.one) as tape:
            await ask(self.one, count, first=self.asked)
            self.asked += count
            await reached(self.one, self.asked, "card IN ('settled', 'kept')")
            return await tape.look()


async def _bursts(asker: Asker, size: Size) -> list[Row]:
    waits: dict[int, list[float]] = {}
    before, asked = resident(pid_of(asker.one)), asker.asked
    for count, times in size.bursts:
        waits[count] = [wait for _ in range(times) for wait in acknowledged(await asker.burst(count))]
    after = resident(pid_of(asker.one))
    single = size.bursts[0][0]
    alone = median(waits[single])
    rows = [_row("acknowledged, slowest at 1", "median at 1", max(waits[single]), alone, "ms")]
    for count, _ in size.bursts[1:]:
        rows.append(
            _row(f"acknowledged, median at {count}", "median at 1", median(waits[count]), alone, "ms")
        )
        rows.append(_row(f"acknowledged, slowest at {count}", "median at 1", max(waits[count]), alone, "ms"))
    slowest = max(max(each) for each in waits.values())
    rows.append(_row("acknowledged, slowest of all", "what Discord allows", slowest, TIME_LIMIT, "ms"))
    made = f"{asker.asked - asked} finished"
    rows.append(_row(f"memory, {made}", "before them", after / 1024, before / 1024, "MiB"))
    return rows


async def _flood(asker: Asker, count: int) -> list[Row]:
    """A request that is answered too late is dropped, unbought."""
    records = await asker.burst(count)
    taken = [each for each in requests(records, "discord", "POST", "/callback") if each["status"] < 300]
    slowest = max(acknowledged(records))
    return [
        _row(f"acknowledged, slowest at {count}", "what Discord allows", slowest, TIME_LIMIT, "ms"),
        _row(f"acknowledged in time, {count} at once", "asked", len(taken), count, "requests"),
    ]


def acknowledged(records: list[Json]) -> list[float]:
    """ms from the event on the gateway to the answer, for each interaction."""
    sent = sorted(each["at"] for each in records if each.get("name") == "INTERACTION_CREATE")
    answers = requests(records, "discord", "POST", "/callback")
    # ids are given in the order of the events
    answers.sort(key=lambda each: int(each["path"].split("/interactions/")[1].split("/")[0]))
    return [(answer["at"] - at) * 1000 for at, answer in zip(sent, answers, strict=True)]


async def _counted(asker: Asker, size: Size) -> list[Row]:
    records = await asker.burst(size.counted)
    scenario = len(requests(records, "scenario")) / size.counted
    reads = len(requests(records, "scenario", "GET", "/jobs/")) / size.counted
    discord = len(requests(records, "discord", "", "/api/v10/")) / size.counted
    edits = len(requests(records, "discord", "PATCH")) / size.counted
    picture = f"a picture of {JOB_SECONDS:g} s"
    return [
        _row(f"Scenario, {picture}", "POST, read, asset, file", scenario, LEAST_SCENARIO, "requests"),
        _row(f"… of these, reads of the job, {picture}", "one", reads, 1.0, "requests"),
        _row(f"Discord, {picture}", "answer, last word", discord, LEAST_DISCORD, "requests"),
        _row(f"… of these, edits, {picture}", "one", edits, 1.0, "requests"),
    ]


def _row(what: str, to: str, value: float, base: float, unit: str) -> Row:
    return Row(scene=SCENE, what=what, to=to, value=value, base=base, unit=unit)
