"""Answers to a workflow's gate, on their way to Scenario."""

import logging
from collections.abc import Sequence

from bot.generation.errors import GateRefused, ScenarioSilent, TooLate
from bot.generation.gates import Gate, open_gate
from bot.generation.model import Fate, Generation
from bot.generation.ports import Studio
from bot.generation.progress import ProgressBoard
from bot.scenario.errors import NotFound, Rejected, ScenarioError
from bot.scenario.protocol_workflows import names_workflow
from bot.scenario.records import Job, JobState

log = logging.getLogger(__name__)


class Gatekeeper:
    """Holds an answer against what a run waits for."""

    def __init__(self, studio: Studio, board: ProgressBoard) -> None:
        self._studio = studio
        self._board = board

    async def gate(self, generation: Generation) -> Gate | None:
        """What the run waits for a person at, as it was last read. Raises what a read raises.

        After a restart, and while Scenario is away, the card shows what was read before: where this process
        knows no nodes it reads them now.
        """
        waits = generation.fate is Fate.RUNNING and names_workflow(generation.model_id)
        if not waits or generation.job_id is None:
            return None
        progress = self._board.get(generation.id)
        if progress is not None and progress.nodes:
            return open_gate(progress.nodes)
        return await self._read(generation.job_id)

    async def answer(
        self, generation: Generation, number: int, *, picks: Sequence[int] | None, yes: bool
    ) -> None:
        """Answer the gate that is node `number`: choose `picks` (from 0), or approve; a no ends the run.

        Raises TooLate, GateRefused, ScenarioSilent.
        """
        try:
            gate = await self.gate(generation)
        except NotFound as error:
            raise TooLate from error
        except Rejected as error:
            raise GateRefused(error.reason) from error
        except ScenarioError as error:
            raise ScenarioSilent from error
        if gate is None or gate.number != number:
            raise TooLate
        try:
            await self._tell(generation, gate, yes=yes, picks=picks)
        except Rejected as error:
            if await self._is_answered(generation, number):
                raise TooLate from error
            raise GateRefused(error.reason) from error
        except ScenarioError as error:
            raise ScenarioSilent from error

    async def end(self, generation: Generation) -> Job | None:
        """A run is not canceled from afar, but a no at its gate ends it. The job then; None where nothing is
        known of a gate. Raises Rejected when Scenario refuses the no, or what a read raises."""
        assert generation.job_id is not None
        try:
            gate = await self.gate(generation)
        except ScenarioError as error:
            log.info("whether job %s waits at a gate is not known: %s", generation.job_id, error)
            return None
        if gate is None:
            return None
        try:
            await self._tell(generation, gate, yes=False)
        except Rejected:
            job = await self._studio.job(generation.job_id)
            if job.state is JobState.ACTIVE:
                raise
            return job  # somebody was quicker
        return await self._studio.job(generation.job_id)

    async def _tell(
        self, generation: Generation, gate: Gate, *, yes: bool, picks: Sequence[int] | None = None
    ) -> None:
        """Send the answer. Raises what Scenario raises."""
        assert generation.job_id is not None
        at = (generation.model_id, generation.job_id, gate.node_id)
        if gate.choosing:
            await self._studio.choose(*at, list(picks or ()) if yes else [])
        else:
            await self._studio.approve(*at, yes=yes)

    async def _is_answered(self, generation: Generation, number: int) -> bool:
        """Whether somebody was quicker: what a card shows is a few seconds old."""
        assert generation.job_id is not None
        try:
            gate = await self._read(generation.job_id)
        except ScenarioError:
            return False
        return gate is None or gate.number != number

    async def _read(self, job_id: str) -> Gate | None:
        """A run that is over waits for nobody, whatever its nodes say."""
        job = await self._studio.job(job_id)
        return open_gate(job.flow) if job.state is JobState.ACTIVE else None
