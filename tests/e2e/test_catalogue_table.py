"""Models that nobody used before, of every shape that an input has in a catalogue of five hundred: completed,
by form and by command, with a valid and an invalid value. `make models` drives them all."""

from tests.e2e.stage import stage
from tests.e2e.table import HOW_MANY, SETTINGS, Drive, covering, records, shapes_of


async def test_a_model_of_every_shape_works_cold_by_form_and_by_command() -> None:
    async with stage(MEMBER_IN_FLIGHT="0", CONFIRM_ABOVE_CU="0", QUEUE_LIMIT="0") as one:
        await one.stop_bot()
        await one.post("/settings", scenario=SETTINGS)
        await one.start_bot()
        found = await records(one)
        assert len(found) > HOW_MANY * 0.9
        chosen = covering(found)
        assert set[str]().union(*map(shapes_of, chosen)) == set[str]().union(*map(shapes_of, found))
        assert await Drive(one).all(chosen) == []
