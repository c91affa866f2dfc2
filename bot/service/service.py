"""What commands and buttons may ask of the bot, by subject. Each subject is a room of its own, tied in
`bot/parts.py`; a new capability brings another."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.generation.holding import Alone, Holding
from bot.service.acting import Acting, price_name
from bot.service.asking import Asking
from bot.service.building import Building
from bot.service.caller import Acknowledge, Actor, Caller, NotAcknowledged, Policy
from bot.service.prompting import Prompting
from bot.service.seeing import comes_back, shows_privately
from bot.service.sharing import Sharing
from bot.service.showing import Showing

__all__ = (
    "Acknowledge",
    "Actor",
    "Caller",
    "NotAcknowledged",
    "Policy",
    "Service",
    "comes_back",
    "price_name",
    "shows_privately",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The rooms, and what all of them hold to."""

    policy: Policy
    started_at: datetime
    """UTC."""
    asking: Asking
    """New generations: from a command, a form, Again."""
    acting: Acting
    """On one that is there: cancel it, agree to its price, answer its gate, delete it."""
    showing: Showing
    """What there is to be seen, by whom, and what of it can be used again."""
    building: Building
    """To make something new of a result."""
    prompting: Prompting
    """To use the words that prompt help wrote."""
    sharing: Sharing
    """To let everybody see what only one saw."""
    holding: Holding = field(default_factory=Alone)
    """This process among others, one of which answers."""
