"""What can be set on the stand-in, with its defaults, and the check of every change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sandbox.scenario.pictures import MOST_PIXELS
from sandbox.scenario.values import as_list, as_number, as_object

PLANS = {"free": 0, "starter": 25, "pro": 50, "max": 75, "enterprise": 100}
"""Plan words and the `accessRestrictions` level each one reaches."""

ROUTES = (
    "models",
    "model",
    "models_bulk",
    "generate",
    "prompt",
    "caption",
    "dry_run",
    "job",
    "jobs",
    "job_action",
    "asset",
    "assets",
    "assets_bulk",
    "asset_download",
    "asset_upload",
    "uploads",
    "teams",
    "limits",
    "projects",
    "usages",
    "webhooks",
    "workflows",
    "workflow",
    "workflow_run",
    "workflow_action",
)
"""Names for `off`: each is one route (`dry_run` is the query of `generate`)."""

BARE_ROUTES = frozenset({"models", "model", "generate", "job", "asset"})
"""What the oldest public documents print; with `bare` nothing else answers."""


@dataclass
class Options:
    """Settings of the stand-in; `change` replaces some of them while it runs."""

    key: str = "sandbox-key"
    secret: str = "sandbox-secret"  # noqa: S105 - a stand-in has no secrets
    parallel: int = 5
    """Ceiling `parallelCustomJobs`: active jobs above it are refused with 429."""
    parallel_workflows: int = 5
    """Ceiling `parallelWorkflowRuns`; a run that waits for a member counts."""
    gate_status: str = "processing"
    """What a node is called that waits for a member: `processing` or `pending`."""
    seconds: float = 2.5
    """Length of a job, before a model's own factor and a script's word."""
    speed: float = 1.0
    """Divides every job's length."""
    plan: str = "pro"
    """The account's plan; models above it are locked (403)."""
    dry_run_plan: str = "free"
    """The least plan that has dry runs; below it one is refused with 403."""
    models: int = 0
    """How many public models there are, where that is more than the usual few: odd shapes and further
    editions are made up to it. 500 is about what the real catalogue has."""
    require_plan: dict[str, str] = field(default_factory=dict[str, str])
    """Further locks: model id → plan word."""
    creative_units: float = 10_000.0
    """Budget of the period in CU."""
    bare: bool = False
    """Offer only what the oldest documents print; the rest answers 404, a dry run included."""
    off: list[str] = field(default_factory=list[str])
    """Names of ROUTES that answer 404."""
    down: bool = False
    """Every API route answers 503."""
    cdn_down: bool = False
    """Every asset link answers 503."""
    strict_inputs: bool = True
    """False: unknown fields are ignored and steps are not checked."""
    trained_direct: bool = False
    """True: a trained LoRA or composition runs at its own id; False: 400 (as captured)."""
    cancel: str = "waiting"
    """`waiting`: a pending or queued job; `model`: only a pending job of a model flagged cancelable (as
    captured); `always`; `never`."""
    listing_lag: float = 0.0
    """Seconds before a new job appears in `GET /jobs`."""
    echo_inputs: bool = True
    """False: a job's `metadata.input` is missing."""
    job_id: str = "both"
    """Which spelling of a job's id is sent: `both`, `jobId` or `id`."""
    words: dict[str, str] = field(default_factory=dict[str, str])
    """Status words replaced in answers, e.g. `{"in-progress": "processing"}`."""
    progress: str = "fraction"
    """`fraction` (0–1), `percent` (0–100) or `missing`."""
    ragged_pages: bool = False
    """Pages of `GET /jobs` come half filled, the first one empty, with a token."""
    link_seconds: float = 3600.0
    """Lifetime of a signed asset link."""
    canvas: int = MOST_PIXELS
    """Pixels: a larger picture is painted at this area and enlarged. A small canvas is quick and coarse,
    films too. To be set before the first picture: one that is made anew must come out the same."""
    cdn_redirects: bool = False
    """An asset link first answers 302 to another link of the same origin."""
    push_late: float = 0.0
    """Most seconds by which a push is late. Each has its own lateness, so that they overtake each other."""
    push_early: float = 0.0
    """Seconds before the end at which a push already says that a job is over: it lies."""
    push_lost: float = 0.0
    """Which part of the pushes is never sent, 0 to 1."""
    push_times: int = 1
    """How often each is sent."""

    def change(self, **changes: Any) -> None:
        """Set several options at once; ValueError names an unknown option or a wrong value, and then nothing
        is changed."""
        for name, value in changes.items():
            check = _CHECKS.get(name)
            if check is None:
                known = ", ".join(sorted(_CHECKS))
                raise ValueError(f"unknown option {name!r}; known: {known}")
            problem = check(value)
            if problem:
                raise ValueError(f"option {name!r} {problem}, got {value!r}")
        for name, value in changes.items():
            setattr(self, name, value)

    def offers(self, route: str) -> bool:
        """Whether this route answers at all."""
        return route not in self.off and (not self.bare or route in BARE_ROUTES)


Check = Callable[[Any], str | None]


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and value else "must be a non-empty text"


def _number(low: float, *, above: bool = False, whole: bool = False) -> Check:
    def check(value: Any) -> str | None:
        number = as_number(value)
        if number is None or number < low or (above and number == low) or (whole and number != int(number)):
            kind = "a whole number" if whole else "a number"
            return f"must be {kind} {'above' if above else 'of at least'} {low:g}"
        return None

    return check


def _one_of(*words: str) -> Check:
    return lambda value: None if value in words else f"must be one of {', '.join(words)}"


def _names(value: Any) -> str | None:
    items = as_list(value)
    wrong = items is None or any(item not in ROUTES for item in items)
    return f"must be a list of route names ({', '.join(ROUTES)})" if wrong else None


def _table(allowed: Mapping[str, Any] | None = None) -> Check:
    def check(value: Any) -> str | None:
        table = as_object(value)
        if table is None or not all(isinstance(word, str) for word in table.values()):
            return "must be an object of texts"
        if allowed is not None and not all(word in allowed for word in table.values()):
            return f"must map to one of {', '.join(allowed)}"
        return None

    return check


_CHECKS: dict[str, Check] = {
    "key": _text,
    "secret": _text,
    "parallel": _number(0, whole=True),
    "parallel_workflows": _number(0, whole=True),
    "gate_status": _one_of("processing", "pending"),
    "seconds": _number(0),
    "speed": _number(0, above=True),
    "plan": _one_of(*PLANS),
    "dry_run_plan": _one_of(*PLANS),
    "models": _number(0, whole=True),
    "require_plan": _table(PLANS),
    "creative_units": _number(0),
    "bare": _flag,
    "off": _names,
    "down": _flag,
    "cdn_down": _flag,
    "strict_inputs": _flag,
    "trained_direct": _flag,
    "cancel": _one_of("waiting", "model", "always", "never"),
    "listing_lag": _number(0),
    "echo_inputs": _flag,
    "job_id": _one_of("both", "jobId", "id"),
    "words": _table(),
    "progress": _one_of("fraction", "percent", "missing"),
    "ragged_pages": _flag,
    "link_seconds": _number(0),
    "canvas": _number(1, whole=True),
    "cdn_redirects": _flag,
    "push_late": _number(0),
    "push_early": _number(0),
    "push_lost": _number(0),
    "push_times": _number(1, whole=True),
}

if set(_CHECKS) != {each.name for each in fields(Options)}:
    raise AssertionError("each option needs its check")
