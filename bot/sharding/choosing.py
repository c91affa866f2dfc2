"""How the shards are divided: as the operator says, and else as the database allows."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.sharding.fixed import Fixed, OwnTurns
from bot.sharding.ports import Division, Leases


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is known before Discord is asked."""

    count: int | None = None
    """SHARD_COUNT; None: as many as Discord recommends."""
    ids: tuple[int, ...] = ()
    """SHARD_IDS; empty: all, or a share of them where `leases` divides them."""
    leases: Leases | None = None
    """None where this process has its database to itself."""
    clock: Clock

    async def division(self, *, recommended: int, concurrency: int) -> Division:
        """recommended, concurrency: what Discord says at GET /gateway/bot."""
        concurrency = max(1, concurrency)
        leases, own = self.leases, OwnTurns(self.clock)
        if self.ids:
            count = self.count or recommended
            turns = own if leases is None else leases.turns
            return Fixed(self.ids, count, concurrency=concurrency, turns=turns)
        if leases is None:
            count = self.count or recommended
            return Fixed(range(count), count, concurrency=concurrency, turns=own)
        count = await leases.agree(recommended, self.count)
        if count > 1:
            return leases.divide(count, concurrency)
        # one shard is everybody's: whoever is there answers, and nothing waits for a lease to end
        return Fixed([0], 1, concurrency=concurrency, turns=own, common=True)
