"""What of a generation its card would say, and where it stands. Pure."""

from bot.cards.ports import Shown
from bot.generation.card import Removal
from bot.generation.group import Group
from bot.generation.model import Fate, Generation
from bot.generation.progress import Progress, asks, gate_at


def news_of(generation: Generation, progress: Progress | None) -> tuple[int, Progress | None]:
    """What a card would say that it has not said, if this is another one than was shown last.

    While some of several pictures stand there, only the next one and a question are news: every edit would
    send all of them again.
    """
    if not isinstance(generation, Group) or not generation.done or asks(generation, progress):
        return generation.revision, progress
    return sum(job.revision for job in generation.jobs if job.fate.final), None


def gate_pictures(generation: Generation, progress: Progress | None) -> tuple[str, ...]:
    """The assets that an open gate is about."""
    gate = gate_at(generation, progress)
    return () if gate is None else gate.asset_ids


def is_over_unseen(generation: Generation) -> bool:
    """Whether a job ended while there was no way to show a question of it."""
    bought = generation.fate.final and generation.job_id is not None
    return bought and generation.unseen


def is_refusal(generation: Generation) -> bool:
    """A failure that bought nothing is nobody's business but the asker's."""
    return generation.fate is Fate.FAILED and not generation.bought and not generation.card.private


def remover(generation: Generation) -> Removal:
    """Who deleted a message in Discord: what only its asker sees only the asker dismisses, and in a server
    nobody but a moderator deletes what a bot wrote."""
    alone = generation.card.private or generation.origin.guild_id is None
    return Removal.OWNER if alone else Removal.SOMEBODY


def at_place(generation: Generation, shown: Shown) -> Generation:
    """The generation with the place where its card now is. The token leads to the message that it left."""
    card = generation.card
    moved = shown.channel_id is not None and shown.message_id != card.message_id
    message_id, channel_id = shown.message_id or card.message_id, shown.channel_id or card.channel_id
    if not moved and (message_id, channel_id) == (card.message_id, card.channel_id):
        return generation
    return generation.carded(
        message_id=message_id, channel_id=channel_id, token=None if moved else card.token
    )
