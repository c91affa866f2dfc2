"""Refusals: a request that will not be done, as facts. `ui.speech.texts` holds the sentences.

Refusal
├── UnknownModel      no model of that id or name
├── NoDefaultModel    none was named, and none is set or featured
├── NoPromptHelp      this account has no endpoint that writes such words
├── ModelUnusable     deprecated, untrained, of a type that cannot run alone, or needs a larger plan
├── InvalidInputs     values that the model does not accept
├── TooManyPermutations  a prompt that stands for more than may be asked for at once
├── FileTooLarge      a file that is too large to be handed in
├── LimitReached      a guard: in flight, CU a day, length of the queue
├── Restarting        this process is about to end
├── Crowded           more people ask at this moment than can be answered in time
├── NotHere           this place is not served
├── CannotPost        the bot may not post the result here
├── NoSuchForm        a form that is used, discarded, or older than a day
├── NoSuchGeneration  unknown, or not for this member's eyes
├── Removed           a moderator took its card away, and only a moderator brings it back
├── CannotShow        Discord takes nothing of it here
├── NotAllowed        neither the owner nor a moderator
├── TooLate           it already has its last word
├── AlreadyAsked      the same press twice at once
├── PriceMoved        a yes to another price than the one that stands now
├── CannotCancel      Scenario does not cancel this one; the result still arrives, as a rule
├── NoPicture         a message without one, where one was to be taken from it
├── WhichResult       a card with several, of which none was named
├── NoSuchResult      a card with fewer than the number that was named
├── NotDone           no model of this account does that with this result
├── Public            a card that everybody sees already
├── NoRight           a right of the server that the asker lacks, or the bot
├── NoRoom            a server that has all the emojis, stickers or sounds it may have
├── NoSoundboard      a sound that Discord's soundboard does not take
├── NoVoice           a sound that no voice message can be made of
├── GateRefused       Scenario did not take an answer to a workflow's gate
└── ScenarioSilent    the schema could not be read, so nothing was checked or bought

AlreadyRecorded       a replayed interaction: ours to ignore, nobody's to read
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from bot.catalogue import ModelFault
from bot.schema.inputs import Problem


class Refusal(Exception):
    """Nothing was bought; the asker is told why, privately."""


class NoDefaultModel(Refusal):
    """None was named, and none is set or featured."""


class NoPromptHelp(Refusal):
    """This account of Scenario's has no endpoint that writes such words."""


class UnknownModel(Refusal):
    """No model of that id or name."""

    def __init__(self, given: str, nearest: Sequence[str] = ()) -> None:
        """nearest: names of models that look alike, best first."""
        super().__init__(given)
        self.given = given
        self.nearest = tuple(nearest)


class ModelUnusable(Refusal):
    """Deprecated, untrained, of a type that cannot run alone, or beyond the plan."""

    def __init__(self, name: str, fault: ModelFault, *, detail: str | None = None) -> None:
        """detail: the replacement's id, the status, the type, or the plan."""
        super().__init__(f"{name}: {fault}")
        self.name = name
        self.fault = fault
        self.detail = detail


class InvalidInputs(Refusal):
    """Values that the model does not accept."""

    def __init__(self, model_name: str, problems: Sequence[Problem]) -> None:
        super().__init__(f"{model_name}: {', '.join(problem.input for problem in problems)}")
        self.model_name = model_name
        self.problems = tuple(problems)


class TooManyPermutations(Refusal):
    """A prompt that stands for more than may be asked for at once."""

    def __init__(self, count: int, allowed: int, *, each: int = 1) -> None:
        """count: how many prompts it stands for. each: how many pictures of each were asked for."""
        super().__init__(f"{count} × {each} of {allowed}")
        self.count = count
        self.allowed = allowed
        self.each = each


class Limit(StrEnum):
    """Which guard said no."""

    MEMBER_IN_FLIGHT = "member_in_flight"
    MEMBER_CU_PER_DAY = "member_cu_per_day"
    GUILD_CU_PER_DAY = "guild_cu_per_day"
    CU_PER_DAY = "cu_per_day"
    QUEUE = "queue"


class LimitReached(Refusal):
    """A guard: requests under way, CU a day, the length of the queue."""

    def __init__(
        self, limit: Limit, allowed: float, *, used: float, until: datetime | None = None, jobs: int = 1
    ) -> None:
        """until: when it is worth coming back, where that can be known. jobs: how many were asked for."""
        super().__init__(f"{limit}: {used} of {allowed}")
        self.limit = limit
        self.allowed = allowed
        self.used = used
        self.until = until
        self.jobs = jobs


class Restarting(Refusal):
    """This process is about to end."""


class Crowded(Refusal):
    """More people ask at this moment than can be answered in time."""


class NotHere(Refusal):
    """The bot was told to serve other servers only."""


