"""What went wrong with Scenario, sorted by what the caller can do about it.

ScenarioError
├── Rejected            a definite no: nothing was bought, and the same request never passes
│   ├── BadInput        400, 413, 422: the inputs are wrong
│   ├── WrongKey        401: the API key or secret is not accepted
│   ├── OutOfCredits    402: the team has no CU left
│   ├── Forbidden       403: the key may not do this
│   │   └── PlanLocked  403 with a required plan
│   └── NotFound        404, 410: no such model, job, asset or route
├── Busy                429: nothing was bought; the same request passes later
├── Unreachable         no connection was made: nothing was sent, so nothing was bought
├── Unavailable         a read got no usable answer (408, 5xx, reset, silence)
├── Uncertain           a paid POST got no usable answer: it may or may not have bought a job
└── Refetch             a file could not be fetched from its link
    ├── LinkRefused     the link's host is not allowed, or it redirected to one that is not
    └── FileTooBig      the file is over the byte cap
"""

from datetime import timedelta


class ScenarioError(Exception):
    """Anything Scenario, or the way to it, answered that is not the wanted result."""

    def __init__(self, reason: str = "", *, status: int | None = None, trace: str | None = None) -> None:
        """
        reason: Scenario's own sentence, or ours where there was none. Never holds a secret.
        status: the HTTP status, where there was an answer.
        trace: Scenario's trace id, for a support request.
        """
        super().__init__(reason or type(self).__name__)
        self.reason = reason
        self.status = status
        self.trace = trace


class Rejected(ScenarioError):
    """A definite no. Nothing was bought and asking again does not help."""


class BadInput(Rejected):
    """The inputs do not fit the model."""


class WrongKey(Rejected):
    """The API key or secret is not accepted."""


class OutOfCredits(Rejected):
    """The team has no CU left."""


class Forbidden(Rejected):
    """The key is not allowed to do this."""


class PlanLocked(Forbidden):
    """The model needs a larger Scenario plan."""

    def __init__(
        self,
        reason: str = "",
        *,
        required_plan: str | None = None,
        model_id: str | None = None,
        status: int | None = 403,
        trace: str | None = None,
    ) -> None:
        super().__init__(reason, status=status, trace=trace)
        self.required_plan = required_plan
        self.model_id = model_id


class NotFound(Rejected):
    """No such thing, or a route that this API does not have."""


class Busy(ScenarioError):
    """A ceiling or a cooldown. Nothing was bought."""

    def __init__(
        self,
        reason: str = "",
        *,
        action: str | None = None,
        limit: int | None = None,
        retry_after: timedelta | None = None,
        status: int | None = 429,
        trace: str | None = None,
    ) -> None:
        """
        action, limit: the ceiling that was reached (`actionName`, `actionLimit`), where it was named.
        retry_after: how long Scenario asks us to wait, where it says so.
        """
        super().__init__(reason, status=status, trace=trace)
        self.action = action
        self.limit = limit
        self.retry_after = retry_after


class Unreachable(ScenarioError):
    """No connection could be made: proof that nothing was sent."""


class Withheld(Exception):
    """We did not send it ourselves, at the last moment: nothing was bought, and Scenario heard nothing."""


class Unavailable(ScenarioError):
    """A read got no usable answer. Reading again is free."""

    def __init__(
        self,
        reason: str = "",
        *,
        retry_after: timedelta | None = None,
        status: int | None = None,
        trace: str | None = None,
    ) -> None:
        super().__init__(reason, status=status, trace=trace)
        self.retry_after = retry_after


class Uncertain(ScenarioError):
    """A paid POST whose effect is unknown. It must never be repeated without proof."""


class Refetch(ScenarioError):
    """A file could not be fetched from this link; a fresh link may work."""


class LinkRefused(Refetch):
    """The link, or a redirect behind it, leads to a host we do not fetch from."""


class FileTooBig(Refetch):
    """The file is larger than the cap it was to be fetched under."""

    def __init__(self, reason: str = "", *, cap: int) -> None:
        super().__init__(reason)
        self.cap = cap
