"""Answers to a workflow's gate, on their way to Scenario."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.refusals import GateRefused, ScenarioSilent, TooLate
from bot.scenario.api.errors import NotFound, Rejected, ScenarioError
from bot.scenario.api.records import Job, JobState, Node
from bot.workflow_gates.gates import Gate, open_gate

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of a workflow that is under way."""

    workflow_id: str
    job_id: str
    nodes: tuple[Node, ...] = ()
    """As they were read last. Empty: they were not read yet by this process."""


class Flows(Protocol):
    """Scenario, as far as gates go."""

    async def job(self, job_id: str) -> Job:
        """Raises NotFound, Unavailable."""
        ...

    async def approve(self, workflow_id: str, job_id: str, node_id: str, *, yes: bool) -> None:
        """Answer a workflow's approval gate; a no ends the run. Raises Rejected, Unavailable."""
        ...

    async def choose(self, workflow_id: str, job_id: str, node_id: str, picks: Sequence[int]) -> None:
        """Answer a workflow's selection gate, indices from 0; none ends the run. Raises Rejected,
        Unavailable."""
        ...


class Gatekeeper:
    """Holds an answer against what a run waits for."""

    def __init__(self, flows: Flows) -> None:
        self._flows = flows

    async def gate(self, run: Run) -> Gate | None:
        """What the run waits for a person at, as it was last read. Raises what a read raises.

        After a restart, and while Scenario is away, the card shows what was read before: where this process
        knows no nodes it reads them now.
        """
        return open_gate(run.nodes) if run.nodes else await self._read(run.job_id)

    async def answer(self, run: Run, number: int, *, picks: Sequence[int] | None, yes: bool) -> Gate:
        """Answer the gate that is node `number`: choose `picks` (from 0), or approve; a no ends the run.

        Returns the gate, once Scenario took the answer. Raises TooLate, GateRefused, ScenarioSilent.
        """
        try:
            gate = await self.gate(run)
        except NotFound as error:
            raise TooLate from error
        except Rejected as error:
            raise GateRefused(error.reason) from error
        except ScenarioError as error:
            raise ScenarioSilent from error
        if gate is None or gate.number != number:
            raise TooLate
        try:
            await self._tell(run, gate, yes=yes, picks=picks)
        except Rejected as error:
            if await self._is_answered(run, number):
                raise TooLate from error
            raise GateRefused(error.reason) from error
        except ScenarioError as error:
            raise ScenarioSilent from error
        return gate

    async def end(self, run: Run) -> Job | None:
        """A run is not canceled from afar, but a no at its gate ends it. The job then; None where nothing is
        known of a gate. Raises Rejected when Scenario refuses the no, or what a read raises."""
        try:
            gate = await self.gate(run)
        except ScenarioError as error:
            log.info("whether job %s waits at a gate is not known: %s", run.job_id, error)
            return None
        if gate is None:
            return None
        try:
            await self._tell(run, gate, yes=False)
        except Rejected:
            job = await self._flows.job(run.job_id)
            if job.state is JobState.ACTIVE:
                raise
            return job  # somebody was quicker
        return await self._flows.job(run.job_id)

    async def _tell(self, run: Run, gate: Gate, *, yes: bool, picks: Sequence[int] | None = None) -> None:
        """Send the answer. Raises what Scenario raises."""
        at = (run.workflow_id, run.job_id, gate.node_id)
        if gate.choosing:
            await self._flows.choose(*at, list(picks or ()) if yes else [])
        else:
            await self._flows.approve(*at, yes=yes)

    async def _is_answered(self, run: Run, number: int) -> bool:
        """Whether somebody was quicker: what a card shows is a few seconds old."""
        try:
            gate = await self._read(run.job_id)
        except ScenarioError:
            return False
        return gate is None or gate.number != number

    async def _read(self, job_id: str) -> Gate | None:
        """A run that is over waits for nobody, whatever its nodes say."""
        job = await self._flows.job(job_id)
        return open_gate(job.flow) if job.state is JobState.ACTIVE else None