class CannotPost(Refusal):
    """The bot may not post the result here."""

    def __init__(self, missing: Sequence[str]) -> None:
        """missing: Discord's permission names, such as `attach_files`."""
        super().__init__(", ".join(missing))
        self.missing = tuple(missing)


class NoSuchGeneration(Refusal):
    """Unknown, or not for this member's eyes."""


class NoSuchForm(Refusal):
    """The form is used, discarded, or older than a day."""


class Removed(Refusal):
    """A moderator took its card away, and only a moderator brings it back."""


class CannotShow(Refusal):
    """Discord takes nothing of it here."""


class NotAllowed(Refusal):
    """Neither the owner nor a moderator."""

    def __init__(self, owner_id: int) -> None:
        super().__init__(str(owner_id))
        self.owner_id = owner_id


class TooLate(Refusal):
    """It already has its last word."""


class AlreadyAsked(Refusal):
    """The same press came twice at once."""


class PriceMoved(Refusal):
    """The yes was to another price than the one that stands now."""


class CannotCancel(Refusal):
    """Scenario does not cancel this one; the result still arrives, as a rule."""

    def __init__(self, *, word: str | None = None) -> None:
        """word: what Scenario calls the job, where that tells nothing of how it ends; then nothing may be
        promised either."""
        super().__init__(word or "")
        self.word = word


class ScenarioSilent(Refusal):
    """The schema could not be read, so nothing was checked or bought."""


class AlreadyRecorded(Exception):
    """This interaction is on record: Discord sent it twice."""


class FileTooLarge(Refusal):
    """A file that is too large to be handed in."""

    def __init__(self, filename: str, size: int, allowed: int) -> None:
        """Bytes, both."""
        super().__init__(f"{size} of {allowed} bytes")
        self.filename = filename
        self.size = size
        self.allowed = allowed


class Right(StrEnum):
    """A right of a server, by Discord's name."""

    EXPRESSIONS = "create_expressions"
    VOICE = "send_voice_messages"


class NoRight(Refusal):
    """It takes a right of the server that the asker lacks, or the bot."""

    def __init__(self, right: Right, *, ours: bool) -> None:
        """ours: whether it is the bot that lacks it."""
        super().__init__(f"{'the bot' if ours else 'the asker'}: {right}")
        self.right = right
        self.ours = ours


class NoRoom(Refusal):
    """The server has all the emojis, stickers or sounds it may have."""


class NoSoundboard(Refusal):
    """A sound that Discord's soundboard does not take: too long, too large, or in another format."""


class Unheard(StrEnum):
    """Why there is no voice message of a sound."""

    TOO_LONG = "too_long"
    UNREAD = "unread"  # not a sound that can be decoded here
    MISSING = "missing"  # nothing here decodes sounds


class NoVoice(Refusal):
    """A sound that no voice message can be made of."""

    def __init__(self, why: Unheard) -> None:
        super().__init__(why)
        self.why = why


class GateRefused(Refusal):
    """Scenario did not take an answer to a workflow's gate."""

    def __init__(self, reason: str) -> None:
        """reason: Scenario's own words."""
        super().__init__(reason)
        self.reason = reason


class Lacking(StrEnum):
    """Why there is no picture to be taken."""

    NONE = "none"
    OTHER = "other"  # there is a file, and it is no picture
    ELSEWHERE = "elsewhere"  # on another's host, and Discord keeps no copy
    MOVING = "moving"  # a sticker that is a program's drawing
    NOT_YET = "not_yet"  # it is still being made
    NOTHING = "nothing"  # nothing came of it
    LAST_FRAME = "last_frame"  # Scenario names none for this film
    SEED = "seed"  # Scenario does not say which made this one of several


class NoPicture(Refusal):
    """A message without a picture, where one was to be taken from it."""

    def __init__(self, lacking: Lacking = Lacking.NONE, kind: str | None = None) -> None:
        """kind: of a file that is no picture, in Scenario's word (`video`, `audio`, `3d`, …)."""
        super().__init__(lacking)
        self.lacking = lacking
        self.kind = kind


class WhichResult(Refusal):
    """The card has several results, and none of them was named."""

    def __init__(self, card_id: str, numbers: Sequence[int]) -> None:
        """numbers: by which they are counted on the card."""
        super().__init__(f"{len(numbers)} of {card_id}")
        self.card_id = card_id
        self.numbers = tuple(numbers)


class NoSuchResult(Refusal):
    """The card has fewer results than the number that was named."""

    def __init__(self, number: int, count: int) -> None:
        super().__init__(f"{number} of {count}")
        self.number = number
        self.count = count


class NotDone(Refusal):
    """No model of this account does that with this result."""


class Public(Refusal):
    """Everybody sees the card already."""
