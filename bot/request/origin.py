"""Who asked, from where, and in which language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What stays true of a request when its interaction is long over. All that came of it shares this."""

    interaction_id: str
    """The command, press or form that asked."""
    application_id: int
    owner_id: int
    guild_id: int | None
    channel_id: int | None
    """Where it was asked; its card may stand elsewhere by now."""
    locale: str
    """Of the place: the card's language."""
    owner_locale: str
    own_app: bool = False
    """Asked through the member's own install of the app: no server's limit counts it, wherever it stands."""
