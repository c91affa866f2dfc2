"""How many sessions a bot may begin, and how fast (events/gateway: session start limit, sharding)."""

from collections import deque

from sandbox.json import Json

DAY = 24 * 3600.0


class SessionStarts:
    """Settings, and what was begun.

    `shards`: what `GET /gateway/bot` recommends. `max_concurrency`: the number of buckets; a shard's is its
    number modulo that. `identify_seconds`: within so many one shard of a bucket may identify; Discord's are
    5, and 0 lets everybody in. `most_guilds`: more in one shard close with 4011. `sessions_a_day`: more in 24
    hours close with 4004.
    """

    def __init__(self) -> None:
        self.shards = 1
        self.max_concurrency = 1
        self.identify_seconds = 0.0
        self.most_guilds = 2500
        self.sessions_a_day = 1000
        self._last: dict[int, float] = {}
        self._begun: deque[float] = deque()

    def may(self, shard: int, now: float) -> bool:
        """Count one IDENTIFY. False when it came too soon after another one of its bucket."""
        bucket = shard % self.max_concurrency
        last = self._last.get(bucket)
        if last is not None and now - last < self.identify_seconds:
            return False
        self._last[bucket] = now
        self._forget(now)
        self._begun.append(now)
        return True

    def remaining(self, now: float) -> int:
        """How many more may begin."""
        self._forget(now)
        return max(0, self.sessions_a_day - len(self._begun))

    def limit(self, now: float) -> Json:
        """The session start limit object."""
        self._forget(now)
        reset = self._begun[0] + DAY - now if self._begun else 0.0
        return {
            "total": self.sessions_a_day,
            "remaining": self.remaining(now),
            "reset_after": round(reset * 1000),
            "max_concurrency": self.max_concurrency,
        }

    def _forget(self, now: float) -> None:
        while self._begun and self._begun[0] + DAY <= now:
            self._begun.popleft()
