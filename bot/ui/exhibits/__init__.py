"""Results of every medium on their way to Discord: what a card shows, attaches, and leaves to its Original
button."""

from bot.ui.exhibits.exhibit import Attachment, Exhibit, Part, Remark, Shape, withheld
from bot.ui.exhibits.prepare import MOST_ATTACHED, REQUEST_LIMIT, prepare

__all__ = [
    "MOST_ATTACHED",
    "REQUEST_LIMIT",
    "Attachment",
    "Exhibit",
    "Part",
    "Remark",
    "Shape",
    "prepare",
    "withheld",
]
