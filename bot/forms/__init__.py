"""Forms: any model's own schema as a few pages to fill in, kept until they become a request."""

from bot.forms.draft import Answers, Draft, Drafts, Refused
from bot.forms.service import Filled, Forms

__all__ = ["Answers", "Draft", "Drafts", "Filled", "Forms", "Refused"]
