"""Which of its own requests a process does not buy for now, so that nobody in other processes waits for them.

To the others a request that lacks nothing but a place stands in the queue by its age. What keeps it from
being bought all the same only its holder knows: a pause, a price or a charge that is waited for, its own end.
"""

from datetime import datetime

from bot.generation.admission import Admission
from bot.generation.loop import Loop
from bot.generation.queue import Queue


def set_aside(queue: Queue, admission: Admission, fates: Loop, now: datetime) -> frozenset[str]:
    """Their ids."""
    if fates.stopping:
        return frozenset(queue.asked())
    return frozenset(queue.asked() & (queue.paused(now) | admission.put_off() | {*fates.failing}))
